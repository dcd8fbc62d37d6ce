#include "posthorn/service/delivery/delivery.h"

#include <algorithm>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/queue/queue.h"

#include "service/delivery/binary_transaction.h"
#include "service/delivery/filing.h"
#include "service/delivery/front.h"
#include "service/delivery/plan.h"
#include "service/delivery/queued_transaction.h"
#include "service/delivery/trace.h"

namespace posthorn::delivery {
namespace {

/// Octets of a message in memory. A longer one goes to the stores as it comes, or into the queue where fields that are
/// not known yet go in front.
constexpr std::size_t kSpool = 256U << 10U;

/// One account that gets the message, however many recipients led there.
struct Destination {
  directory::Account account;
  std::shared_ptr<mailbox::Account> mailboxes;
  std::unique_ptr<mailbox::BodyWriter> body;  // kept until the message is in: the store forgets loose bodies
  bool junk = false;
  std::size_t recipient = 0;         // the first one that leads here
  std::unique_ptr<Wishes> wishes;    // null: its owner is not asked
  std::optional<Decision> decision;  // what he wants
  Result<void> outcome;
};

bool refuses(const Destination& destination) { return destination.decision && destination.decision->refusal; }

/// Whether something goes out for it.
bool leaves(const Destination& destination) {
  return destination.decision && (destination.decision->refusal || !destination.decision->letters.empty());
}

/// Nothing can be sent: the message is kept.
void keep_here(Decision& decision) {
  decision.refusal.reset();
  decision.letters.clear();
  decision.remembered.clear();
  if (decision.copies.empty()) decision.copies.push_back({.usual = true});
}

/// A recipient that leads to several accounts fails when one of them fails; a failure that may pass outweighs one that
/// lasts, because a second copy is better than a lost mail.
void worsen(Result<void>& outcome, const Result<void>& other) {
  if (other) return;
  if (outcome || (outcome.error().lasting == Lasting::permanent && other.error().lasting == Lasting::transient)) {
    outcome = other;
  }
}

/// Whether the envelope wants something that only the queue does, also for mailboxes here: a way to another host, a
/// report of the delivery (RFC 3461 section 5.2.3), or a wait (RFC 4865). Without a queue only the way is missed.
bool wants_queue(const Envelope& envelope, const Options& options, WallTime now) {
  const bool queued = options.queue != nullptr;
  if (queued && envelope.wishes.not_before > now) return true;
  return std::any_of(envelope.recipients.begin(), envelope.recipients.end(), [&](const Envelope::Recipient& recipient) {
    return leads_away(recipient.resolution) || (queued && recipient.notify.success && !envelope.sender.empty());
  });
}

class StoredTransaction : public Transaction {
 public:
  StoredTransaction(const Clock& clock, const Options& options, std::string id, Envelope envelope)
      : clock_(clock), options_(options), id_(std::move(id)), envelope_(std::move(envelope)), front_(envelope_) {
    trace_ = received(envelope_, options_.host_name, id_, clock_.wall());
  }

  void open_destinations(mailbox::Accounts& accounts);
  Result<void> append(View octets) override;
  void judge(Findings findings) override;
  std::vector<Result<void>> finish() override;
  std::string refusal(std::size_t recipient) const override {
    return recipient < refusals_.size() ? refusals_[recipient] : std::string();
  }
  View id() const override { return id_; }

 private:
  [[nodiscard]] bool needs_whole() const;
  [[nodiscard]] std::string own_fields(const Destination& destination) const;
  void decide();
  void decide(Destination& destination);
  void hear_refusals();
  void keep_what_cannot_leave();
  [[nodiscard]] bool goes_to_queue(std::size_t recipient) const;
  [[nodiscard]] bool needs_queue() const;
  std::vector<Result<void>> finish_queued();
  Result<void> hand_over(Envelope envelope);
  void start_body(Destination& destination);
  static void write(Destination& destination, View octets);
  void complete(Destination& destination);
  void refuse_loops();
  Result<void> take(View octets);
  void queue_what_waits();
  void refuse_all(const Error& error);
  [[nodiscard]] std::vector<Result<void>> outcomes() const;

