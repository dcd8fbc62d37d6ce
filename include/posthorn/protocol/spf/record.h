// The text of an SPF record (RFC 7208 sections 4.5, 4.6.1, 12).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/ip_address.h"
#include "posthorn/protocol/spf/limits.h"
#include "posthorn/protocol/spf/verdict.h"

namespace posthorn::spf {

enum class Kind : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };

/// A directive: a mechanism and what it means when it matches.
struct Directive {
  Kind kind = Kind::all;
  Status status = Status::pass;  ///< pass, fail, softfail or neutral
  std::uint8_t bits4 = 32;       ///< a, mx: how much of an IPv4 address counts
  std::uint8_t bits6 = 128;      ///< a, mx: how much of an IPv6 address counts
  /// ip6 with addresses that are IPv4 (::ffff:0:0/96): such clients are for ip4 (RFC 7208 section 5).
  bool matches_nothing = false;
  View text;          ///< as it stands in the record, with its qualifier
  View domain;        ///< domain-spec, macros not expanded; empty: the domain of the record
  IpNetwork network;  ///< ip4, ip6
};

/// @lifetime borrows the text that it was read from
struct Record {
  std::vector<Directive> directives;
  View redirect;  ///< domain-spec; empty: none
  View exp;       ///< domain-spec; empty: none
};

/// Whether a TXT record is one of SPF: "v=spf1" and a space or the end, case ignored (RFC 7208 section 4.5).
[[nodiscard]] bool is_record(View text);

/// Reads the whole record; every fault in it is one, also behind what decides.
/// @errors too_long (Limits), syntax (the note has the term)
[[nodiscard]] Result<Record> parse_record(View text, const Limits& limits = {});
/// The same into a record whose memory is used again; what it had is gone, also where the text is wrong.
[[nodiscard]] Result<void> read_record(View text, const Limits& limits, Record& record);

}  // namespace posthorn::spf
