#include "posthorn/service/queue/courier.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <variant>

namespace posthorn::queue {

namespace {

constexpr std::size_t kFlushAt = 64U << 10U;  // octets to send at which the wire comes first

smtp::ClientOptions client_options(const CourierOptions& options) {
  smtp::ClientOptions client;
  client.host_name = options.host_name;
  client.tls = options.tls;
  client.limits = options.limits;
  return client;
}

std::string class_text(int code) { return code < 300 ? "2.0.0" : code < 500 ? "4.0.0" : "5.0.0"; }

/// What the sender asked for, for the next host.
smtp::RcptParams wishes_of(const Recipient& recipient) {
  smtp::RcptParams wishes;
  wishes.notify = recipient.notify;
  const std::size_t semicolon = recipient.original.find(';');
  if (semicolon != std::string::npos) {
    wishes.original =
        mail::TypedText{recipient.original.substr(0, semicolon), recipient.original.substr(semicolon + 1)};
  }
  return wishes;
}

Outcome outcome_of(const smtp::Reply& reply, View host) {
  Outcome outcome;
  outcome.kind = reply.code < 300   ? Outcome::Kind::relayed
                 : reply.code < 500 ? Outcome::Kind::deferred
                                    : Outcome::Kind::failed;
  outcome.status = reply.enhanced.empty() ? class_text(reply.code) : reply.enhanced;
  outcome.said = std::to_string(reply.code) + " " + reply.text;
  outcome.host = own(host);
  return outcome;
}

}  // namespace

Courier::Courier(Queue& queue, Crew& crew, Destination destination, CourierOptions options, TimePoint now)
    : queue_(queue),
      crew_(crew),
      destination_(std::move(destination)),
      options_(std::move(options)),
      session_(client_options(options_), now) {
  crew_.enter(*this);
}

Courier::~Courier() {
  abandon("the connection was given up");
  crew_.leave(*this);
}

Wants Courier::next(TimePoint now) {
  if (job_ != Job::none) return Wants::work;
  if (idle_until_ && !quitting_) {
    if (crew_.take_roused(*this)) {
      idle(false);
      job_ = Job::take;
      return Wants::work;
    }
    if (now >= *idle_until_) {
      idle(false);
      quitting_ = true;
      session_.quit();
    }
  }
  for (;;) {
    if (session_.transmit().size() >= kFlushAt) return Wants::again;
    smtp::ClientEvent event = session_.next(now);
    if (const Next wants = std::visit([&](auto& e) { return on(e); }, event)) return *wants;
  }
}

std::optional<TimePoint> Courier::deadline() const {
  const std::optional<TimePoint> session = session_.deadline();
  if (!idle_until_) return session;
  return session ? std::min(*session, *idle_until_) : *idle_until_;
}

void Courier::upgraded(const TlsFacts& facts) { session_.upgraded(facts); }

void Courier::stop() {
  quitting_ = true;
  session_.quit();
}

void Courier::set_wake(std::function<void()> wake) { crew_.set_wake(*this, std::move(wake)); }

void Courier::idle(bool idle) {
  if (!idle) idle_until_.reset();
  crew_.set_idle(*this, idle);
}

// --- events ----------------------------------------------------------------------------------------------------------

Courier::Next Courier::on(smtp::Ready& event) {
  if (options_.require_tls && !event.capabilities.require_tls) {
    // RFC 8689 section 4.2.1: the next host may.
    report_.trouble = options_.remote + " does not offer REQUIRETLS";
    report_.status = kNoRequireTls;
    quitting_ = true;
    session_.quit();
    return std::nullopt;
  }
  job_ = Job::take;
  return Wants::work;
}

Courier::Next Courier::on(smtp::WantContent&) {
  content_began_ = true;
  job_ = Job::content;
  return Wants::work;
}

/// Whether the host broke off before it saw or refused anything of the message. One that does so between two messages,
/// as some do after so many, has refused none of them; one that never takes any is as if it were not there.
bool Courier::let_go(const smtp::Finished& event) {
  if (!session_.is_closed() || content_began_ || !outcomes_.empty() || event.outcomes.empty()) return false;
  const auto lasts = [](const smtp::Reply& reply) { return reply.code < 300 || reply.code >= 500; };
  if (std::ranges::any_of(event.outcomes, lasts)) return false;
  if (report_.transactions > 0) return true;
  const smtp::Reply& said = event.outcomes.front();
  report_.trouble = options_.remote + " broke off: " + std::to_string(said.code) + " " + said.text;
  if (!said.enhanced.empty()) report_.status = said.enhanced;
  return true;
}

Courier::Next Courier::on(smtp::Finished& event) {
  if (let_go(event)) {
    // The last host's trouble counts as an attempt: the next time other mail goes first.
    if (report_.transactions > 0 || !options_.last) queue_.put_back(*std::exchange(work_, std::nullopt));
    return std::nullopt;
  }
  for (const smtp::Reply& reply : event.outcomes) {
    outcomes_.push_back(outcome_of(reply, options_.remote));
    outcomes_.back().passed_on = outcomes_.back().kind == Outcome::Kind::relayed && event.dsn;
  }
  ++report_.transactions;
  job_ = Job::finish;
  return Wants::work;
}

Courier::Next Courier::on(smtp::Refused& event) {
  if (event.stage == smtp::Refused::Stage::tls && !session_.capabilities().starttls) {
    report_.trouble = options_.remote + " offers no TLS, and without TLS this mail may not go";
    report_.status = "4.7.4";
    return std::nullopt;
  }
  report_.trouble = options_.remote + " said: " + std::to_string(event.reply.code) + " " + event.reply.text;
  if (!event.reply.enhanced.empty()) report_.status = event.reply.enhanced;
  return std::nullopt;
}

Courier::Next Courier::on(Violation& event) {
  report_.trouble = options_.remote + " broke the protocol: " + event.note;
  report_.status = "4.5.0";
  return std::nullopt;
}

Courier::Next Courier::on(Closed&) {
  if (!work_) return Wants::close;
  job_ = Job::abandon;
  return Wants::work;
}

// --- work ------------------------------------------------------------------------------------------------------------

void Courier::work(TimePoint now) {
  switch (std::exchange(job_, Job::none)) {
    case Job::none: return;
    case Job::take: return take(now);
    case Job::content: return send_content();
    case Job::finish: return finish(now);
    case Job::abandon: return abandon("the connection broke off");
  }
}

void Courier::take(TimePoint now) {
  Result<std::optional<Work>> taken =
      quitting_ ? Result<std::optional<Work>>(std::optional<Work>()) : queue_.take(destination_);
  if (taken && *taken) {
    work_ = std::move(**taken);
    outcomes_.clear();
    front_ = options_.signer == nullptr ? std::string() : options_.signer->sign(*work_, queue_);
    front_ += work_->item.prefix;
    send_part();
    return;
  }
  if (quitting_) return;
  idle_until_ = now + options_.linger;
  crew_.set_idle(*this, true);
}

void Courier::send_part() {
  const Message& message = work_->message;
  smtp::Outgoing outgoing;
  if (auto sender = mail::parse_mailbox(work_->item.sender, true); sender && !work_->item.sender.empty())
    outgoing.sender = std::move(*sender);
  const std::size_t first = outcomes_.size();
  const std::uint64_t most = session_.capabilities().rcpt_max.value_or(options_.recipients);  // RFC 9422
  const std::size_t count = std::min<std::size_t>(work_->item.recipients.size() - first,
                                                  std::clamp<std::uint64_t>(most, 1, options_.recipients));
  for (std::size_t i = first; i < first + count; ++i) {
    auto address = mail::parse_mailbox(work_->item.recipients[i].address, true);
    outgoing.recipients.push_back(address ? std::move(*address) : mail::Mailbox{work_->item.recipients[i].address, {}});
    outgoing.wishes.push_back(wishes_of(work_->item.recipients[i]));
  }
  outgoing.octets = message.octets + front_.size();
  outgoing.eight_bit = message.eight_bit;
  outgoing.utf8 = message.utf8;
  outgoing.binary = message.binary;
  // What has nobody to be told of a failure asks where it can (Destination::tls).
  outgoing.require_tls =
      options_.require_tls || (message.tls == TlsWish::required && session_.capabilities().require_tls);
  outgoing.ret = message.content;
  outgoing.envelope_id = message.envelope_id;
  if (message.priority != 0) outgoing.priority = message.priority;
  if (message.deliver_by) {
    const auto left = *message.deliver_by - queue_.now();
    outgoing.deliver_by = smtp::DeliverBy{static_cast<std::int32_t>(left.count()), message.return_late, false};
  }
  sent_ = 0;
  content_began_ = false;
  session_.send(std::move(outgoing));
}

void Courier::send_content() {
  if (sent_ == 0 && !front_.empty()) session_.content(front_);
  Result<std::string> octets = queue_.read_body(work_->message, sent_, options_.read_at_once);
  if (!octets || (octets->empty() && sent_ < work_->message.octets)) {
    // Half a message must not look like a whole one: the connection ends without the final dot.
    abandon("the message could not be read");
    quitting_ = true;
    session_.receive_end();
    return;
  }
  session_.content(*octets);
  sent_ += octets->size();
  if (sent_ < work_->message.octets) {
    job_ = Job::content;
  } else {
    session_.content_end();
  }
}

void Courier::finish(TimePoint now) {
  if (outcomes_.size() < work_->item.recipients.size()) return send_part();
  Work done = std::move(*work_);
  work_.reset();
  const bool takes = std::ranges::any_of(outcomes_, [](const Outcome& o) { return o.kind != Outcome::Kind::deferred; });
  // Whether it could be written down is the queue's business: it keeps what it could not.
  static_cast<void>(queue_.finish(std::move(done), std::exchange(outcomes_, {})));
  if (takes) queue_.reached(destination_);
  if (!session_.is_closed()) take(now);  // else the next one would fail with this connection, untried
}

void Courier::abandon(View why) {
  if (!work_) return;
  Work work = std::move(*work_);
  work_.reset();
  Outcome outcome;
  outcome.status = report_.trouble.empty() ? "4.4.2" : report_.status;
  outcome.said = report_.trouble.empty() ? own(why) : report_.trouble;
  outcome.host = options_.remote;
  outcomes_.resize(work.item.recipients.size(), outcome);
  static_cast<void>(queue_.finish(std::move(work), std::exchange(outcomes_, {})));
}

// --- crew ------------------------------------------------------------------------------------------------------------

struct Crew::Parts {
  std::mutex mutex;
  std::vector<Member> members;