  const Clock& clock_;
  const Options& options_;
  const std::string id_;
  const Envelope envelope_;
  std::string trace_;
  Front front_;
  Findings findings_;
  std::unique_ptr<QueuedTransaction> queued_;  // has taken over
  std::string spool_;
  bool spilled_ = false;  // the bodies are begun and get the octets as they come
  bool finished_ = false;
  std::vector<Destination> destinations_;
  std::vector<std::vector<std::size_t>> leads_to_;  // for each recipient
  std::vector<std::string> refusals_;               // by a reply, for each recipient; empty: he does not
};

void StoredTransaction::open_destinations(mailbox::Accounts& accounts) {
  for (const Envelope::Recipient& recipient : envelope_.recipients) {
    std::vector<std::size_t>& leads = leads_to_.emplace_back();
    for (const directory::Resolution::Target& target : recipient.resolution.targets) {
      const auto same = [&](const Destination& known) { return known.account.id == target.account.id; };
      const auto known = std::find_if(destinations_.begin(), destinations_.end(), same);
      leads.push_back(static_cast<std::size_t>(known - destinations_.begin()));
      if (known != destinations_.end()) continue;
      Destination& added = destinations_.emplace_back();
      added.account = target.account;
      added.recipient = leads_to_.size() - 1;
      Result<std::shared_ptr<mailbox::Account>> opened =
          accounts.open(target.account.id, {target.account.quota_octets, target.account.quota_messages});
      if (opened) {
        added.mailboxes = std::move(*opened);
      } else {
        added.outcome = fail(std::move(opened.error()));
      }
      if (!added.outcome || options_.filter == nullptr) continue;
      Result<std::unique_ptr<Wishes>> wishes = options_.filter->wishes_of(added.account);
      if (wishes) {
        added.wishes = std::move(*wishes);
      } else {
        added.outcome = fail(std::move(wishes.error()));
      }
    }
  }
}

void StoredTransaction::write(Destination& destination, View octets) {
  if (!destination.outcome) return;
  destination.outcome = destination.body->append(octets);
  if (!destination.outcome) destination.body.reset();
}

void StoredTransaction::start_body(Destination& destination) {
  if (!destination.outcome) return;
  Result<std::unique_ptr<mailbox::BodyWriter>> body = destination.mailboxes->write_body();
  if (!body) {
    destination.outcome = fail(std::move(body.error()));
    return;
  }
  destination.body = std::move(*body);
  write(destination, own_fields(destination) + trace_);
  write(destination, spool_);
}

std::string StoredTransaction::own_fields(const Destination& destination) const {
  return return_path(envelope_.sender) + delivered_to(destination.account.address) + findings_.fields;
}

/// Whether nothing may be stored before the message is there: what goes in front of it, or where it goes, is not known.
bool StoredTransaction::needs_whole() const {
  return envelope_.judged ||
         std::ranges::any_of(destinations_, [](const Destination& d) { return d.wishes != nullptr; });
}

Result<void> StoredTransaction::append(View octets) {
  if (finished_) return fail(caller_error(Code::misuse, "append after finish"));
  const Result<std::string> through = front_.feed(octets);
  if (!through) return fail(through.error());
  return take(*through);
}

void StoredTransaction::judge(Findings findings) {
  for (std::size_t i = 0; i < leads_to_.size(); ++i) {
    if (!is_junk(envelope_.recipients[i].resolution, findings)) continue;
    for (const std::size_t destination : leads_to_[i]) destinations_[destination].junk = true;
  }
  findings_ = std::move(findings);
}

Result<void> StoredTransaction::hand_over(Envelope envelope) {
  envelope.examine = nullptr;  // it was
  queued_ = std::make_unique<QueuedTransaction>(options_, id_, std::move(envelope), clock_.wall());
  if (Result<void> opened = queued_->open(); !opened) {
    queued_.reset();
    return opened;
  }
  return queued_->append(std::exchange(spool_, {}));
}

Result<void> StoredTransaction::take(View octets) {
  if (!spilled_ && !queued_ && spool_.size() + octets.size() <= kSpool) {
    spool_.append(octets);
    return {};
  }
  if (needs_whole() && options_.queue != nullptr) {
    if (!queued_) {
      if (Result<void> handed = hand_over(envelope_); !handed) return handed;
    }
    return queued_->append(octets);
  }
  if (needs_whole()) {
    spool_.append(octets);
    return {};
  }
  if (!spilled_) {
    refuse_loops();
    for (Destination& destination : destinations_) start_body(destination);
    spool_ = std::string();
    spilled_ = true;
  }
  for (Destination& destination : destinations_) write(destination, octets);
  return {};
}

void StoredTransaction::refuse_loops() {
  const bool too_far = front_.watch().received() > options_.max_received;
  for (Destination& destination : destinations_) {
    if (!destination.outcome) continue;
    if (!too_far && !front_.watch().was_delivered_to(destination.account.address)) continue;
    destination.outcome = fail(peer_error(Code::too_many, too_far ? "too many hops" : "was here before"));
    destination.body.reset();
  }
}

// --- what owners of mailboxes want -----------------------------------------------------------------------------------

void StoredTransaction::decide(Destination& destination) {
  const std::string front = own_fields(destination);
  const std::string message = front + trace_ + spool_;
  const Envelope::Recipient& recipient = envelope_.recipients[destination.recipient];
  Result<Decision> decision = destination.wishes->decide({.account = destination.account,
                                                          .mailboxes = *destination.mailboxes,
                                                          .message = message,
                                                          .front = front.size(),
                                                          .sender = envelope_.sender,
                                                          .recipient = recipient.address,
                                                          .login = envelope_.wishes.account,
                                                          .notify = recipient.notify,
                                                          .content = envelope_.wishes.content,
                                                          .original = recipient.original,
                                                          .envelope_id = envelope_.wishes.envelope_id,
                                                          .deliver_by = envelope_.wishes.deliver_by,
                                                          .return_late = envelope_.wishes.return_late,
                                                          .utf8 = envelope_.wishes.utf8,
                                                          .junk = destination.junk,
                                                          .when = clock_.wall()});
  if (decision) {
    destination.decision = std::move(*decision);
  } else {
    destination.outcome = fail(std::move(decision.error()));
  }
}

void StoredTransaction::decide() {
  for (Destination& destination : destinations_) {
    if (destination.wishes && destination.outcome) decide(destination);
  }
  hear_refusals();
}

/// Where nothing goes to the queue, as there is none or as the recipient has failed by another of his mailboxes.
void StoredTransaction::keep_what_cannot_leave() {
  for (std::size_t i = 0; i < leads_to_.size(); ++i) {
    if (!refusals_[i].empty()) continue;
    for (const std::size_t lead : leads_to_[i]) {
      Destination& destination = destinations_[lead];
      // With a queue, who sent it is told of the failure already: nobody needs to have what he refuses.
      const bool told = options_.queue != nullptr && refuses(destination);
      if (leaves(destination) && !told) keep_here(*destination.decision);
    }
  }
}

/// Recipients are refused by a reply where each gets his own, or where all get the same (RFC 5429 section 2.1.1); one
/// of several mailboxes that an address leads to is not.
void StoredTransaction::hear_refusals() {
  std::vector<std::string> refusals(leads_to_.size());
  for (std::size_t i = 0; i < leads_to_.size(); ++i) {
    const std::vector<std::size_t>& leads = leads_to_[i];
    const bool refused = !leads.empty() && std::ranges::all_of(leads, [this](std::size_t destination) {
      return refuses(destinations_[destination]);
    });
    if (refused) refusals[i] = *destinations_[leads.front()].decision->refusal;
  }
  const bool all = std::ranges::none_of(refusals, &std::string::empty);
  refusals_ = all || envelope_.each_answered ? std::move(refusals) : std::vector<std::string>(leads_to_.size());
}

/// Who refuses by a reply, has no room for it ever or is nobody is not served by the queue.
bool StoredTransaction::goes_to_queue(std::size_t recipient) const {
  if (!refusals_[recipient].empty() || leads_to_[recipient].empty()) return false;
  return std::ranges::all_of(leads_to_[recipient], [this](std::size_t destination) {
    const Result<void>& outcome = destinations_[destination].outcome;
    return outcome || outcome.error().lasting == Lasting::transient;
  });
}

bool StoredTransaction::needs_queue() const {
  for (std::size_t i = 0; i < leads_to_.size(); ++i) {
    const auto leads_out = [this](std::size_t destination) { return leaves(destinations_[destination]); };
    if (goes_to_queue(i) && std::ranges::any_of(leads_to_[i], leads_out)) return true;
  }
  return false;
}

/// The queue serves all, so that nothing is half accepted, and asks anew what is wanted.
std::vector<Result<void>> StoredTransaction::finish_queued() {
  Envelope envelope = envelope_;
  envelope.recipients.clear();
  for (std::size_t i = 0; i < leads_to_.size(); ++i) {
    if (goes_to_queue(i)) envelope.recipients.push_back(envelope_.recipients[i]);
  }
  Result<void> result = hand_over(std::move(envelope));
  if (result) {
    queued_->judge(findings_);
    result = queued_->finish().front();
  }
  std::vector<Result<void>> results = outcomes();
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (goes_to_queue(i)) results[i] = result;
  }
  return results;
}

void StoredTransaction::complete(Destination& destination) {
  if (!destination.outcome || refuses(destination)) return;
  const Filing filing{.now = clock_.wall(), .receipt = id_, .junk = destination.junk};
  if (destination.decision) {
    const std::string message = own_fields(destination) + trace_ + spool_;
    destination.outcome = file(*destination.mailboxes, message, *destination.decision, filing);
    return;
  }
  if (!spilled_) start_body(destination);
  if (!destination.outcome) return;
  Result<mailbox::Body> body = destination.body->finish();
  if (!body) {
    destination.outcome = fail(std::move(body.error()));
    return;
  }
  destination.outcome = file(*destination.mailboxes, std::move(*body), filing);
}

std::vector<Result<void>> StoredTransaction::finish() {
  if (finished_) return std::vector<Result<void>>(leads_to_.size(), fail(caller_error(Code::misuse, "finished twice")));
  finished_ = true;
  const Result<std::string> rest = front_.finish();
  const Result<void> taken = rest ? take(*rest) : fail(rest.error());
  if (!taken) refuse_all(taken.error());
  if (queued_) {
    queued_->judge(std::move(findings_));
    return queued_->finish();
  }
  refuse_loops();
  decide();
  if (options_.queue != nullptr && needs_queue()) return finish_queued();
  keep_what_cannot_leave();
  for (Destination& destination : destinations_) {
    complete(destination);
    destination.body.reset();
  }
  queue_what_waits();
  spool_ = std::string();
  return outcomes();
}

std::vector<Result<void>> StoredTransaction::outcomes() const {
  std::vector<Result<void>> outcomes;
  for (std::size_t i = 0; i < leads_to_.size(); ++i) {
    const std::vector<std::size_t>& leads = leads_to_[i];
    Result<void>& outcome = outcomes.emplace_back();
    if (!refusals_[i].empty()) outcome = fail(peer_error(Code::denied, "refused by its recipient"));
    if (leads.empty()) outcome = fail(peer_error(Code::not_found, "recipient leads nowhere"));
    for (const std::size_t destination : leads) worsen(outcome, destinations_[destination].outcome);
  }
  return outcomes;
}

void StoredTransaction::refuse_all(const Error& error) {
  for (Destination& destination : destinations_) {
    destination.outcome = fail(error);
    destination.body.reset();
  }
}

/// What some mailboxes have and others cannot take at the moment is not sent again by the client: it waits here.
void StoredTransaction::queue_what_waits() {
  const auto waits = [](const Destination& d) { return !d.outcome && d.outcome.error().lasting == Lasting::transient; };
  const bool some = std::any_of(destinations_.begin(), destinations_.end(), waits);
  const bool any_stored = std::any_of(destinations_.begin(), destinations_.end(),
                                      [](const Destination& d) { return d.outcome.has_value(); });
  if (options_.queue == nullptr || spilled_ || !some || !any_stored) return;
  std::vector<queue::Item> items;
  for (const bool junk : {false, true}) {
    queue::Item item;
    item.sender = envelope_.sender;
    item.prefix = findings_.fields;
    item.junk = junk;
    for (const Destination& destination : destinations_) {
      if (!waits(destination) || destination.junk != junk) continue;
      const Envelope::Recipient& from = envelope_.recipients[destination.recipient];
      item.recipients.push_back(recipient_of(from, destination.account.address));
    }
    if (!item.recipients.empty()) items.push_back(std::move(item));
  }
  Result<std::unique_ptr<store::BlobWriter>> body = options_.queue->write_body();
  if (!body || !(*body)->append(trace_ + spool_)) return;
  const Result<store::BlobId> id = (*body)->finish();
  if (!id) return;
  queue::Message message = envelope_.wishes;
  message.sender = envelope_.sender;
  message.body = *id;
  message.octets = trace_.size() + spool_.size();
  message.eight_bit = !codec::is_ascii(spool_) || !codec::is_ascii(trace_);
  message.tls = front_.tls();
  if (!options_.queue->accept(std::move(message), std::move(items))) return;
  for (Destination& destination : destinations_) {
    if (waits(destination)) destination.outcome = {};
  }
}

class StoredDelivery : public Delivery {
 public:
  StoredDelivery(mailbox::Accounts& accounts, const Clock& clock, Random& random, Options options)
      : accounts_(accounts), clock_(clock), random_(random), options_(std::move(options)) {}

