#include "protocol/imap/commands/esearch.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "protocol/imap/in_progress.h"
#include "protocol/imap/replies.h"
#include "protocol/imap/search_answer.h"
#include "protocol/imap/search_scan.h"

namespace posthorn::imap::commands::esearch {

namespace {

using namespace imap::search;
using Kind = Source::Kind;

struct Row {
  View word;
  Kind kind;
};
constexpr std::array kRows{Row{"inboxes", Kind::inboxes},        Row{"mailboxes", Kind::mailboxes},
                           Row{"personal", Kind::personal},      Row{"selected", Kind::selected},
                           Row{"subscribed", Kind::subscribed},  Row{"subtree", Kind::subtree},
                           Row{"subtree-one", Kind::subtree_one}};

constexpr bool takes_names(Kind kind) { return kind >= Kind::subtree; }

bool one_name(Cursor& c, Source& source, std::size_t& names) {
  if (++names > kMaxNames) return c.fail(Code::too_many, "mailboxes");
  return mailbox(c, source.names.emplace_back());
}

// one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"
bool some_names(Cursor& c, Source& source, std::size_t& names) {
  if (!c.try_octet('(')) return one_name(c, source, names);
  do {
    if (!one_name(c, source, names)) return false;
  } while (c.try_sp());
  return c.octet(')');
}

// "IN" SP "(" filter-mailboxes *(SP filter-mailboxes) ")", "IN (" taken already
bool sources(Cursor& c, std::vector<Source>& out) {
  std::size_t names = 0;
  do {
    View word;
    if (!atom(c, word)) return false;
    const auto* row = std::ranges::find_if(kRows, [&](const Row& r) { return same_word(r.word, word); });
    if (row == kRows.end()) return c.fail(Code::syntax, "an unknown kind of mailboxes");
    if (++names > kMaxNames) return c.fail(Code::too_many, "mailboxes");
    Source& source = out.emplace_back();
    source.kind = row->kind;
    if (takes_names(row->kind) && !(c.sp() && some_names(c, source, names))) return false;
  } while (c.try_sp());
  return c.octet(')');
}

bool is_below(View name, View parent, bool deep) {
  if (!parent.empty()) {
    if (!name.starts_with(parent) || name.size() <= parent.size() || name[parent.size()] != kDelimiter) return false;
    name.remove_prefix(parent.size() + 1);
  }
  return deep || name.find(kDelimiter) == View::npos;
}

bool is_personal(const Namespaces& spaces, View name) {
  const auto in = [&](const std::vector<std::string>& prefixes) {
    return std::ranges::any_of(prefixes, [&](const std::string& p) { return name.starts_with(p); });
  };
  return in(spaces.personal) && !in(spaces.other_users) && !in(spaces.shared);
}

bool is_meant(const Source& source, const MailboxInfo& info, const Namespaces& spaces) {
  switch (source.kind) {
    case Kind::selected:
    case Kind::mailboxes: return false;
    // Where mail is delivered; filters of the user may name more, which nobody here knows.
    case Kind::inboxes: return info.name == "INBOX";
    case Kind::personal: return is_personal(spaces, info.name);
    case Kind::subscribed: return info.subscribed;
    case Kind::subtree:
    case Kind::subtree_one: {
      const bool deep = source.kind == Kind::subtree;
      return std::ranges::any_of(source.names, [&](const std::string& parent) {
        return info.name == parent || is_below(info.name, parent, deep);
      });
    }
  }
  return false;
}

class MultiSearch final : public Execution {
 public:
  MultiSearch(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!names_) {
      if (args_.options.has(Return::update)) {
        responder.untagged(Status::no, "NOUPDATE \"" + state_.tag + '"', "Only UID SEARCH and UID SORT are updated");
      }
      auto names = names_of(args_.sources, *state_.mailboxes, state_.selected ? state_.selected_name : std::string());
      if (!names) return fail_with(names.error(), responder);
      names_ = std::move(*names);
    }
    while (at_ < names_->size()) {
      const auto done = search(responder);
      if (!done) return fail_with(done.error(), responder);
      if (!*done) return Progress::more;
      ++at_;
    }
    responder.ok("Done");
    return Progress::done;
  }

 private:
  Progress fail_with(const Error& error, Responder& responder) {
    refuse(state_, args_.options, error, responder);
    return Progress::done;
  }

