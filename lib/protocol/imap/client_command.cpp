#include "posthorn/protocol/imap/client_command.h"

#include <algorithm>

#include "posthorn/grammar/mail/date.h"
#include "posthorn/protocol/imap/responder.h"

namespace posthorn::imap {

namespace {

constexpr View kNotInLines("\r\n\0", 3);

std::string with_uid(bool uid, View words) { return uid ? "UID " + own(words) : own(words); }

}  // namespace

ClientCommand::ClientCommand(View words, Kind kind) : kind_(kind) { raw(words); }

ClientCommand& ClientCommand::raw(View octets) {
  pieces_.push_back({Part::raw, Secret(octets)});
  return *this;
}

ClientCommand& ClientCommand::string(View octets) {
  pieces_.push_back({Part::string, Secret(octets)});
  return *this;
}

ClientCommand& ClientCommand::mailbox(View name) {
  raw(" ");
  pieces_.push_back({Part::mailbox, Secret(name)});
  return *this;
}

ClientCommand& ClientCommand::content(std::uint64_t octets, bool binary) {
  raw(" ");
  pieces_.push_back({Part::content, Secret(), octets, binary});
  return *this;
}

bool ClientCommand::can_be_said() const {
  return std::ranges::all_of(pieces_, [](const Piece& piece) {
    const View octets = piece.octets.reveal();
    return octets.find_first_of(piece.part == Part::string ? kNotInLines.substr(2) : kNotInLines) == View::npos;
  });
}

std::string format_set(std::span<const Range> ranges) {
  std::string out;
  const auto number = [](std::uint32_t n) { return n == SequenceSet::kStar ? std::string("*") : std::to_string(n); };
  for (const Range& range : ranges) {
    if (!out.empty()) out += ',';
    out += number(range.first);
    if (range.first != range.last) out += ":" + number(range.last);
  }
  return out;
}

std::vector<Range> ranges_of(std::span<const Uid> uids) {
  std::vector<Range> out;
  for (const Uid uid : uids) {
    if (!out.empty() && out.back().last + 1 == uid.value()) {
      out.back().last = uid.value();
    } else {
      out.push_back({uid.value(), uid.value()});
    }
  }
  return out;
}

namespace ask {

using Kind = ClientCommand::Kind;

ClientCommand capability() { return ClientCommand("CAPABILITY"); }
ClientCommand noop() { return ClientCommand("NOOP"); }
ClientCommand logout() { return ClientCommand("LOGOUT", Kind::logout); }
ClientCommand starttls() { return ClientCommand("STARTTLS", Kind::starttls); }
ClientCommand login(View user, const Secret& password) {
  return ClientCommand("LOGIN", Kind::login).astring(user).astring(password.reveal());
}
ClientCommand enable(View words) { return ClientCommand("ENABLE " + own(words), Kind::enable); }
ClientCommand idle() { return ClientCommand("IDLE", Kind::idle); }

ClientCommand select(View mailbox, const SelectOptions& options) {
  ClientCommand command(options.read_only ? "EXAMINE" : "SELECT");
  command.mailbox(mailbox);
  if (const auto& q = options.qresync) {
    command.raw(" (QRESYNC (" + std::to_string(q->uid_validity.value()) + " " + std::to_string(q->modseq.value()));
    if (!q->known.empty()) command.raw(" " + format_set(q->known));
    command.raw("))");
  } else if (options.condstore) {
    command.raw(" (CONDSTORE)");
  }
  return command;
}

ClientCommand close() { return ClientCommand("CLOSE"); }
ClientCommand unselect() { return ClientCommand("UNSELECT"); }
ClientCommand create(View mailbox) { return ClientCommand("CREATE").mailbox(mailbox); }
ClientCommand remove(View mailbox) { return ClientCommand("DELETE").mailbox(mailbox); }
ClientCommand rename(View from, View to) { return ClientCommand("RENAME").mailbox(from).mailbox(to); }
ClientCommand subscribe(View mailbox) { return ClientCommand("SUBSCRIBE").mailbox(mailbox); }
ClientCommand unsubscribe(View mailbox) { return ClientCommand("UNSUBSCRIBE").mailbox(mailbox); }

namespace {

std::string in_parentheses(const std::vector<std::string>& words) {
  std::string out = "(";
  for (const std::string& word : words) out += (out.size() > 1 ? " " : "") + word;
  return out + ")";
}

}  // namespace

ClientCommand list(View reference, View pattern, const ListOptions& options) {
  ClientCommand command("LIST");
  std::vector<std::string> selects;
  if (options.subscribed) selects.emplace_back("SUBSCRIBED");
  if (options.remote) selects.emplace_back("REMOTE");
  if (options.recursive_match) selects.emplace_back("RECURSIVEMATCH");
  std::vector<std::string> returns;
  if (options.return_subscribed) returns.emplace_back("SUBSCRIBED");
  if (options.return_children) returns.emplace_back("CHILDREN");
  if (options.return_special_use) returns.emplace_back("SPECIAL-USE");
  if (!options.return_status.empty()) returns.push_back("STATUS (" + options.return_status + ")");
  if (!selects.empty()) command.raw(" " + in_parentheses(selects));
  command.astring(reference).astring(pattern);
  if (!returns.empty()) command.raw(" RETURN " + in_parentheses(returns));
  return command;
}

ClientCommand lsub(View reference, View pattern) { return ClientCommand("LSUB").astring(reference).astring(pattern); }
ClientCommand name_space() { return ClientCommand("NAMESPACE"); }
ClientCommand status(View mailbox, View items) {
  return ClientCommand("STATUS").mailbox(mailbox).raw(" (" + own(items) + ")");
}

ClientCommand append(View mailbox, std::uint64_t octets, const AppendOptions& options) {
  ClientCommand command("APPEND");
  command.mailbox(mailbox);
  if (options.flags != Flags{}) command.raw(" (" + flag_words(options.flags) + ")");
  if (options.internal_date) command.raw(" \"" + mail::format_internal_date(*options.internal_date) + "\"");
  return command.content(octets, options.binary);
}

ClientCommand fetch(std::span<const Range> set, View items, const FetchOptions& options) {
  ClientCommand command(with_uid(options.uid, "FETCH ") + format_set(set) + " " + own(items));
  if (options.changed_since) {
    command.raw(" (CHANGEDSINCE " + std::to_string(options.changed_since->value()));
    command.raw(options.vanished ? " VANISHED)" : ")");
  }
  return command;
}

ClientCommand store(std::span<const Range> set, FlagChange change, const Flags& flags, const StoreOptions& options) {
  ClientCommand command(with_uid(options.uid, "STORE ") + format_set(set));
  if (options.unchanged_since)
    command.raw(" (UNCHANGEDSINCE " + std::to_string(options.unchanged_since->value()) + ")");
  constexpr View kSigns[] = {" FLAGS", " +FLAGS", " -FLAGS"};  // in the order of FlagChange
  command.raw(kSigns[static_cast<std::size_t>(change)]);
  if (options.silent) command.raw(".SILENT");
  return command.raw(" (" + flag_words(flags) + ")");
}

ClientCommand copy(std::span<const Range> set, View mailbox, bool uid) {
  return ClientCommand(with_uid(uid, "COPY ") + format_set(set)).mailbox(mailbox);
}
ClientCommand move(std::span<const Range> set, View mailbox, bool uid) {
  return ClientCommand(with_uid(uid, "MOVE ") + format_set(set)).mailbox(mailbox);
}
ClientCommand expunge(std::span<const Range> only) {
  return only.empty() ? ClientCommand("EXPUNGE") : ClientCommand("UID EXPUNGE " + format_set(only));
}

ClientCommand search(View keys, const SearchOptions& options) {
  ClientCommand command(with_uid(options.uid, "SEARCH"));
  if (options.results) command.raw(" RETURN (" + *options.results + ")");
  if (!options.charset.empty()) command.raw(" CHARSET").astring(options.charset);
  return command.raw(" " + own(keys));
}

ClientCommand sort(View criteria, View charset, View keys, bool uid) {
  return ClientCommand(with_uid(uid, "SORT ") + own(criteria)).astring(charset).raw(" " + own(keys));
}
ClientCommand thread(View algorithm, View charset, View keys, bool uid) {
  return ClientCommand(with_uid(uid, "THREAD ") + own(algorithm)).astring(charset).raw(" " + own(keys));
}

ClientCommand id(std::span<const std::pair<std::string, std::string>> fields) {
  ClientCommand command("ID");
  if (fields.empty()) return command.raw(" NIL");
  command.raw(" (");
  for (const auto& [name, value] : fields) {
    if (&name != &fields.front().first) command.raw(" ");
    command.string(name).astring(value);
  }
  return command.raw(")");
}

}  // namespace ask

}  // namespace posthorn::imap
