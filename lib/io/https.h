// One exchange over HTTPS, with libcurl: the certificate is verified, no redirect is followed, no proxy and no cache is
// between, and the host has the addresses that our own resolver found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::io::https {

struct Request {
  std::string url;        ///< with `host` and `port`
  std::string host;       ///< A-labels
  std::string addresses;  ///< from address_list()
  std::uint16_t port = 443;
  std::string ca_file;         ///< PEM file of the authorities that count; empty: those of the system
  Duration connect{};          ///< until TLS stands
  Duration total{};            ///< for all of it
  std::size_t octets = 0;      ///< of an answer; a longer one is refused
  std::string content_type{};  ///< of what is posted; empty: nothing is, the URL is fetched
  View content{};
  std::function<bool()> stop{};  ///< asked about once a second: whether to give up; null: never
};

struct Answer {
  long status = 0;
  std::string type;  ///< as the host says it
  std::string body;
};

/// Why there is no answer.
struct Trouble {
  bool certificate = false;  ///< it does not hold
  std::string note;
};

/// Addresses of both families as libcurl takes them, at most `most` of each; empty: there is none. A name of a stranger
/// must not lead to hosts behind our own firewall, so addresses that are not public are left out.
/// @param anywhere  they are not
[[nodiscard]] std::string address_list(const dns::Answer& v6, const dns::Answer& v4, std::size_t most, bool anywhere);

/// Blocks.
[[nodiscard]] std::expected<Answer, Trouble> perform(const Request& request);

}  // namespace posthorn::io::https
