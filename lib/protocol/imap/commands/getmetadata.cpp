#include "protocol/imap/commands/getmetadata.h"

#include <utility>

namespace posthorn::imap::commands::getmetadata {

namespace {

bool depth(Cursor& c, EntryDepth& out) {
  if (c.try_word("infinity")) {
    out = EntryDepth::infinity;
  } else if (c.try_octet('1')) {
    out = EntryDepth::one;
  } else {
    out = EntryDepth::none;
    return c.octet('0');
  }
  return true;
}

// option *(SP option) ")", the parenthesis at the start taken already.
bool options(Cursor& c, EntryChoice& choice) {
  do {
    if (c.try_word("MAXSIZE ")) {
      std::uint64_t size = 0;
      if (!c.number(size)) return false;
      choice.max_size = size;
    } else if (!(c.word("DEPTH ") && depth(c, choice.depth))) {
      return false;
    }
  } while (c.try_sp());
  return c.octet(')');
}

// Whether options follow; a list of entries starts with a parenthesis too, but then with a slash or a string.
bool try_options(Cursor& c) {
  const auto before = c.offset();
  if (c.try_octet('(') && chars::kAlpha[c.peek()]) return true;
  c.back_to(before);
  return false;
}

class GetMetadata final : public Execution {
 public:
  GetMetadata(Args args, State& state) : args_(std::move(args)), state_(state) {}

  Progress step(Responder& responder) override {
    if (!response_) {
      const auto all = state_.mailboxes->metadata(args_.name);
      if (!all) {
        responder.refuse(all.error());
        return Progress::done;
      }
      ChosenEntries chosen = choose(*all, args_.choice);
      longest_ = chosen.longest;
      response_.emplace(args_.name, std::move(chosen.entries));
    }
    if (!response_->write(responder)) return Progress::more;
    const std::string code = longest_ == 0 ? "" : "METADATA LONGENTRIES " + std::to_string(longest_);
    responder.finish(Status::ok, code, "Done");
    return Progress::done;
  }

 private:
  Args args_;
  State& state_;
  std::uint64_t longest_ = 0;
  std::optional<MetadataResponse> response_;
};

}  // namespace

// The ABNF of RFC 5464 section 5 has the options before the mailbox, its examples have them behind.
Result<Args> parse(Cursor& c) {
  Args args;
  if (c.sp() && try_options(c)) static_cast<void>(options(c, args.choice) && c.sp());
  if (mailbox(c, args.name) && c.sp() && try_options(c)) static_cast<void>(options(c, args.choice) && c.sp());
  entry_names(c, args.choice.names);
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<GetMetadata>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::getmetadata
