#include "sender.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace posthorn::servers {

namespace {

constexpr std::size_t kPiece = 64U << 10U;  // octets of content that are handed over at once

/// A client session whose content goes out as fast as the server takes it, not faster.
class Pump {
 public:
  using Moved = std::function<void(std::uint64_t octets)>;
  Pump(smtp::ClientOptions options, View text, Moved moved)
      : session_(std::move(options), io::ClientConnection::now()), text_(text), moved_(std::move(moved)) {}

  void receive(View octets) { session_.receive(octets); }
  void receive_end() { session_.receive_end(); }
  smtp::ClientEvent next(TimePoint now) {
    if (writing_ && transmit().size() < kPiece) feed();
    return session_.next(now);
  }
  [[nodiscard]] View transmit() const { return session_.transmit(); }
  void transmitted(std::size_t octets) {
    session_.transmitted(octets);
    // Dots and lengths that the protocol adds make what is left look a little longer than it is.
    if (fed_ > 0) moved_(fed_ - std::min<std::uint64_t>(fed_, transmit().size()));
  }
  [[nodiscard]] std::optional<TimePoint> deadline() const { return session_.deadline(); }
  void upgraded(const TlsFacts& facts) { session_.upgraded(facts); }

  [[nodiscard]] smtp::ClientSession& session() { return session_; }
  void begin_content() {
    writing_ = true;
    fed_ = 0;
  }
  void end_transaction() {
    writing_ = false;
    fed_ = 0;
  }

 private:
  void feed() {
    const View piece = text_.substr(fed_, kPiece);
    session_.content(piece);
    fed_ += piece.size();
    if (fed_ < text_.size()) return;
    session_.content_end();
    writing_ = false;
  }

  smtp::ClientSession session_;
  View text_;
  Moved moved_;
  std::uint64_t fed_ = 0;
  bool writing_ = false;
};

Error refused(const smtp::Refused& event) {
  const auto code = [&] {
    switch (event.stage) {
      case smtp::Refused::Stage::tls: return Code::encryption_needed;
      case smtp::Refused::Stage::login: return Code::denied;
      case smtp::Refused::Stage::greeting:
      case smtp::Refused::Stage::hello: break;
    }
    return Code::unavailable;
  }();
  const std::string enhanced = event.reply.enhanced.empty() ? "" : event.reply.enhanced + " ";
  return peer_error(code, "refused: " + std::to_string(event.reply.code) + " " + enhanced + event.reply.text);
}

/// One connection: transactions until all recipients had theirs or the server wants no more.
class Sending {
 public:
  Sending(const SenderOptions& options, const smtp::Outgoing& message, View text, SendResult& result,
          const std::function<void(const SendProgress&)>& progress)
      : options_(options),
        message_(message),
        result_(result),
        progress_(progress),
        pump_(options.session, text, [this](std::uint64_t octets) {
          shown_.octets = octets;
          progress_(shown_);
        }) {
    shown_.total = text.size();
    shown_.recipients = message.recipients.size();
    while (first_ < result.outcomes.size() && result.outcomes[first_]) ++first_;
    shown_.asked = first_;
    shown_.taken = static_cast<std::size_t>(std::count_if(result.outcomes.begin(), result.outcomes.end(),
                                                          [](const auto& o) { return o && o->positive(); }));
  }

  Result<void> run() {
    auto connection = io::ClientConnection::open(options_.remote);
    if (!connection) return fail(connection.error());
    if (options_.implicit_tls) {
      auto facts = (*connection)->upgrade(options_.trust);
      if (!facts) return fail(facts.error());
      pump_.upgraded(*facts);
    }
    auto driven = io::drive(**connection, options_.trust, pump_, [this](Pump&, smtp::ClientEvent& event) {
      return std::visit([this](auto& e) { return on(e); }, event);
    });
    if (!driven) return fail(driven.error());
    if (refused_) return fail(*refused_);
    return {};
  }

 private:
  Wants on(NeedInput&) { return Wants::again; }
  Wants on(Violation&) { return Wants::again; }
  Wants on(Closed&) { return Wants::again; }
  Wants on(smtp::StartTls&) { return Wants::upgrade; }
  Wants on(smtp::Refused& event) {
    refused_ = refused(event);
    return Wants::again;
  }
  Wants on(smtp::Ready&) {
    begin();
    return Wants::again;
  }
  Wants on(smtp::RecipientResult& event) {
    ++shown_.asked;
    if (event.reply.positive()) ++shown_.taken;
    progress_(shown_);
    return Wants::again;
  }
  Wants on(smtp::WantContent&) {
    pump_.begin_content();
    return Wants::again;
  }
  Wants on(smtp::Finished& event) {
    pump_.end_transaction();
    std::move(event.outcomes.begin(), event.outcomes.end(),
              result_.outcomes.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ += event.outcomes.size();
    const auto most = pump_.session().capabilities().mail_max.value_or(UINT64_MAX);
    if (first_ == result_.outcomes.size() || ++transactions_ >= most) {
      pump_.session().quit();
    } else {
      begin();
    }
    return Wants::again;
  }

  void begin() {
    const auto allowed = pump_.session().capabilities().rcpt_max.value_or(UINT64_MAX);
    const std::size_t most = std::max<std::size_t>(std::min<std::uint64_t>(options_.recipients, allowed), 1);
    const std::size_t count = std::min(most, message_.recipients.size() - first_);
    const auto from = static_cast<std::ptrdiff_t>(first_);
    const auto to = static_cast<std::ptrdiff_t>(first_ + count);
    smtp::Outgoing part = message_;
    part.recipients.assign(message_.recipients.begin() + from, message_.recipients.begin() + to);
    part.wishes.assign(message_.wishes.begin() + from, message_.wishes.begin() + to);
    shown_.octets = 0;
    pump_.session().send(std::move(part));
  }

  const SenderOptions& options_;
  const smtp::Outgoing& message_;
  SendResult& result_;
  const std::function<void(const SendProgress&)>& progress_;
  Pump pump_;
  SendProgress shown_;
  std::size_t first_ = 0;  // recipient without a transaction
  std::uint64_t transactions_ = 0;
  std::optional<Error> refused_;
};

}  // namespace

SendResult send_message(const SenderOptions& options, const smtp::Outgoing& message, View text,
                        const std::function<void(const SendProgress&)>& progress) {
  SendResult result;
  result.outcomes.resize(message.recipients.size());
  smtp::Outgoing whole = message;
  whole.wishes.resize(message.recipients.size());
  // A server may take few messages on a connection: then another one goes on.
  for (std::size_t left = message.recipients.size(); left > 0;) {
    Sending sending(options, whole, text, result, progress);
    if (auto sent = sending.run(); !sent) {
      result.trouble = sent.error();
      return result;
    }
    const auto missing =
        static_cast<std::size_t>(std::count(result.outcomes.begin(), result.outcomes.end(), std::nullopt));
    if (missing == left) {
      result.trouble = peer_error(Code::closed, "the server ended the session");
      return result;
    }
    left = missing;
  }
  return result;
}

}  // namespace posthorn::servers
