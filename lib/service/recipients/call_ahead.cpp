#include "posthorn/service/recipients/call_ahead.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace posthorn::recipients {

namespace {

constexpr std::uint16_t kFirstOfRecipients = 550;
constexpr std::uint16_t kNoRoom = 552;

smtp::ClientOptions client_options(const CallAheadOptions& options) {
  smtp::ClientOptions client;
  client.host_name = options.host_name;
  client.tls = options.tls;
  client.limits = options.limits;
  return client;
}

}  // namespace

Answer answer_of(const smtp::Reply& reply) {
  if (reply.positive()) return Answer::known;
  return reply.code >= kFirstOfRecipients && reply.code != kNoRoom ? Answer::unknown : Answer::later;
}

CallAhead::CallAhead(mail::Mailbox recipient, CallAheadOptions options, TimePoint now)
    : recipient_(std::move(recipient)),
      options_(std::move(options)),
      session_(client_options(options_), now),
      until_(now + options_.patience) {}

Wants CallAhead::next(TimePoint now) {
  if (now >= until_ && !given_up_) {
    given_up_ = true;
    if (answer_ == Answer::no_answer) trouble_ = options_.remote + " does not answer in time";
  }
  if (given_up_) return Wants::close;
  for (;;) {
    smtp::ClientEvent event = session_.next(now);
    if (const Next wants = std::visit([&](auto& e) { return on(e); }, event)) return *wants;
  }
}

std::optional<TimePoint> CallAhead::deadline() const {
  const std::optional<TimePoint> session = session_.deadline();
  return session ? std::min(*session, until_) : until_;
}

CallAhead::Next CallAhead::on(smtp::Ready&) {
  smtp::Outgoing question;
  question.recipients.push_back(recipient_);
  question.verify_only = true;
  session_.send(std::move(question));
  return std::nullopt;
}

CallAhead::Next CallAhead::on(smtp::RecipientResult& event) {
  answer_ = answer_of(event.reply);
  if (answer_ == Answer::later)
    trouble_ = options_.remote + " said: " + std::to_string(event.reply.code) + " " + event.reply.text;
  return std::nullopt;
}

CallAhead::Next CallAhead::on(smtp::Finished& event) {
  if (answer_ == Answer::no_answer && !event.outcomes.empty()) {
    const smtp::Reply& reply = event.outcomes.front();
    trouble_ = options_.remote + ": not asked: " + std::to_string(reply.code) + " " + reply.text;
  }
  session_.quit();
  return std::nullopt;
}

CallAhead::Next CallAhead::on(smtp::Refused& event) {
  trouble_ = options_.remote + " said: " + std::to_string(event.reply.code) + " " + event.reply.text;
  return std::nullopt;
}

CallAhead::Next CallAhead::on(Violation& event) {
  trouble_ = options_.remote + " broke the protocol: " + event.note;
  return std::nullopt;
}

}  // namespace posthorn::recipients
