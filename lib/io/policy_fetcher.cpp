#include "posthorn/io/policy_fetcher.h"

#include <atomic>
#include <utility>

#include "posthorn/grammar/char_set.h"

#include "io/https.h"

namespace posthorn::io {

namespace {

using tls::Failure;

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

/// "text/plain", whatever parameters follow (RFC 8461 section 3.2).
bool is_plain_text(View type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return same_word(type, "text/plain");
}

mta_sts::Fetched perform(const Fetch& fetch, const std::string& addresses) {
  const PolicyFetcherOptions& options = *fetch.options;
  const std::string port = options.port == 443 ? "" : ":" + std::to_string(options.port);
  auto answer = https::perform({.url = "https://" + fetch.host + port + "/.well-known/mta-sts.txt",
                                .host = fetch.host,
                                .addresses = addresses,
                                .port = options.port,
                                .ca_file = options.ca_file,
                                .connect = options.connect,
                                .total = options.total,
                                .octets = options.octets});
  if (!answer)
    return failed(answer.error().certificate ? Failure::sts_webpki_invalid : Failure::sts_policy_fetch_error,
                  std::move(answer.error().note));
  if (answer->status != 200)
    return failed(Failure::sts_policy_fetch_error, fetch.host + ": HTTP status " + std::to_string(answer->status));
  if (!is_plain_text(answer->type))
    return failed(Failure::sts_policy_fetch_error, fetch.host + ": the policy is not text/plain");
  return std::move(answer->body);
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
    std::string addresses =
        https::address_list(fetch->v6, fetch->v4, fetch->options->addresses, fetch->options->anywhere);
    if (addresses.empty()) {
      fetch->done(failed(Failure::sts_policy_fetch_error, fetch->host + ": no public address"));
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
