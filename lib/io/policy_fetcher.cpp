#include "posthorn/io/policy_fetcher.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include <curl/curl.h>

namespace posthorn::io {

namespace {

using tls::Failure;

struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::unexpected<mta_sts::FetchFailure> failed(Failure failure, std::string note) {
  return std::unexpected(mta_sts::FetchFailure{failure, std::move(note)});
}

/// One fetch: the answers of the resolver come together here, on any threads.
struct Fetch {
  std::shared_ptr<const PolicyFetcherOptions> options;
  std::string host;
  mta_sts::Fetcher::Done done;
  dns::Answer v4, v6;
  std::atomic<int> missing = 2;
};

std::string address_list(const Fetch& fetch) {
  std::string list;
  for (const dns::Answer* answer : {&fetch.v6, &fetch.v4}) {
    std::size_t count = 0;
    for (const dns::Record& record : answer->records) {
      const auto* address = std::get_if<IpAddress>(&record);
      if (address == nullptr || ++count > fetch.options->addresses) continue;
      const std::string text = address->text();
      list += (list.empty() ? "" : ",") + (address->is_v4() ? text : "[" + text + "]");
    }
  }
  return list;
}

struct Body {
  std::string text;
  std::size_t most;
  bool too_long = false;
};

std::size_t take(char* octets, std::size_t size, std::size_t count, void* to) {
  Body& body = *static_cast<Body*>(to);
  body.too_long = size * count > body.most - body.text.size();
  if (body.too_long) return 0;  // ends the transfer
  body.text.append(octets, size * count);
  return size * count;
}

long milliseconds(Duration duration) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

/// "text/plain", whatever parameters follow (RFC 8461 section 3.2).
bool is_plain_text(const char* type) {
  if (type == nullptr) return false;
  View text(type);
  text = text.substr(0, text.find(';'));
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return std::ranges::equal(text, View("text/plain"),
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

bool prepare(CURL* c, const Fetch& fetch, curl_slist* addresses, Body& body) {
  const PolicyFetcherOptions& options = *fetch.options;
  const std::string port = options.port == 443 ? "" : ":" + std::to_string(options.port);
  const std::string url = "https://" + fetch.host + port + "/.well-known/mta-sts.txt";
  bool set = true;
  const auto put = [&](CURLoption option, auto value) { set = set && curl_easy_setopt(c, option, value) == CURLE_OK; };
  put(CURLOPT_URL, url.c_str());
  put(CURLOPT_PROTOCOLS_STR, "https");
  put(CURLOPT_FOLLOWLOCATION, 0L);
  put(CURLOPT_PROXY, "");  // not that of the environment
  put(CURLOPT_RESOLVE, addresses);
  put(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  put(CURLOPT_SSL_VERIFYPEER, 1L);
  put(CURLOPT_SSL_VERIFYHOST, 2L);
  put(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    put(CURLOPT_CAINFO, options.ca_file.c_str());
    put(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // else the system's authorities would count too
  }
  put(CURLOPT_NOSIGNAL, 1L);  // other threads run
  put(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect));
  put(CURLOPT_TIMEOUT_MS, milliseconds(options.total));
  put(CURLOPT_WRITEFUNCTION, &take);
  put(CURLOPT_WRITEDATA, static_cast<void*>(&body));
  return set;
}

mta_sts::Fetched perform(const Fetch& fetch, const std::string& addresses) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const std::string row = fetch.host + ":" + std::to_string(fetch.options->port) + ":" + addresses;
  const std::unique_ptr<CURL, FreeCurl> handle(ready ? curl_easy_init() : nullptr);
  const std::unique_ptr<curl_slist, FreeCurl> list(curl_slist_append(nullptr, row.c_str()));
  Body body{{}, fetch.options->octets};
  if (!handle || !list || !prepare(handle.get(), fetch, list.get(), body))
    return failed(Failure::sts_policy_fetch_error, fetch.host + ": no memory for HTTPS");
  const CURLcode code = curl_easy_perform(handle.get());
  if (body.too_long) return failed(Failure::sts_policy_fetch_error, fetch.host + ": the policy is too long");
  if (code != CURLE_OK) {
    const bool certificate = code == CURLE_PEER_FAILED_VERIFICATION;
    return failed(certificate ? Failure::sts_webpki_invalid : Failure::sts_policy_fetch_error,
                  fetch.host + ": " + curl_easy_strerror(code));
  }
  long status = 0;
  const char* type = nullptr;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle.get(), CURLINFO_CONTENT_TYPE, &type);
  if (status != 200)
    return failed(Failure::sts_policy_fetch_error, fetch.host + ": HTTP status " + std::to_string(status));
  if (!is_plain_text(type))
    return failed(Failure::sts_policy_fetch_error, fetch.host + ": the policy is not text/plain");
  return std::move(body.text);
}

}  // namespace

PolicyFetcher::PolicyFetcher(dns::Resolver& resolver, Worker& worker, PolicyFetcherOptions options)
    : resolver_(resolver),
      worker_(worker),
      options_(std::make_shared<const PolicyFetcherOptions>(std::move(options))) {}
PolicyFetcher::~PolicyFetcher() = default;

void PolicyFetcher::fetch(std::string domain, Done done) {
  auto fetch = std::make_shared<Fetch>();
  fetch->options = options_;
  fetch->host = "mta-sts." + std::move(domain);
  fetch->done = std::move(done);
  const auto take_answer = [fetch, worker = &worker_](dns::Answer Fetch::* where, dns::Answer answer) {
    (*fetch).*where = std::move(answer);
    if (--fetch->missing > 0) return;
    std::string addresses = address_list(*fetch);
    if (addresses.empty()) {
      fetch->done(failed(Failure::sts_policy_fetch_error, fetch->host + ": no address"));
      return;
    }
    worker->submit([fetch, list = std::move(addresses)] { fetch->done(perform(*fetch, list)); });
  };
  resolver_.resolve({fetch->host, dns::Type::aaaa},
                    [take_answer](dns::Answer answer) { take_answer(&Fetch::v6, std::move(answer)); });
  resolver_.resolve({fetch->host, dns::Type::a},
                    [take_answer](dns::Answer answer) { take_answer(&Fetch::v4, std::move(answer)); });
}

}  // namespace posthorn::io
