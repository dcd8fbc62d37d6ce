#include "service/mailbox/names.h"

#include <algorithm>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/protocol/imap/mailboxes.h"

namespace posthorn::mailbox {
namespace {

using imap::kDelimiter;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// C0 controls, DEL and the C1 controls that UTF-8 writes as C2 80 to C2 9F.
bool has_controls(View name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto octet = static_cast<unsigned char>(name[i]);
    if (octet < 0x20 || octet == 0x7F) return true;
    if (octet == 0xC2 && i + 1 < name.size() && static_cast<unsigned char>(name[i + 1]) < 0xA0) return true;
  }
  return false;
}

}  // namespace

bool same_word(View a, View b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string canonical_name(View name) {
  const View first = name.substr(0, name.find(kDelimiter));
  if (!same_word(first, kInbox)) return own(name);
  return own(kInbox).append(name.substr(first.size()));
}

Result<std::string> name_to_create(View name, const Limits& limits) {
  if (name.ends_with(kDelimiter)) name.remove_suffix(1);
  if (name.empty() || name.front() == '#') return fail(peer_error(Code::syntax, "reserved or empty name"));
  if (name.size() > limits.name_octets) return fail(peer_error(Code::syntax, "name too long"));
  if (!codec::is_utf8(name) || has_controls(name)) return fail(peer_error(Code::syntax, "octets of a name"));
  if (name.find_first_of("*%") != View::npos) return fail(peer_error(Code::syntax, "wildcard in a name"));
  std::uint32_t depth = 1;
  for (std::size_t at = 0; (at = name.find(kDelimiter, at)) != View::npos; ++at) {
    ++depth;
    if (at == 0 || at + 1 == name.size() || name[at + 1] == kDelimiter) {
      return fail(peer_error(Code::syntax, "empty component of a name"));
    }
  }
  if (depth > limits.name_depth) return fail(peer_error(Code::syntax, "name too deep"));
  return canonical_name(name);
}

Result<std::string> name_to_subscribe(View name, const Limits& limits) {
  if (!name.starts_with('#')) return name_to_create(name, limits);
  const Result<std::string> rest = name_to_create(name.substr(1), limits);
  if (!rest) return rest;
  return "#" + own(name.substr(1, rest->size()));
}

std::vector<std::string> parents_of(View name) {
  std::vector<std::string> parents;
  for (std::size_t at = 0; (at = name.find(kDelimiter, at)) != View::npos; ++at)
    parents.push_back(own(name.substr(0, at)));
  return parents;
}

bool is_below(View name, View parent) {
  return name.size() > parent.size() && name.starts_with(parent) && name[parent.size()] == kDelimiter;
}

Result<void> check_keyword(View word, const Limits& limits) {
  if (word.empty()) return fail(peer_error(Code::syntax, "empty keyword"));
  if (word.size() > std::min<std::size_t>(limits.keyword_octets, 255))
    return fail(peer_error(Code::too_long, "keyword"));
  for (const char c : word) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet <= 0x20 || octet >= 0x7F || View("(){%*\"\\]").find(c) != View::npos) {
      return fail(peer_error(Code::syntax, "octet of a keyword"));
    }
  }
  return {};
}

}  // namespace posthorn::mailbox
