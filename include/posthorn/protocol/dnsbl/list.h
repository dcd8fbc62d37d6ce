// DNS lists of addresses, and what their answers are worth: the words that postscreen has for them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/ip_address.h"

namespace posthorn::dnsbl {

/// Which return codes are meant: for each octet the ranges that it may lie in. The first octet is always 127.
class Pattern {
 public:
  struct Range {
    std::uint8_t first = 0, last = 255;
    bool operator==(const Range&) const = default;
  };
  /// Every code.
  Pattern() = default;
  /// "127.0.0.2", "127.0.0.[2..11;13]", "127.0.[0..255].[4;8]". @errors syntax (the offset says where)
  [[nodiscard]] static Result<Pattern> parse(View text);
  [[nodiscard]] bool matches(const IpAddress& code) const;
  bool operator==(const Pattern&) const = default;

 private:
  std::array<std::vector<Range>, 4> octets_;  // none: any value
};

/// Codes and their weight; it counts once when any code of the answer matches.
struct Rule {
  Pattern pattern;
  int weight = 1;  ///< negative: the address is known to be good
  bool operator==(const Rule&) const = default;
};

/// A list: its zone and what its codes are worth.
struct List {
  std::string zone;  ///< lower case, without final dot
  std::vector<Rule> rules;
  bool operator==(const List&) const = default;
};

struct Limits {
  static constexpr std::size_t kLists = 64;  ///< zones in one configuration
  static constexpr std::size_t kRules = 64;  ///< of one zone
  static constexpr int kWeight = 1000;       ///< a weight lies between -1000 and 1000
  static constexpr std::size_t kCodes = 32;  ///< of one answer that are looked at; RFC 5782 lists give one or few
  static constexpr std::size_t kReasonOctets = 400;  ///< of a TXT text that are kept: it goes to a reply and to the log
};

/// Reads "zone[=pattern][*weight]" entries with spaces, line ends or commas between them:
/// "zen.example=127.0.0.[2..11]*3 zen.example=127.0.0.13*1 good.example*-2". Entries of one zone become one List.
/// @errors syntax (the note has the entry), too_many (Limits)
[[nodiscard]] Result<std::vector<List>> parse_lists(View text);

}  // namespace posthorn::dnsbl
