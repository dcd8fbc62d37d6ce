// What a DNS server says, without sockets: for tests of resolvers, and of how they bear bad servers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/grammar/dns/message.h"
#include "posthorn/testing/zone.h"

namespace posthorn::testing {

/// What is wrong with the server.
enum class DnsFault : std::uint8_t {
  none,
  silent,       ///< never answers
  servfail,     ///< SERVFAIL to everything
  refused,      ///< REFUSED to everything
  truncated,    ///< TC without records on both transports
  wrong_id,     ///< answers to questions that nobody asked
  garbage,      ///< octets that are no message
  cname_loop,   ///< the name is an alias of "and-back.NAME", and that one of the name
  cname_chain,  ///< the name is an alias of another one below itself, and so on for ever
};

enum class Transport : std::uint8_t { udp, tcp };

/// Answers as an authoritative server of everything in a Zone; aliases are followed as far as the zone goes. A value.
class DnsResponder {
 public:
  explicit DnsResponder(Zone zone = {}) : zone_(std::move(zone)) {}
  /// From zone text with additional lines `$FAULT word [name]`: fault() for the name, without one for all.
  /// @errors those of Zone::parse
  [[nodiscard]] static Result<DnsResponder> parse(View text);

  /// Makes the server bad for a name and all below it, "" being all; the nearest name counts.
  void fault(View name, DnsFault fault);

  /// @returns the answer in octets; nullopt: none is sent
  [[nodiscard]] std::optional<std::string> answer(View query, Transport transport) const;

 private:
  using Message = dns::wire::Message;
  [[nodiscard]] DnsFault fault_of(View name) const;
  void fill(Message& answer, const dns::wire::Question& question) const;

  Zone zone_;
  std::map<std::string, DnsFault, std::less<>> faults_;
};

}  // namespace posthorn::testing
