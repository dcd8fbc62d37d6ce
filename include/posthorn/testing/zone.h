// DNS records from zone text, and what a server that has them all says.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/grammar/dns/message.h"

namespace posthorn::testing {

/// The whole DNS of a test: records of any names, without delegations. A name exists when it has records or one below
/// it has; "*" labels stand for names that do not exist (RFC 4592). A value.
class Zone {
 public:
  enum class Kind : std::uint8_t { found, alias, no_data, no_name };
  /// One step of a lookup.
  struct Found {
    Kind kind = Kind::no_name;
    std::vector<dns::wire::Record> records;  ///< found: of the type; alias: the CNAME; else the SOA above, if any
  };

  /// Reads the usual lines (RFC 1035 section 5.1): `$ORIGIN`, `$TTL`, `name [ttl] [IN] TYPE data`, "@", a name left
  /// out, quotes, parentheses, ";" comments, times as "1h30m". Types: A AAAA CNAME MX NS PTR SOA TLSA TXT. A name
  /// without final dot is relative to the origin, which is the root at first. A string of TXT that is longer than 255
  /// octets is cut into several.
  /// @errors syntax; the note begins with the number of the line
  [[nodiscard]] static Result<Zone> parse(View text);

  /// Adds a record; one that is there already stays once. The name is in text form (grammar/dns/name.h).
  void add(dns::wire::Record record);
  void add(const Zone& other);
  /// Removes all records of a name, or of one type.
  void erase(View name);
  void erase(View name, dns::wire::Type type);
  [[nodiscard]] bool empty() const { return names_.empty(); }

  /// What is at a name; an alias is not followed. `name` is in text form.
  [[nodiscard]] Found find(View name, dns::wire::Type type) const;

 private:
  using Records = std::vector<dns::wire::Record>;
  [[nodiscard]] bool exists(View name) const;
  [[nodiscard]] const Records* records_at(View name) const;
  [[nodiscard]] Found absent(Kind kind, View name) const;

  std::map<std::string, Records, std::less<>> names_;
  std::map<std::string, std::size_t, std::less<>> below_;  // how many names are there at or below this one
};

}  // namespace posthorn::testing
