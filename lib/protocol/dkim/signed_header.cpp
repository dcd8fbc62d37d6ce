#include "posthorn/protocol/dkim/signed_header.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"

namespace posthorn::dkim {

namespace {

bool is_before(View a, View b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return to_lower(x) < to_lower(y); });
}

}  // namespace

SignedHeader::SignedHeader(View header) {
  const mime::Fields fields(header);
  mime::FieldReader reader(header);
  for (mime::Field field; reader.next(field);) entries_.push_back({field, fields.octets(field)});
  sorted_.resize(entries_.size());
  std::iota(sorted_.begin(), sorted_.end(), 0U);
  std::sort(sorted_.begin(), sorted_.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (is_before(entries_[a].field.name, entries_[b].field.name)) return true;
    return a < b && !is_before(entries_[b].field.name, entries_[a].field.name);
  });
}

SignedHeader::Run SignedHeader::find(View name) const {
  const auto first = std::lower_bound(sorted_.begin(), sorted_.end(), name, [&](std::uint32_t at, View wanted) {
    return is_before(entries_[at].field.name, wanted);
  });
  const auto last = std::upper_bound(first, sorted_.end(), name, [&](View wanted, std::uint32_t at) {
    return is_before(wanted, entries_[at].field.name);
  });
  return {static_cast<std::size_t>(first - sorted_.begin()), static_cast<std::size_t>(last - sorted_.begin())};
}

std::size_t SignedHeader::count(View name) const {
  const Run run = find(name);
  return run.end - run.begin;
}

void SignedHeader::append(std::span<const std::string> names, Canonicalization how, std::string& out) const {
  std::map<std::size_t, std::size_t> left;  // where the run of a name begins -> how many of it are not taken yet
  for (const std::string& name : names) {
    const Run run = find(name);
    if (run.begin == run.end) continue;
    std::size_t& count = left.try_emplace(run.begin, run.end - run.begin).first->second;
    if (count == 0) continue;
    --count;
    append_field(how, entries_[sorted_[run.begin + count]].octets, out);
  }
}

void append_signature_field(Canonicalization how, View field, View raw, std::string& out) {
  const auto at = static_cast<std::size_t>(raw.data() - field.data());
  append_field(how, own(field.substr(0, at)).append(field.substr(at + raw.size())), out);
  out.resize(out.size() - 2);  // CRLF
}

}  // namespace posthorn::dkim
