// The port through which everything asks the DNS: questions, answers, and who gives them.
//
// A host implements Resolver once (posthorn/io/dns_client.h does it with a validating resolver); tests answer from zone
// text.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/grammar/ip_address.h"

namespace posthorn::dns {

/// Record types that mail asks for (RFC 1035 section 3.2.2, RFC 3596, RFC 2782, RFC 6698).
enum class Type : std::uint16_t { a = 1, cname = 5, ptr = 12, mx = 15, txt = 16, aaaa = 28, srv = 33, tlsa = 52 };

/// What is asked. A name is in lower-case A-labels without the final dot (mail::ascii_domain); labels may have "_".
struct Question {
  std::string name;
  Type type = Type::a;
  auto operator<=>(const Question&) const = default;
};

/// RFC 5321 section 5.1. A null MX (RFC 7505) is one with an empty exchange.
struct Mx {
  std::uint16_t preference = 0;
  std::string exchange;
  bool operator==(const Mx&) const = default;
};
struct Ptr {
  std::string name;
  bool operator==(const Ptr&) const = default;
};
/// The strings of one record, put together (RFC 7208 section 3.3).
struct Txt {
  std::string text;
  bool operator==(const Txt&) const = default;
};
/// RFC 6698 section 2.1.
struct Tlsa {
  std::uint8_t usage = 0, selector = 0, matching = 0;
  std::string association;  ///< octets
  bool operator==(const Tlsa&) const = default;
};
/// RFC 2782. An empty target: the service is not there.
struct Srv {
  std::uint16_t priority = 0, weight = 0, port = 0;
  std::string target;
  bool operator==(const Srv&) const = default;
};
using Record = std::variant<IpAddress, Mx, Ptr, Txt, Tlsa, Srv>;

enum class Outcome : std::uint8_t {
  found,        ///< there are records
  no_data,      ///< the name exists without records of this type
  no_name,      ///< NXDOMAIN
  unavailable,  ///< SERVFAIL, REFUSED, no server; also an answer whose signatures are wrong
  timed_out,
};

struct Answer {
  Outcome outcome = Outcome::unavailable;
  bool authenticated = false;   ///< DNSSEC proves it, also where it says that there is nothing
  std::chrono::seconds ttl{0};  ///< how long it may be kept
  std::vector<Record> records;  ///< of the type that was asked, aliases followed
  std::string canonical;        ///< the name at the end of aliases (CNAME); empty: the one that was asked

  /// Whether there are none for sure: a later question would get the same answer.
  [[nodiscard]] bool absent() const { return outcome == Outcome::no_data || outcome == Outcome::no_name; }
  /// Whether nobody knows: to be asked again later.
  [[nodiscard]] bool failed() const { return outcome == Outcome::unavailable || outcome == Outcome::timed_out; }
};

/// Answers questions. Safe to call from many threads.
class Resolver {
 public:
  using Done = std::move_only_function<void(Answer)>;
  virtual ~Resolver() = default;
  /// Calls `done` exactly once: before it returns, or later on any thread.
  virtual void resolve(Question question, Done done) = 0;
};

}  // namespace posthorn::dns
