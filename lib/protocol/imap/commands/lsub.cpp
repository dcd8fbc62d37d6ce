#include "protocol/imap/commands/lsub.h"

#include <optional>
#include <set>
#include <utility>

#include "protocol/imap/pattern.h"

namespace posthorn::imap::commands::lsub {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.reference) && c.sp() && list_mailbox(c, args.pattern));
  return c.finish(std::move(args));
}

namespace {
// The part of `name` that % stops at when something below it is subscribed: `foo` of `foo/bar`.
std::optional<std::string> matching_parent(const Pattern& pattern, View name) {
  for (std::size_t at = name.rfind(kDelimiter); at != View::npos && at > 0; at = name.rfind(kDelimiter, at - 1)) {
    if (pattern.matches(name.substr(0, at))) return own(name.substr(0, at));
  }
  return std::nullopt;
}
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const auto all = state.mailboxes->list();
    if (!all) return responder.refuse(all.error());
    const Pattern pattern(args.reference + args.pattern);
    std::set<std::string> lines;  // sorted, and each parent once
    std::set<std::string> parents;
    for (const MailboxInfo& info : *all) {
      if (!info.subscribed) continue;
      if (pattern.matches(info.name)) {
        lines.insert(info.name);
      } else if (auto parent = matching_parent(pattern, info.name)) {
        parents.insert(std::move(*parent));
      }
    }
    for (const std::string& name : lines) responder.raw("* LSUB () \"/\" ").mailbox(name).end();
    for (const std::string& name : parents) {
      if (!lines.contains(name)) responder.raw("* LSUB (\\Noselect) \"/\" ").mailbox(name).end();
    }
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::lsub