  /// Goes on with the present mailbox. @returns whether it is done
  Result<bool> search(Responder& responder) {
    if (!scan_ && !open()) return true;
    if (!answer_) {
      const auto done = scan_->step();
      if (!done) return fail(done.error());
      if (!*done) {
        progress_.tell(state_, at_, names_->size(), responder);
        return false;
      }
      conclude();
    }
    if (!answer_->write(responder)) return false;
    answer_.reset();
    scan_.reset();
    opened_.reset();
    view_ = nullptr;
    return true;
  }

  /// A mailbox that cannot be opened, or not be read, is passed over (RFC 7377 section 2.1).
  bool open() {
    const std::string& name = (*names_)[at_];
    if (state_.selected && name == state_.selected_name) {
      view_ = state_.selected.get();
    } else {
      auto opened = state_.mailboxes->select(name, true);
      if (!opened) return false;
      opened_ = std::move(*opened);
      view_ = opened_.get();
    }
    if (!view_->rights().has(Right::read)) return false;
    const ReturnOptions& options = args_.options;
    const bool ends = !options.needs_all();
    scan_.emplace(args_.program.root, *view_, surroundings(state_),
                  Ends{ends && options.has(Return::min), ends && options.has(Return::max)});
    return true;
  }

  void conclude() {
    const std::vector<std::uint32_t> found = scan_->take_found();
    ReturnOptions options = args_.options;
    if (!options.given) options.what = Return::all;
    if (options.has(Return::save)) state_.saved = uid_ranges(*view_, found);
    answer_.emplace();
    if (found.empty() || !options.tells()) return;  // nothing is said of a mailbox where nothing is found
    std::optional<ModSeq> modseq;
    if (asks(args_.program.root, Ask::modseq)) modseq = highest_modseq(*view_, found);
    std::vector<std::uint32_t> uids = found;
    for (std::uint32_t& id : uids) id = view_->uid_at(SeqNum(id)).value();
    const Correlators correlators{state_.tag, (*names_)[at_], view_->status().uid_validity};
    answer_ = Answer::extended(correlators, true, options, std::move(uids), modseq);
  }

  Args args_;
  State& state_;
  std::optional<std::vector<std::string>> names_;
  std::size_t at_ = 0;
  std::unique_ptr<SelectedMailbox> opened_;
  SelectedMailbox* view_ = nullptr;  // opened_, or the selected one
  std::optional<Scan> scan_;         // of view_
  std::optional<Answer> answer_;
  InProgress progress_;
};

bool only_selected(const Args& args) {
  return std::ranges::all_of(args.sources, [](const Source& s) { return s.kind == Kind::selected; });
}

std::optional<Reply> refusal(const Args& args, State& state) {
  const bool here = only_selected(args);
  if (here && !state.selected) return kNothingSelected;
  // They mean something in one mailbox only (RFC 7377 section 2.2).
  const Key& root = args.program.root;
  const bool tied = asks(root, Ask::numbers) || asks(root, Ask::uids) || args.options.has(Return::save);
  if (!here && tied) return kOnlySelected;
  auto refused = refusal_of(state, args.program, args.options);
  if (state.enabled.utf8 && args.program.charset_named) refused = kCharsetAfterUtf8;
  return refused;
}

}  // namespace

Result<std::vector<std::string>> names_of(const std::vector<Source>& sources, Mailboxes& mailboxes,
                                          const std::string& selected) {
  std::vector<std::string> out;
  std::set<std::string> known;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && known.insert(name).second) out.push_back(name);
  };
  if (sources.empty()) add(selected);
  std::optional<std::vector<MailboxInfo>> all;
  const Namespaces spaces = mailboxes.namespaces();
  for (const Source& source : sources) {
    if (source.kind == Kind::selected) add(selected);
    if (source.kind == Kind::mailboxes) std::ranges::for_each(source.names, add);
    if (source.kind == Kind::selected || source.kind == Kind::mailboxes) continue;
    if (!all) {
      auto list = mailboxes.list();
      if (!list) return fail(list.error());
      all = std::move(*list);
    }
    for (const MailboxInfo& info : *all) {
      if (info.exists && info.selectable && is_meant(source, info, spaces)) add(info.name);
    }
  }
  return out;
}

Result<Args> parse(Cursor& c) {
  Args args;
  if (c.try_word(" IN (") && !sources(c, args.sources)) return c.finish(std::move(args));
  static_cast<void>(return_options(c, args.options) && program(c, args.program));
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  if (const auto refused = refusal(args, state)) {
    return once([reply = *refused](Responder& responder) { responder.finish(reply); });
  }
  return std::make_unique<MultiSearch>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::esearch
