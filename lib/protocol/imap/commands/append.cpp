#include "protocol/imap/commands/append.h"

#include <utility>

#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::append {

Result<Args> parse(Cursor& c) {
  Args args;
  if (!(c.sp() && mailbox(c, args.name) && c.sp())) return c.finish(std::move(args));
  if (c.peek() == '(' && !(flag_list(c, args.flags) && c.sp())) return c.finish(std::move(args));
  if (c.peek() == '"') {
    args.date.emplace();
    if (!(date_time(c, *args.date) && c.sp())) return c.finish(std::move(args));
  }
  // The session gives the text up to the announcement of the message; examples have the message in them.
  std::uint64_t octets = 0;
  if (!(c.octet('{') && c.number(octets))) return c.finish(std::move(args));
  c.try_octet('+');
  View message;
  if (c.octet('}') && !c.at_end()) static_cast<void>(c.octet('\r') && c.octet('\n') && c.octets(octets, message));
  return c.finish(std::move(args));
}

namespace {
class AppendMessage final : public Execution {
 public:
  AppendMessage(Args args, State& state) : args_(std::move(args)), state_(state) {}
  void line(View text) override { rest_ = text.empty() ? Rest::empty : Rest::something; }
  void literal(View chunk) override {
    if (auto written = append_->write(chunk); !written) error_ = std::move(written.error());
  }

  Progress step(Responder& responder) override {
    if (append_ == nullptr && !begin(responder)) return Progress::done;
    if (error_) {
      responder.refuse(*error_, Missing::target);
      return Progress::done;
    }
    if (rest_ == Rest::unread) return Progress::literal;
    finish(responder);
    return Progress::done;
  }

 private:
  enum class Rest : std::uint8_t { unread, empty, something };

  bool begin(Responder& responder) {
    if (state_.literal > state_.limits->message) {
      responder.finish(kMessageTooBig);
      return false;
    }
    auto append = state_.mailboxes->append(args_.name, args_.flags, args_.date, state_.literal);
    if (!append) {
      responder.refuse(append.error(), Missing::target);
      return false;
    }
    append_ = std::move(*append);
    return true;
  }

  void finish(Responder& responder) {
    if (rest_ == Rest::something) return responder.refuse(peer_error(Code::syntax, "octets after the message"));
    const auto done = append_->finish();
    if (!done) return responder.refuse(done.error(), Missing::target);
    responder.finish(
        Status::ok, "APPENDUID " + std::to_string(done->uid_validity.value()) + ' ' + std::to_string(done->uid.value()),
        "Stored");
  }

  Args args_;
  State& state_;
  std::unique_ptr<Append> append_;
  std::optional<Error> error_;
  Rest rest_ = Rest::unread;
};
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<AppendMessage>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::append
