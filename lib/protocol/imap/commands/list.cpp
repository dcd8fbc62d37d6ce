#include "protocol/imap/commands/list.h"

#include <algorithm>
#include <utility>

#include "protocol/imap/pattern.h"
#include "protocol/imap/special_use.h"

namespace posthorn::imap::commands::list {

namespace {

constexpr std::size_t kMaxPatterns = 50;
constexpr std::size_t kMaxPattern = 2'000;  // octets, reference and pattern

struct SelectWord {
  View word;
  Select option;
};
constexpr SelectWord kSelectWords[] = {{"SUBSCRIBED", Select::subscribed},
                                       {"REMOTE", Select::remote},
                                       {"RECURSIVEMATCH", Select::recursive_match},
                                       {"SPECIAL-USE", Select::special_use}};

// "(" [option *(SP option)] ")", the parenthesis at the start taken already.
template <class Option>
bool options(Cursor& c, Option option) {
  bool first = true;
  while (c.ok() && !c.try_octet(')')) {
    View word;
    if (!((std::exchange(first, false) || c.sp()) && atom(c, word) && option(word))) return false;
  }
  return c.ok();
}

bool select_options(Cursor& c, Args& args) {
  return options(c, [&](View word) {
    for (const SelectWord& row : kSelectWords) {
      if (!same_word(row.word, word)) continue;
      args.select = args.select | row.option;
      return true;
    }
    return c.fail(Code::syntax, "an unknown selection option");
  });
}

bool return_options(Cursor& c, Args& args) {
  return options(c, [&](View word) {
    if (same_word(word, "STATUS")) return c.sp() && status_items::parse(c, args.status);
    if (same_word(word, "SUBSCRIBED")) return args.return_subscribed = true;
    // Both are in every answer anyway.
    return same_word(word, "CHILDREN") || same_word(word, "SPECIAL-USE") ||
           c.fail(Code::syntax, "an unknown return option");
  });
}

bool one_pattern(Cursor& c, Args& args) {
  std::string pattern;
  if (!list_mailbox(c, pattern)) return false;
  if (args.patterns.size() == kMaxPatterns) return c.fail(Code::too_many, "patterns");
  if (pattern.size() + args.reference.size() > kMaxPattern) return c.fail(Code::too_long, "a pattern");
  args.patterns.push_back(std::move(pattern));
  return true;
}

bool patterns(Cursor& c, Args& args) {
  if (!c.try_octet('(')) return one_pattern(c, args);
  args.extended = true;
  do {
    if (!one_pattern(c, args)) return false;
  } while (c.try_sp());
  return c.octet(')');
}

class List final : public Execution {
 public:
  List(Args args, State& state) : args_(std::move(args)), state_(state) {
    for (const std::string& pattern : args_.patterns) patterns_.emplace_back(args_.reference + pattern);
  }

  Progress step(Responder& responder) override {
    if (!begun_ && !begin(responder)) return Progress::done;
    for (; at_ < all_.size(); ++at_) {
      if (responder.full()) return Progress::more;
      show(all_[at_], responder);
    }
    responder.ok("Done");
    return Progress::done;
  }

 private:
  bool begin(Responder& responder) {
    begun_ = true;
    // The special case that asks for the delimiter (RFC 9051 section 6.3.9).
    if (!args_.extended && args_.patterns.front().empty()) {
      responder.untagged("LIST (\\Noselect) \"/\" \"\"");
      responder.ok("Done");
      return false;
    }
    auto all = state_.mailboxes->list();
    if (!all) {
      responder.refuse(all.error());
      return false;
    }
    all_ = std::move(*all);
    return true;
  }

  [[nodiscard]] bool selected(const MailboxInfo& info) const {
    if (args_.select.has(Select::subscribed) && !info.subscribed) return false;
    if (args_.select.has(Select::special_use) && info.use == SpecialUse::none) return false;
    // A name that is only subscribed is no mailbox; a parent in the path is listed as one that cannot be selected.
    return info.exists || info.has_children || args_.select.has(Select::subscribed);
  }

  [[nodiscard]] bool has_selected_below(const MailboxInfo& info) const {
    const std::string prefix = info.name + kDelimiter;
    return std::any_of(all_.begin(), all_.end(), [&](const MailboxInfo& other) {
      return View(other.name).starts_with(prefix) && selected(other);
    });
  }

  void show(const MailboxInfo& info, Responder& responder) {
    const auto matches = [&](const Pattern& pattern) { return pattern.matches(info.name); };
    if (!std::any_of(patterns_.begin(), patterns_.end(), matches)) return;
    const bool below = args_.select.has(Select::recursive_match) && has_selected_below(info);
    if (!selected(info) && !below) return;
    responder.raw("* LIST (").raw(attributes(info)).raw(") \"").raw(View(&kDelimiter, 1)).raw("\" ");
    responder.mailbox(info.name);
    if (below) responder.raw(" (\"CHILDINFO\" (\"SUBSCRIBED\"))");
    responder.end();
    if (args_.status == 0 || !info.exists || !info.selectable) return;
    // A mailbox that went away meanwhile has no STATUS (RFC 5819 section 2).
    if (const auto status = state_.mailboxes->status(info.name)) {
      status_items::write(info.name, *status, args_.status, responder);
    }
  }

  [[nodiscard]] std::string attributes(const MailboxInfo& info) const {
    std::string out = info.has_children ? "\\HasChildren" : "\\HasNoChildren";
    if (!info.exists) {
      out += args_.extended ? " \\NonExistent" : " \\Noselect";
    } else if (!info.selectable) {
      out += " \\Noselect";
    }
    if (info.subscribed && (args_.return_subscribed || args_.select.has(Select::subscribed))) out += " \\Subscribed";
    if (info.use != SpecialUse::none) (out += ' ') += word_of(info.use);
    return out;
  }

  Args args_;
  State& state_;
  std::vector<Pattern> patterns_;
  std::vector<MailboxInfo> all_;
  std::size_t at_ = 0;
  bool begun_ = false;
};

}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  if (c.sp() && c.try_octet('(')) {
    args.extended = true;
    static_cast<void>(select_options(c, args) && c.sp());
  }
  static_cast<void>(mailbox(c, args.reference) && c.sp() && patterns(c, args));
  if (c.try_sp()) {
    args.extended = true;
    static_cast<void>(c.word("RETURN") && c.sp() && c.octet('(') && return_options(c, args));
  }
  // RECURSIVEMATCH modifies another option (RFC 5258 section 3.1).
  if (args.select.has(Select::recursive_match) && !args.select.has(Select::subscribed) &&
      !args.select.has(Select::special_use)) {
    c.fail(Code::syntax, "RECURSIVEMATCH alone");
  }
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<List>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::list
