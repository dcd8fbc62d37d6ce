// Hops and dates as mail-parser publishes its reading of them, and ours in the same words.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/date.h"
#include "posthorn/grammar/mail/received.h"

#include "json.h"

namespace posthorn::testing {

inline std::string shown_date(const std::optional<WallTime>& date) {
  return date ? mail::format_date(*date) : "no date";
}

inline std::string their_date(const Json& theirs) {
  using namespace std::chrono;
  if (theirs.is_null()) return shown_date({});
  const auto number = [&](const char* name) { return static_cast<int>(theirs[name].number); };
  const auto day = year(number("year")) / number("month") / number("day");
  if (!day.ok()) return "none of the calendar";
  const int east = number("tz_hour") * 60 + number("tz_minute");
  return shown_date(sys_days(day) + hours(number("hour")) + minutes(number("minute")) + seconds(number("second")) -
                    minutes(theirs["tz_before_gmt"].truth ? -east : east));
}

/// What is inside of "[IPv6:...]"; they tell literals from names by their type.
inline View literal(View text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text.starts_with("IPv6:")) text.remove_prefix(5);
  return text;
}

/// "TLSv1_2" for all spellings; SSLv3 and TLS 1.0 share one name of theirs.
inline std::string version(View text) {
  std::string digits;
  for (const char c : text) {
    if (chars::kDigit[c]) digits += c;
  }
  if (digits.empty()) return {};
  return "TLSv" + digits.substr(0, 1) + "_" + (digits.size() > 1 ? digits.substr(1) : "0");
}

inline std::string our_hop(View raw) {
  const mail::Received r = mail::parse_received(raw);
  const mail::Transmission* with = mail::transmission(r.with);
  std::string out;
  const auto add = [&](View name, View value) {
    if (!value.empty()) out.append(name).append("=").append(value).append(" ");
  };
  add("from", literal(r.from.name));
  add("ip", r.from.address);
  add("reverse", r.from.reverse_name);
  add("helo", literal(r.from.helo));
  add("ident", literal(r.from.ident));
  add("by", literal(r.by));
  add("via", r.via);
  add("with", with != nullptr ? with->protocol : "");
  add("id", r.id);
  add("for", r.recipient);
  add("tls", version(r.tls_version));
  add("cipher", r.tls_cipher);
  return out + shown_date(r.date);
}

inline std::string their_hop(const Json& theirs) {
  std::string out;
  const auto add = [&](View name, const std::string& value) {
    if (!value.empty()) out.append(name).append("=").append(value).append(" ");
  };
  const auto host = [&](const char* name) {
    const Json& value = theirs[name];
    return value["Name"].is_null() ? value["IpAddr"].text : value["Name"].text;
  };
  const std::string with = theirs["with"].text;
  add("from", host("from"));
  add("ip", theirs["from_ip"].text);
  add("reverse", theirs["from_iprev"].text);
  add("helo", host("helo"));
  add("ident", theirs["ident"].text);
  add("by", host("by"));
  add("via", theirs["via"].text);
  add("with", with == "Local" ? "LOCAL" : with);
  add("id", theirs["id"].text);
  add("for", theirs["for_"].text);
  add("tls", theirs["tls_version"].text);
  add("cipher", theirs["tls_cipher"].text);
  return out + their_date(theirs["date"]);
}

}  // namespace posthorn::testing
