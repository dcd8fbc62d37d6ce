// The DNS of somebody hostile: its answers are lines of the input.
#pragma once

#include <algorithm>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/dns/resolver.h"

namespace posthorn::fuzzing {

/// Takes a line off the input.
inline View next_line(View& input) {
  const View line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  return line;
}

/// A record that has the text, or an address where the text is none.
inline dns::Record record_of(dns::Type type, View text) {
  switch (type) {
    case dns::Type::a:
    case dns::Type::aaaa: return IpAddress::parse(text).value_or(*IpAddress::parse("192.0.2.1"));
    case dns::Type::mx: return dns::Mx{10, own(text)};
    case dns::Type::ptr:
    case dns::Type::cname: return dns::Ptr{own(text)};
    case dns::Type::txt: return dns::Txt{own(text)};
    case dns::Type::srv: return dns::Srv{.target = own(text)};
    case dns::Type::tlsa: return dns::Tlsa{.association = own(text)};
  }
  return {};
}

/// Takes a line that is an answer: "f" and the texts of records with 0x1F between them; "n", "t", "u": no data, timed
/// out, unavailable; anything else: no such name.
inline dns::Answer next_answer(View& input, dns::Type type) {
  View line = next_line(input);
  dns::Answer answer{.outcome = dns::Outcome::no_name};
  if (line.starts_with('n')) answer.outcome = dns::Outcome::no_data;
  if (line.starts_with('t')) answer.outcome = dns::Outcome::timed_out;
  if (line.starts_with('u')) answer.outcome = dns::Outcome::unavailable;
  if (!line.starts_with('f')) return answer;
  answer.outcome = dns::Outcome::found;
  for (line.remove_prefix(1); !line.empty();) {
    const View one = line.substr(0, line.find('\x1F'));
    answer.records.push_back(record_of(type, one));
    line.remove_prefix(std::min(one.size() + 1, line.size()));
  }
  return answer;
}

}  // namespace posthorn::fuzzing