  Result<std::unique_ptr<Transaction>> begin(Envelope envelope) override {
    if (envelope.recipients.empty()) return fail(caller_error(Code::misuse, "no recipient"));
    const bool binary = std::exchange(envelope.wishes.binary, false);
    const std::size_t recipients = envelope.recipients.size();
    Result<std::unique_ptr<Transaction>> begun = begin_lines(std::move(envelope));
    if (!begun || !binary) return begun;
    return std::make_unique<BinaryTransaction>(std::move(*begun), recipients, binary_room_);
  }

 private:
  Result<std::unique_ptr<Transaction>> begin_lines(Envelope envelope) {
    if (wants_queue(envelope, options_, clock_.wall())) return begin_queued(std::move(envelope));
    auto transaction = std::make_unique<StoredTransaction>(clock_, options_, new_id(random_), std::move(envelope));
    transaction->open_destinations(accounts_);
    return std::unique_ptr<Transaction>(std::move(transaction));
  }

  Result<std::unique_ptr<Transaction>> begin_queued(Envelope envelope) {
    if (options_.queue == nullptr) return fail(caller_error(Code::unsupported, "no queue for other hosts"));
    auto transaction =
        std::make_unique<QueuedTransaction>(options_, new_id(random_), std::move(envelope), clock_.wall());
    if (Result<void> opened = transaction->open(); !opened) return fail(std::move(opened.error()));
    return std::unique_ptr<Transaction>(std::move(transaction));
  }

  mailbox::Accounts& accounts_;
  const Clock& clock_;
  Random& random_;
  const Options options_;
  BinaryTransaction::Room binary_room_{options_.binary_octets};
};

}  // namespace

std::unique_ptr<Delivery> Delivery::make(mailbox::Accounts& accounts, const Clock& clock, Random& random,
                                         Options options) {
  return std::make_unique<StoredDelivery>(accounts, clock, random, std::move(options));
}

}  // namespace posthorn::delivery
