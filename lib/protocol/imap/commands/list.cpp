#include "protocol/imap/commands/list.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/imap/mailbox_names.h"
#include "protocol/imap/metadata_text.h"
#include "protocol/imap/pattern.h"
#include "protocol/imap/rights_text.h"
#include "protocol/imap/special_use.h"

namespace posthorn::imap::commands::list {

namespace {

constexpr std::size_t kMaxPatterns = 50;

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
    if (same_word(word, "METADATA")) return c.sp() && entry_names(c, args.metadata);
    if (same_word(word, "MYRIGHTS")) return args.return_rights = true;
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

/// One name of the account and what this LIST makes of it.
struct Name {
  MailboxInfo info;
  bool matches = false;   // a pattern
  bool selected = false;  // by the selection options
  bool above = false;     // something below it is selected and matches no pattern
};

class List final : public Execution {
 public:
  List(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!begun_ && !begin(responder)) return Progress::done;
    for (;;) {
      if (responder.full() || (metadata_ && !metadata_->write(responder))) return Progress::more;
      metadata_.reset();
      if (at_ == all_.size()) break;
      show(all_[at_++], responder);
    }
    responder.ok("Done");
    return Progress::done;
  }

 private:
  bool begin(Responder& responder) {
    begun_ = true;
    const Namespaces namespaces = state_.mailboxes->namespaces();
    // The special case that asks for the delimiter (RFC 9051 section 6.3.9).
    if (!args_.extended && args_.patterns.front().empty()) {
      responder.raw("* LIST (\\Noselect) \"").raw(View(&kDelimiter, 1)).raw("\" ");
      responder.mailbox(root_of(args_.reference, namespaces)).end();
      responder.ok("Done");
      return false;
    }
    auto all = state_.mailboxes->list();
    if (!all) {
      responder.refuse(all.error());
      return false;
    }
    status_items::enable(args_.status, state_.enabled);
    std::vector<Pattern> patterns;
    for (const std::string& p : args_.patterns) patterns.emplace_back(joined_pattern(args_.reference, p, namespaces));
    const std::vector<MailboxInfo> names = with_parents(std::move(*all));
    for (const MailboxInfo& info : names) {
      const auto takes = [&](const Pattern& pattern) { return pattern.matches(info.name); };
      all_.push_back({info, std::any_of(patterns.begin(), patterns.end(), takes), selects(info)});
    }
    if (args_.select.has(Select::recursive_match)) mark_parents(names);
    return true;
  }

  [[nodiscard]] bool selects(const MailboxInfo& info) const {
    if (args_.select.has(Select::subscribed) && !info.subscribed) return false;
    if (args_.select.has(Select::special_use) && info.use == SpecialUse::none) return false;
    // A name that is only subscribed is no mailbox; a parent in the path is listed as one that cannot be selected.
    return info.exists || info.has_children || args_.select.has(Select::subscribed);
  }

  // A parent is told about when something below it is meant that the client does not hear of anyway (RFC 5258 section
  // 3.1).
  void mark_parents(const std::vector<MailboxInfo>& names) {
    for (const Name& name : all_) {
      if (!name.selected || name.matches) continue;
      const View path = name.info.name;
      for (std::size_t at = path.rfind(kDelimiter); at != View::npos && at > 0; at = path.rfind(kDelimiter, at - 1)) {
        const std::size_t parent = place_of(path.substr(0, at), names);
        if (parent < all_.size()) all_[parent].above = true;
      }
    }
  }

  void show(const Name& name, Responder& responder) {
    const MailboxInfo& info = name.info;
    if (!name.matches || (!name.selected && !name.above)) return;
    responder.raw("* LIST (").raw(attributes(info)).raw(") \"").raw(View(&kDelimiter, 1)).raw("\" ");
    responder.mailbox(info.name);
    if (name.above) responder.raw(" (\"CHILDINFO\" (").raw(child_info()).raw("))");
    responder.end();
    if (!info.exists || !info.selectable) return;
    // A mailbox that went away meanwhile, or that may only be looked up, has no STATUS (RFC 5819 section 2).
    if (args_.status != 0) {
      if (const auto status = state_.mailboxes->status(info.name)) {
        status_items::write(info.name, *status, state_.append_limit(), args_.status, responder);
      }
    }
    if (args_.return_rights && !info.rights.empty()) write_my_rights(info.name, info.rights, responder);
    if (args_.metadata.empty()) return;
    if (const auto entries = state_.mailboxes->metadata(info.name)) {
      metadata_.emplace(info.name, choose(*entries, {args_.metadata, EntryDepth::none, std::nullopt}).entries);
    }
  }

  [[nodiscard]] View child_info() const {
    if (!args_.select.has(Select::special_use)) return "\"SUBSCRIBED\"";
    return args_.select.has(Select::subscribed) ? "\"SUBSCRIBED\" \"SPECIAL-USE\"" : "\"SPECIAL-USE\"";
  }

  [[nodiscard]] std::string attributes(const MailboxInfo& info) const {
    std::string out = info.has_children ? "\\HasChildren" : "\\HasNoChildren";
    if (!info.exists) {
      // A client of RFC 3501 knows only the word that says less.
      out += args_.extended || state_.enabled.rev2 ? " \\NonExistent" : " \\Noselect";
    } else if (!info.selectable) {
      out += " \\Noselect";
    }
    if (info.subscribed && (args_.return_subscribed || args_.select.has(Select::subscribed))) out += " \\Subscribed";
    if (info.use != SpecialUse::none) (out += ' ') += word_of(info.use);
    return out;
  }

  Args args_;
  State& state_;
  std::vector<Name> all_;  // sorted
  std::size_t at_ = 0;
  std::optional<MetadataResponse> metadata_;  // of the last name shown
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
