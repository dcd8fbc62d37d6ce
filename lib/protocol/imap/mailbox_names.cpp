#include "protocol/imap/mailbox_names.h"

#include <algorithm>
#include <map>
#include <utility>

#include "posthorn/grammar/char_set.h"

#include "protocol/imap/replies.h"

namespace posthorn::imap {

namespace {

constexpr View kInbox = "INBOX";

bool comes_before(const MailboxInfo& info, View name) { return info.name < name; }

// The longest prefix of a namespace that `text` starts with; empty: the personal one.
View prefix_of(View text, const Namespaces& namespaces) {
  View longest;
  for (const auto* group : {&namespaces.personal, &namespaces.other_users, &namespaces.shared}) {
    for (const std::string& prefix : *group) {
      if (text.starts_with(prefix) && prefix.size() > longest.size()) longest = prefix;
    }
  }
  return longest;
}

// "a/b" and "a" for "a/b/c".
template <class F>
void each_parent(View name, F body) {
  for (std::size_t at = name.rfind(kDelimiter); at != View::npos && at > 0; at = name.rfind(kDelimiter, at - 1)) {
    body(name.substr(0, at));
  }
}

}  // namespace

std::string canonical_name(View name) {
  const View first = name.substr(0, name.find(kDelimiter));
  if (!same_word(first, kInbox)) return own(name);
  return own(kInbox).append(name.substr(first.size()));
}

bool is_below(View name, View parent) {
  return name.size() > parent.size() && name.starts_with(parent) && name[parent.size()] == kDelimiter;
}

bool has_namespace(View name, const Namespaces& namespaces) {
  if (!name.starts_with('#')) return true;
  const View prefix = prefix_of(name, namespaces);
  return !prefix.empty() && name.size() > prefix.size();
}

View root_of(View reference, const Namespaces& namespaces) { return prefix_of(reference, namespaces); }

std::string joined_pattern(View reference, View pattern, const Namespaces& namespaces) {
  if (!prefix_of(pattern, namespaces).empty()) return own(pattern);
  return own(reference).append(pattern);
}

std::vector<MailboxInfo> with_parents(std::vector<MailboxInfo> names) {
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::map<std::string, MailboxInfo> missing;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool exists = names[i].exists;
    each_parent(names[i].name, [&](View parent) {
      const std::size_t at = place_of(parent, names);
      MailboxInfo& info = at < names.size() ? names[at] : missing[own(parent)];
      info.has_children = info.has_children || exists;
      if (at < names.size()) return;
      info.name = parent;
      info.exists = info.selectable = false;
      info.rights = Rights();
    });
  }
  for (auto& entry : missing) names.push_back(std::move(entry.second));
  std::ranges::sort(names, {}, &MailboxInfo::name);
  return names;
}

std::size_t place_of(View name, const std::vector<MailboxInfo>& names) {
  const auto at = std::lower_bound(names.begin(), names.end(), name, comes_before);
  if (at == names.end() || at->name != name) return names.size();
  return static_cast<std::size_t>(at - names.begin());
}

void write_old_name(View name, View old_name, Responder& responder) {
  responder.raw("* LIST () \"").raw(View(&kDelimiter, 1)).raw("\" ").mailbox(name);
  responder.raw(" (\"OLDNAME\" (").mailbox(old_name).raw("))").end();
}

void refuse_name(const Error& error, Responder& responder) {
  if (error.code == Code::syntax) return responder.finish(kBadName);
  responder.refuse(error);
}

}  // namespace posthorn::imap
