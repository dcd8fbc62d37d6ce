#include "protocol/imap/commands/lsub.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "protocol/imap/mailbox_names.h"
#include "protocol/imap/pattern.h"

namespace posthorn::imap::commands::lsub {

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.reference) && c.sp() && list_mailbox(c, args.pattern));
  if (args.reference.size() + args.pattern.size() > kMaxPattern) c.fail(Code::too_long, "a pattern");
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

class Lsub final : public Execution {
 public:
  Lsub(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!begun_ && !begin(responder)) return Progress::done;
    while (!lines_.empty()) {
      if (responder.full()) return Progress::more;
      const auto line = lines_.extract(lines_.begin());
      responder.raw(line.mapped() ? "* LSUB () \"" : "* LSUB (\\Noselect) \"").raw(View(&kDelimiter, 1)).raw("\" ");
      responder.mailbox(line.key()).end();
    }
    responder.ok("Done");
    return Progress::done;
  }

 private:
  bool begin(Responder& responder) {
    begun_ = true;
    const auto all = state_.mailboxes->list();
    if (!all) {
      responder.refuse(all.error());
      return false;
    }
    const Pattern pattern(joined_pattern(args_.reference, args_.pattern, state_.mailboxes->namespaces()));
    for (const MailboxInfo& info : *all) {
      if (!info.subscribed) continue;
      if (pattern.matches(info.name)) {
        lines_[info.name] = true;
      } else if (auto parent = matching_parent(pattern, info.name)) {
        lines_.emplace(std::move(*parent), false);
      }
    }
    return true;
  }

  Args args_;
  State& state_;
  std::map<std::string, bool> lines_;  // whether it is subscribed itself, or only above what is
  bool begun_ = false;
};

}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<Lsub>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::lsub
