#include "posthorn/testing/zone.h"

#include <algorithm>

#include "posthorn/grammar/dns/name.h"

namespace posthorn::testing {

using dns::wire::Record;
using dns::wire::Type;

void Zone::add(Record record) {
  Records& records = names_[record.name];
  if (records.empty()) {
    for (View name = record.name; !name.empty(); name = dns::wire::parent(name)) ++below_[own(name)];
  }
  if (std::find(records.begin(), records.end(), record) == records.end()) records.push_back(std::move(record));
}

void Zone::add(const Zone& other) {
  for (const auto& [name, records] : other.names_) {
    for (const Record& record : records) add(record);
  }
}

void Zone::erase(View name) {
  const auto at = names_.find(name);
  if (at == names_.end()) return;
  const std::string gone = own(name);
  names_.erase(at);
  for (View above = gone; !above.empty(); above = dns::wire::parent(above)) {
    const auto count = below_.find(above);
    if (--count->second == 0) below_.erase(count);
  }
}

void Zone::erase(View name, Type type) {
  const auto at = names_.find(name);
  if (at == names_.end()) return;
  std::erase_if(at->second, [type](const Record& record) { return record.type == type; });
  if (at->second.empty()) erase(name);
}

bool Zone::exists(View name) const { return name.empty() || below_.find(name) != below_.end(); }

// The records of a name, of the wildcard that stands for it, or nothing; null: there is no such name.
const Zone::Records* Zone::records_at(View name) const {
  static const Records kNone;
  if (exists(name)) {
    const auto at = names_.find(name);
    return at == names_.end() ? &kNone : &at->second;
  }
  View encloser = name;
  while (!exists(encloser)) encloser = dns::wire::parent(encloser);
  const auto wildcard = names_.find(encloser.empty() ? "*" : "*." + own(encloser));
  return wildcard == names_.end() ? nullptr : &wildcard->second;
}

Zone::Found Zone::absent(Kind kind, View name) const {
  Found found{kind, {}};
  for (View above = name;; above = dns::wire::parent(above)) {
    const auto at = names_.find(above);
    if (at != names_.end()) {
      for (const Record& record : at->second) {
        if (record.type == Type::soa) found.records.push_back(record);
      }
    }
    if (above.empty() || !found.records.empty()) return found;
  }
}

Zone::Found Zone::find(View name, Type type) const {
  const Records* records = records_at(name);
  if (records == nullptr) return absent(Kind::no_name, name);
  Found found{Kind::found, {}};
  for (const Record& record : *records) {
    const bool is_alias = record.type == Type::cname && type != Type::cname && type != Type::any;
    if (!is_alias && record.type != type && type != Type::any) continue;
    if (is_alias) found = {Kind::alias, {}};
    found.records.push_back(record);
    found.records.back().name = own(name);
    if (is_alias) return found;
  }
  return found.records.empty() ? absent(Kind::no_data, name) : found;
}

}  // namespace posthorn::testing
