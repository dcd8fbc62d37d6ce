#include "io/https.h"

#include <memory>
#include <variant>

#include <curl/curl.h>

#include "posthorn/grammar/public_address.h"

namespace posthorn::io::https {

namespace {

struct FreeCurl {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeCurl>;

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

int ask_to_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(stop))() ? 1 : 0;
}

long milliseconds(Duration duration) {
  return static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

bool prepare(CURL* c, const Request& request, curl_slist* addresses, curl_slist* fields, Body& body) {
  bool set = true;
  const auto put = [&](CURLoption option, auto value) { set = set && curl_easy_setopt(c, option, value) == CURLE_OK; };
  put(CURLOPT_URL, request.url.c_str());
  put(CURLOPT_PROTOCOLS_STR, "https");
  put(CURLOPT_FOLLOWLOCATION, 0L);
  put(CURLOPT_PROXY, "");  // not that of the environment
  put(CURLOPT_RESOLVE, addresses);
  put(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  put(CURLOPT_SSL_VERIFYPEER, 1L);
  put(CURLOPT_SSL_VERIFYHOST, 2L);
  put(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request.ca_file.empty()) {
    put(CURLOPT_CAINFO, request.ca_file.c_str());
    put(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // else the system's authorities would count too
  }
  put(CURLOPT_NOSIGNAL, 1L);  // other threads run
  put(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connect));
  put(CURLOPT_TIMEOUT_MS, milliseconds(request.total));
  put(CURLOPT_WRITEFUNCTION, &take);
  put(CURLOPT_WRITEDATA, static_cast<void*>(&body));
  if (request.stop) {
    put(CURLOPT_NOPROGRESS, 0L);
    put(CURLOPT_XFERINFOFUNCTION, &ask_to_stop);
    put(CURLOPT_XFERINFODATA, static_cast<const void*>(&request.stop));
  }
  if (fields != nullptr) {
    put(CURLOPT_HTTPHEADER, fields);
    put(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.content.size()));
    put(CURLOPT_POSTFIELDS, request.content.data());
  }
  return set;
}

}  // namespace

std::string address_list(const dns::Answer& v6, const dns::Answer& v4, std::size_t most, bool anywhere) {
  std::string list;
  for (const dns::Answer* answer : {&v6, &v4}) {
    std::size_t count = 0;
    for (const dns::Record& record : answer->records) {
      const auto* address = std::get_if<IpAddress>(&record);
      if (address == nullptr || (!anywhere && !is_public(*address))) continue;
      if (++count > most) break;
      const std::string text = address->text();
      list += (list.empty() ? "" : ",") + (address->is_v4() ? text : "[" + text + "]");
    }
  }
  return list;
}

std::expected<Answer, Trouble> perform(const Request& request) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const std::string row = request.host + ":" + std::to_string(request.port) + ":" + request.addresses;
  const std::unique_ptr<CURL, FreeCurl> handle(ready ? curl_easy_init() : nullptr);
  const List addresses(curl_slist_append(nullptr, row.c_str()));
  const bool posts = !request.content_type.empty();
  const List fields(posts ? curl_slist_append(nullptr, ("Content-Type: " + request.content_type).c_str()) : nullptr);
  Body body{{}, request.octets};
  if (!handle || !addresses || posts != (fields != nullptr) ||
      !prepare(handle.get(), request, addresses.get(), fields.get(), body))
    return std::unexpected(Trouble{false, request.host + ": no memory for HTTPS"});
  const CURLcode code = curl_easy_perform(handle.get());
  if (body.too_long) return std::unexpected(Trouble{false, request.host + ": the answer is too long"});
  if (code != CURLE_OK)
    return std::unexpected(
        Trouble{code == CURLE_PEER_FAILED_VERIFICATION, request.host + ": " + curl_easy_strerror(code)});
  Answer answer{.body = std::move(body.text)};
  const char* type = nullptr;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  curl_easy_getinfo(handle.get(), CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) answer.type = type;
  return answer;
}

}  // namespace posthorn::io::https
