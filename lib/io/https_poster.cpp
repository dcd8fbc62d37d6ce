#include "posthorn/io/https_poster.h"

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include <curl/curl.h>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/ip_address.h"

#include "io/https.h"

namespace posthorn::io {

namespace {

constexpr std::uint16_t kPort = 443;
constexpr CharSet kName = chars::kAlpha + chars::kDigit + CharSet("-._");  // of a host; nobody needs a literal here

/// An https URL: its host in lower case, and the URL with that.
struct Place {
  std::string url;
  std::string host;
  std::uint16_t port = 0;
};

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::optional<std::string> part(CURLU* url, CURLUPart name, unsigned flags = 0) {
  char* found = nullptr;
  if (curl_url_get(url, name, &found, flags) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, void (*)(void*)> text(found, curl_free);
  return text.get();
}

std::optional<Place> place_of(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    return std::nullopt;
  if (part(url.get(), CURLUPART_SCHEME) != "https") return std::nullopt;
  Place place;
  place.host = part(url.get(), CURLUPART_HOST).value_or("");
  std::ranges::transform(place.host, place.host.begin(), to_lower);
  const std::string digits = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");
  Cursor c(digits);
  const bool named = !place.host.empty() && !IpAddress::parse(place.host) &&
                     std::ranges::all_of(place.host, [](char one) { return kName[one]; });
  if (!named || !c.number(place.port) || !c.end()) return std::nullopt;
  if (curl_url_set(url.get(), CURLUPART_HOST, place.host.c_str(), 0) != CURLUE_OK) return std::nullopt;
  auto whole = part(url.get(), CURLUPART_URL);
  if (!whole) return std::nullopt;
  place.url = std::move(*whole);
  return place;
}

dns::Answer ask(dns::Resolver& resolver, const std::string& name, dns::Type type) {
  const auto answer = std::make_shared<std::promise<dns::Answer>>();
  resolver.resolve({name, type}, [answer](dns::Answer found) { answer->set_value(std::move(found)); });
  return answer->get_future().get();
}

}  // namespace

Result<void> HttpsPoster::post(const std::string& url, View content, const std::string& type,
                               const std::function<bool()>& stop) {
  const auto place = place_of(url);
  if (!place) return fail(peer_error(Code::syntax, "no https URL: " + url));
  if (place->port != kPort && !options_.anywhere)
    return fail(peer_error(Code::syntax, "another port than 443: " + url));
  const std::string addresses =
      https::address_list(ask(resolver_, place->host, dns::Type::aaaa), ask(resolver_, place->host, dns::Type::a),
                          options_.addresses, options_.anywhere);
  if (addresses.empty()) return fail(peer_error(Code::unavailable, place->host + ": no public address"));
  const auto answer = https::perform({.url = place->url,
                                      .host = place->host,
                                      .addresses = addresses,
                                      .port = place->port,
                                      .ca_file = options_.ca_file,
                                      .connect = options_.connect,
                                      .total = options_.total,
                                      .octets = options_.octets,
                                      .content_type = type,
                                      .content = content,
                                      .stop = stop});
  if (!answer) return fail(peer_error(Code::unavailable, answer.error().note));
  if (answer->status / 100 != 2)
    return fail(peer_error(Code::denied, place->host + ": HTTP status " + std::to_string(answer->status)));
  return {};
}

}  // namespace posthorn::io
