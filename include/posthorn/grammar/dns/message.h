// DNS messages: octets to values and back (RFC 1035 section 4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/ip_address.h"

namespace posthorn::dns::wire {

/// The types whose data is read; others stay numbers with octets.
enum class Type : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  srv = 33,
  opt = 41,  ///< EDNS (RFC 6891): the class is the size of datagrams, the TTL holds flags
  tlsa = 52,
  any = 255,
};

enum class Rcode : std::uint8_t {
  no_error = 0,
  format_error = 1,
  server_failure = 2,
  no_name = 3,
  unsupported = 4,  ///< NOTIMP
  refused = 5,
};

inline constexpr std::uint16_t kInternet = 1;  ///< the class IN

/// RFC 1035 section 4.1.1, RFC 4035 section 3 (AD and CD).
struct Header {
  std::uint16_t id = 0;
  bool response = false;
  std::uint8_t opcode = 0;  ///< 0: a query; four bits
  bool authoritative = false;
  bool truncated = false;
  bool recursion_desired = false;
  bool recursion_available = false;
  bool authentic = false;          ///< AD
  bool checking_disabled = false;  ///< CD
  Rcode rcode = Rcode::no_error;   ///< four bits; the upper ones of EDNS are in the OPT record
  bool operator==(const Header&) const = default;
};

struct Question {
  std::string name;
  Type type = Type::a;
  std::uint16_t klass = kInternet;
  bool operator==(const Question&) const = default;
};

/// The data of A and AAAA. An IPv4-mapped AAAA record is written as sixteen octets again.
using Address = IpAddress;
/// The data of NS, CNAME and PTR.
struct Target {
  std::string name;
  bool operator==(const Target&) const = default;
};
struct Mx {
  std::uint16_t preference = 0;
  std::string exchange;
  bool operator==(const Mx&) const = default;
};
/// One string or more, each of at most 255 octets.
struct Txt {
  std::vector<std::string> strings;
  bool operator==(const Txt&) const = default;
};
/// RFC 6698 section 2.1.
struct Tlsa {
  std::uint8_t usage = 0, selector = 0, matching = 0;
  std::string association;
  bool operator==(const Tlsa&) const = default;
};
/// RFC 2782. An empty target: the service is not there.
struct Srv {
  std::uint16_t priority = 0, weight = 0, port = 0;
  std::string target;
  bool operator==(const Srv&) const = default;
};
/// RFC 1035 section 3.3.13; the last is how long it may be kept that a name or type is not there (RFC 2308).
struct Soa {
  std::string server, mailbox;
  std::uint32_t serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0;
  bool operator==(const Soa&) const = default;
};
/// Of types without a row above, and of OPT.
struct Octets {
  std::string octets;
  bool operator==(const Octets&) const = default;
};
using Data = std::variant<Octets, Address, Target, Mx, Txt, Tlsa, Soa, Srv>;

/// A resource record. Which alternative `data` holds follows from the type.
struct Record {
  std::string name;
  Type type = Type::a;
  std::uint16_t klass = kInternet;
  std::uint32_t ttl = 0;  ///< seconds
  Data data;
  bool operator==(const Record&) const = default;
};

struct Message {
  Header header;
  std::vector<Question> questions;
  std::vector<Record> answers, authorities, additional;
  bool operator==(const Message&) const = default;
};

struct MessageLimits {
  static constexpr std::size_t kOctets = 65'535;       ///< what the length before a message on TCP can say
  static constexpr std::size_t kDatagramOctets = 512;  ///< over UDP without EDNS (RFC 1035 section 4.2.1)
};

/// Reads a whole message; octets behind it are an error, and so is data that is longer or shorter than its fields.
/// @errors syntax, too_long, and those of decode_name; the offset says where
[[nodiscard]] Result<Message> parse_message(View octets);

/// Reads the header alone: what a server can still answer when the rest is wrong. @errors syntax: less than 12 octets
[[nodiscard]] Result<Header> parse_header(View octets);

/// Reads the data of one record when its names are not compressed. @errors as parse_message
[[nodiscard]] Result<Data> parse_data(Type type, View octets);

/// Writes a message; names are compressed where RFC 3597 section 4 allows it.
/// @errors those of encode_name; too_long (the message, a string of TXT, data), misuse (data that is not of its type)
[[nodiscard]] Result<std::string> format_message(const Message& message);

}  // namespace posthorn::dns::wire
