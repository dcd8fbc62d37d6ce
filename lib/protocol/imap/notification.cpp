#include "protocol/imap/notification.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/protocol/imap/arguments.h"

namespace posthorn::imap::notification {

namespace {

constexpr std::uint8_t bit(Kind kind) { return static_cast<std::uint8_t>(kind); }

struct NamedKind {
  View word;
  std::uint8_t bits;  // 0: known to RFC 5465, not told here
};
constexpr std::array<NamedKind, 8> kKinds{{{"MessageNew", bit(Kind::message_new)},
                                           {"MessageExpunge", bit(Kind::message_expunge)},
                                           {"FlagChange", bit(Kind::flag_change)},
                                           {"MailboxName", bit(Kind::mailbox_name)},
                                           {"SubscriptionChange", bit(Kind::subscription_change)},
                                           {"AnnotationChange", 0},
                                           {"MailboxMetadataChange", 0},
                                           {"ServerMetadataChange", 0}}};

struct NamedFilter {
  View word;
  Filter filter;
};
constexpr std::array<NamedFilter, 7> kFilters{{{"selected", Filter::selected},
                                               {"selected-delayed", Filter::selected_delayed},
                                               {"inboxes", Filter::inboxes},
                                               {"personal", Filter::personal},
                                               {"subscribed", Filter::subscribed},
                                               {"subtree", Filter::subtree},
                                               {"mailboxes", Filter::mailboxes}}};

/// One name or several in parentheses.
bool names(Cursor& c, Group& out) {
  const bool list = c.try_octet('(');
  do {
    if (out.names.size() == kMaxNames) return c.fail(Code::too_many, "mailbox names");
    if (!mailbox(c, out.names.emplace_back())) return false;
  } while (list && c.try_sp());
  return !list || c.octet(')');
}

bool filter(Cursor& c, Group& out) {
  View word;
  if (!atom(c, word)) return false;
  for (const NamedFilter& known : kFilters) {
    if (!same_word(word, known.word)) continue;
    out.filter = known.filter;
    const bool named = out.filter == Filter::subtree || out.filter == Filter::mailboxes;
    return !named || (c.sp() && names(c, out));
  }
  return c.fail(Code::syntax, "a mailbox filter");
}

/// "(" fetch-att *(SP fetch-att) ")": kept as text, which FETCH reads when there is something to tell.
bool attributes(Cursor& c, std::string& out) {
  constexpr CharSet kInside = chars::kVisible + CharSet(" ") - CharSet("()");
  int depth = 0;
  do {
    View piece;
    if (c.try_octet('(')) {
      ++depth;
      out += '(';
    } else if (c.try_octet(')')) {
      --depth;
      out += ')';
    } else if (c.run(kInside, piece)) {
      out += piece;
    } else {
      return false;
    }
  } while (depth > 0);
  return true;
}

bool events(Cursor& c, Group& out, bool& unknown) {
  if (c.try_word("NONE")) return true;
  if (!c.octet('(')) return false;
  do {
    View word;
    if (!atom(c, word)) return false;
    const auto* known = std::ranges::find_if(kKinds, [&](const NamedKind& k) { return same_word(word, k.word); });
    if (known == kKinds.end() || known->bits == 0) {
      unknown = true;
    } else {
      out.events |= known->bits;
    }
    // Attributes go with messages of the selected mailbox only (section 5.2).
    if (Cursor ahead = c; known == kKinds.begin() && ahead.try_sp() && ahead.peek() == '(') {
      if (!(c.sp() && attributes(c, out.attributes))) return false;
    }
  } while (c.try_sp());
  if (!c.octet(')')) return false;
  const bool comes = out.has(Kind::message_new);
  const bool goes = out.has(Kind::message_expunge);
  // Section 5: without both, message numbers and counts would drift; flags make no sense alone.
  if (comes != goes || (out.has(Kind::flag_change) && !comes))
    return c.fail(Code::syntax, "MessageNew, MessageExpunge");
  return true;
}

bool group(Cursor& c, Request& out) {
  if (out.groups.size() == kMaxGroups) return c.fail(Code::too_many, "event groups");
  Group& one = out.groups.emplace_back();
  if (!(c.octet('(') && filter(c, one) && c.sp() && events(c, one, out.unknown_events) && c.octet(')'))) return false;
  const auto selected = [](const Group& g) { return g.is_selected(); };
  if (std::ranges::count_if(out.groups, selected) > 1) return c.fail(Code::syntax, "the selected mailbox twice");
  return one.attributes.empty() || one.is_selected() || c.fail(Code::syntax, "attributes without the selected mailbox");
}

bool is_below(View name, View parent) {
  return name.size() > parent.size() && name.starts_with(parent) && name[parent.size()] == kDelimiter;
}

bool covers(const Group& group, View name, const Remembered& box, const Namespaces& namespaces) {
  const auto is_one = [&](const std::string& named) { return named == name; };
  const auto is_in = [&](const std::string& named) { return named == name || is_below(name, named); };
  const auto begins = [&](const std::string& prefix) { return name.starts_with(prefix); };
  switch (group.filter) {
    case Filter::selected:
    case Filter::selected_delayed: return false;
    case Filter::inboxes: return name == "INBOX";
    case Filter::personal:
      return std::ranges::none_of(namespaces.other_users, begins) && std::ranges::none_of(namespaces.shared, begins);
    case Filter::subscribed: return box.subscribed;
    case Filter::subtree: return std::ranges::any_of(group.names, is_in);
    case Filter::mailboxes: return std::ranges::any_of(group.names, is_one);
  }
  return false;
}

/// The UID above all that the view holds.
std::uint32_t next_uid(const SelectedMailbox& view) {
  return view.exists() == 0 ? 1 : view.uid_at(SeqNum(view.exists())).value() + 1;
}

}  // namespace

bool request(Cursor& c, Request& out) {
  if (!c.sp()) return false;
  if (c.try_word("NONE")) return true;
  if (!(c.word("SET") && c.sp())) return false;
  if (c.try_word("STATUS")) {
    out.status = true;
    if (!c.sp()) return false;
  }
  do {
    if (!group(c, out)) return false;
  } while (c.try_sp());
  return true;
}

const Group* Notifications::selected_group() const {
  const auto found = std::ranges::find_if(request_.groups, [](const Group& g) { return g.is_selected(); });
  if (found == request_.groups.end() || found->events == 0) return nullptr;
  return &*found;
}

/// The first group that covers a mailbox decides (section 6).
const Group* Notifications::group_of(View name, const Remembered& box, const State& state) const {
  const Namespaces namespaces = state.mailboxes->namespaces();
  for (const Group& group : request_.groups) {
    if (covers(group, name, box, namespaces)) return &group;
  }
  return nullptr;
}

Result<Notifications::Names> Notifications::look(State& state) const {
  Names names;
  const auto all = state.mailboxes->list();
  if (!all) return fail(all.error());
  for (const MailboxInfo& info : *all) {
    Remembered box{.exists = info.exists, .selectable = info.selectable, .subscribed = info.subscribed, .status = {}};
    const Group* group = group_of(info.name, box, state);
    if (group == nullptr) continue;
    if (box.exists && box.selectable) {
      // One that went away since list() is told as gone the next time.
      if (auto status = state.mailboxes->status(info.name)) box.status = std::move(*status);
    }
    names.insert_or_assign(info.name, std::move(box));
  }
  return names;
}

Result<void> Notifications::begin(State& state) {
  generation_ = state.mailboxes->generation();
  auto now = look(state);
  if (!now) return fail(now.error());
  known_ = std::move(*now);
  if (!request_.status) return {};
  for (const auto& [name, box] : known_) {
    const Group* group = group_of(name, box, state);
    const bool counted = group != nullptr && group->has(Kind::message_new) && box.exists && box.selectable;
    const bool is_selected = state.selected != nullptr && state.selected_name == name;
    if (counted && !is_selected) lines_.push_back({.name = name, .old_name = {}, .box = box, .is_status = true});
  }
  return {};
}

bool Notifications::due(const State& state) const {
  if (fetch_ || told_ < lines_.size() || !news_.told()) return true;
  if (state.mailboxes == nullptr) return false;
  if (!request_.groups.empty() && generation_ != state.mailboxes->generation()) return true;
  const Group* selected = selected_group();
  return selected != nullptr && selected->filter == Filter::selected && state.selected && state.selected->changed();
}

bool Notifications::tell(State& state, Responder& responder) {
  if (told_ == lines_.size() && generation_ != state.mailboxes->generation()) {
    lines_.clear();
    told_ = 0;
    const std::uint64_t generation = state.mailboxes->generation();
    // A store that does not answer now is asked again at the next change.
    if (auto now = look(state)) {
      compare(*now, state);
      known_ = std::move(*now);
    }
    generation_ = generation;
  }
  for (; told_ < lines_.size(); ++told_) {
    if (responder.full()) return false;
    write(lines_[told_], state, responder);
  }
  return tell_selected(state, responder);
}

void Notifications::compare(const Names& now, const State& state) {
  for (const auto& [name, box] : now) {
    compare_name(name, box, now, state);
    compare_status(name, box, state);
  }
  for (const auto& [name, box] : known_) {
    if (now.contains(name) || !box.exists) continue;
    const auto moved = std::ranges::find_if(now, [&](const auto& other) {
      return !box.status.mailbox_id.empty() && other.second.status.mailbox_id == box.status.mailbox_id;
    });
    if (moved != now.end()) continue;  // told under its new name
    const Group* group = group_of(name, box, state);
    if (group != nullptr && group->has(Kind::mailbox_name)) {
      lines_.push_back({.name = name, .old_name = {}, .box = {}, .is_status = false});
    }
  }
}

/// Mailboxes that came, were renamed, or are subscribed to (sections 5.4 and 5.5).
void Notifications::compare_name(View name, const Remembered& box, const Names& now, const State& state) {
  const Group* group = group_of(name, box, state);
  const auto old = known_.find(name);
  const bool came = box.exists && (old == known_.end() || !old->second.exists);
  const bool went = !box.exists && old != known_.end() && old->second.exists;
  const bool subscribed = box.subscribed != (old != known_.end() && old->second.subscribed);
  const bool told =
      (group->has(Kind::mailbox_name) && (came || went)) || (group->has(Kind::subscription_change) && subscribed);
  if (!told) return;
  std::string old_name;
  if (came) {
    const auto moved = std::ranges::find_if(known_, [&](const auto& other) {
      const std::string& id = other.second.status.mailbox_id;
      return !id.empty() && id == box.status.mailbox_id && !now.contains(other.first);
    });
    if (moved != known_.end()) old_name = moved->first;
  }
  lines_.push_back({.name = own(name), .old_name = std::move(old_name), .box = box, .is_status = false});
}

void Notifications::compare_status(View name, const Remembered& box, const State& state) {
  const Group* group = group_of(name, box, state);
  const bool is_selected = state.selected != nullptr && state.selected_name == name;
  if (!group->has(Kind::message_new) || !box.exists || !box.selectable || is_selected) return;
  const auto old = known_.find(name);
  const MailboxStatus before = old == known_.end() ? MailboxStatus() : old->second.status;
  const MailboxStatus& after = box.status;
  const bool counts = after.messages != before.messages || after.uid_next != before.uid_next ||
                      after.uid_validity != before.uid_validity;
  const bool flags = after.highest_modseq != before.highest_modseq && group->has(Kind::flag_change);
  if (counts || flags) lines_.push_back({.name = own(name), .old_name = {}, .box = box, .is_status = true});
}

void Notifications::write(const Line& line, const State& state, Responder& responder) const {
  if (line.is_status) {
    const MailboxStatus& status = line.box.status;
    responder.raw("* STATUS ").mailbox(line.name).raw(" (MESSAGES ").number(status.messages);
    responder.raw(" UIDNEXT ").number(status.uid_next.value()).raw(" UIDVALIDITY ");
    responder.number(status.uid_validity.value()).raw(" UNSEEN ").number(status.unseen);
    if (state.enabled.condstore) responder.raw(" HIGHESTMODSEQ ").number(status.highest_modseq.value());
    responder.raw(")").end();
    return;
  }
  responder.raw("* LIST (");
  if (!line.box.exists) responder.raw(line.box.subscribed ? "\\NonExistent " : "\\NonExistent");
  if (line.box.exists && !line.box.selectable) responder.raw("\\Noselect ");
  if (line.box.subscribed) responder.raw("\\Subscribed");
  responder.raw(") \"").raw(View(&kDelimiter, 1)).raw("\" ").mailbox(line.name);
  if (!line.old_name.empty()) responder.raw(" (\"OLDNAME\" (").mailbox(line.old_name).raw("))");
  responder.end();
}

/// What is to be told at once of the selected mailbox; the rest comes at the end of commands.
bool Notifications::tell_selected(State& state, Responder& responder) {
  const Group* group = selected_group();
  if (group == nullptr || state.selected == nullptr) {
    fetch_.reset();
    news_ = News();
    return true;
  }
  if (!news_.tell(*state.selected, responder) || !fetch(state, responder)) return false;
  if (group->filter == Filter::selected_delayed || !state.selected->changed()) return true;
  const std::uint32_t before = next_uid(*state.selected);
  auto changes = state.selected->poll(true);
  if (!changes) return true;
  if (!group->has(Kind::flag_change))
    std::erase_if(*changes, [](const Change& c) { return c.kind == Change::Kind::flags; });
  state.contexts.take(*changes);
  news_ = News(std::move(*changes));
  fetch_new(state, before);
  return news_.tell(*state.selected, responder) && fetch(state, responder);
}

/// Starts to fetch what the client wants to know of new messages.
void Notifications::fetch_new(State& state, std::uint32_t before) {
  const std::string& attributes = selected_group()->attributes;
  if (attributes.empty() || next_uid(*state.selected) == before) return;
  const CommandSpec* row = find_command(state.commands, "FETCH");
  if (row == nullptr) return;
  fetch_text_ = " " + std::to_string(before) + ":* " + attributes;
  state.by_uid = true;
  Cursor c(fetch_text_);
  if (auto begun = row->begin(c, state)) fetch_ = std::move(*begun);
}

bool Notifications::fetch(State& state, Responder& responder) {
  if (!fetch_) return true;
  state.by_uid = true;
  if (fetch_->step(responder) != Progress::done) return false;
  fetch_.reset();
  responder.forget_completion();
  return true;
}

}  // namespace posthorn::imap::notification