  Member* find(const Courier& courier) {
    const auto place =
        std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.courier == &courier; });
    return place == members.end() ? nullptr : &*place;
  }
};

std::shared_ptr<Crew::Parts> Crew::make_parts() { return std::make_shared<Parts>(); }

void Crew::enter(Courier& courier) {
  const std::lock_guard lock(parts_->mutex);
  parts_->members.push_back({&courier, {}});
}

void Crew::leave(const Courier& courier) {
  const std::lock_guard lock(parts_->mutex);
  std::erase_if(parts_->members, [&](const Member& m) { return m.courier == &courier; });
}

void Crew::set_wake(const Courier& courier, std::function<void()> wake) {
  const std::lock_guard lock(parts_->mutex);
  if (Member* member = parts_->find(courier)) member->wake = std::move(wake);
}

void Crew::set_idle(const Courier& courier, bool idle) {
  const std::lock_guard lock(parts_->mutex);
  if (Member* member = parts_->find(courier)) member->idle = idle;
}

bool Crew::take_roused(const Courier& courier) {
  const std::lock_guard lock(parts_->mutex);
  Member* member = parts_->find(courier);
  return member != nullptr && std::exchange(member->roused, false);
}

bool Crew::rouse(const Destination& destination) {
  const std::lock_guard lock(parts_->mutex);
  for (Member& member : parts_->members) {
    if (!member.idle || member.courier->destination() != destination) continue;
    member.idle = false;
    member.roused = true;
    if (member.wake) member.wake();
    return true;
  }
  return false;
}

}  // namespace posthorn::queue
