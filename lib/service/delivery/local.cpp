#include "posthorn/service/delivery/local.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "posthorn/service/delivery/filter.h"
#include "posthorn/service/queue/dispatcher.h"

#include "service/delivery/filing.h"
#include "service/delivery/letters.h"
#include "service/delivery/plan.h"
#include "service/delivery/trace.h"

namespace posthorn::delivery {

namespace {

constexpr std::size_t kReadAtOnce = 256U << 10U;

queue::Outcome outcome_of(const Result<void>& result) {
  queue::Outcome outcome;
  outcome.kind = queue::Outcome::Kind::stored;
  outcome.status = "2.0.0";
  if (result || result.error().code == Code::exists) return outcome;
  const Error& error = result.error();
  const bool gone = error.code == Code::not_found || error.code == Code::denied;
  const bool passes = !gone && (error.lasting == Lasting::transient || error.code == Code::over_quota);
  outcome.kind = passes ? queue::Outcome::Kind::deferred : queue::Outcome::Kind::failed;
  const std::string_view detail = gone                             ? "1.1"
                                  : error.code == Code::over_quota ? "2.2"
                                  : error.code == Code::too_long   ? "2.3"
                                                                   : "3.0";
  outcome.status = (passes ? "4." : "5.") + own(detail);
  outcome.said = gone                             ? "there is no such mailbox any more"
                 : error.code == Code::over_quota ? "the mailbox is full"
                 : error.code == Code::too_long   ? "the message is too large for the mailbox"
                                                  : "the mailbox cannot be written now";
  return outcome;
}

queue::Outcome failed(View status, View said) {
  return {.kind = queue::Outcome::Kind::failed, .status = own(status), .said = own(said)};
}

class MailboxDelivery : public queue::LocalDelivery {
 public:
  MailboxDelivery(directory::Directory& directory, mailbox::Accounts& accounts, const Clock& clock,
                  const Options& options)
      : directory_(directory), accounts_(accounts), clock_(clock), options_(options) {
    router_ = make_router(directory, options);
  }

  std::vector<queue::Outcome> deliver(const queue::Work& work, queue::Queue& queue) override {
    std::vector<queue::Outcome> outcomes;
    for (const queue::Recipient& recipient : work.item.recipients) {
      Result<queue::Outcome> outcome = deliver(work, recipient, queue);
      outcomes.push_back(outcome ? std::move(*outcome) : outcome_of(fail(std::move(outcome.error()))));
    }
    return outcomes;
  }

 private:
  /// A recipient of a message of the queue, with what he gets.
  struct Parcel {
    const queue::Work& work;
    const queue::Recipient& recipient;
    queue::Queue& queue;
    directory::Account account;
    mailbox::Account& mailboxes;
    std::string front;
    Filing filing;
  };

  Result<queue::Outcome> deliver(const queue::Work& work, const queue::Recipient& recipient, queue::Queue& queue) {
    const auto account = directory_.account(View(recipient.address));
    if (!account) return fail(account.error());
    auto mailboxes = accounts_.open(account->id, {account->quota_octets, account->quota_messages});
    if (!mailboxes) return fail(mailboxes.error());
    const Parcel parcel{.work = work,
                        .recipient = recipient,
                        .queue = queue,
                        .account = *account,
                        .mailboxes = **mailboxes,
                        .front = return_path(work.item.sender) + delivered_to(account->address) + work.item.prefix,
                        .filing = {.now = clock_.wall(),
                                   .receipt = work.key.message.text() + "." + std::to_string(recipient.number),
                                   .again = true,
                                   .junk = work.item.junk}};
    if (options_.filter != nullptr) {
      const Result<std::unique_ptr<Wishes>> wishes = options_.filter->wishes_of(*account);
      if (!wishes) return fail(wishes.error());
      if (*wishes) return deliver_as_wanted(parcel, **wishes);
    }
    return outcome_of(store(parcel));
  }

  /// Calls `take` with the message, piece by piece.
  static Result<void> read(const Parcel& parcel, const std::function<Result<void>(View)>& take) {
    const queue::Message& message = parcel.work.message;
    for (std::uint64_t at = 0; at < message.octets;) {
      const Result<std::string> octets = parcel.queue.read_body(message, at, kReadAtOnce);
      if (!octets) return fail(octets.error());
      if (octets->empty()) return fail(environment_error(Code::corrupt, "a body that is too short"));
      if (auto taken = take(*octets); !taken) return taken;
      at += octets->size();
    }
    return {};
  }

  static Result<void> store(const Parcel& parcel) {
    auto writer = parcel.mailboxes.write_body();
    if (!writer) return fail(writer.error());
    if (auto written = (*writer)->append(parcel.front); !written) return written;
    if (auto written = read(parcel, [&](View octets) { return (*writer)->append(octets); }); !written) return written;
    Result<mailbox::Body> body = (*writer)->finish();
    if (!body) return fail(body.error());
    return file(parcel.mailboxes, std::move(*body), parcel.filing);
  }

  /// What is sent goes before what is stored: the receipt says that both are done.
  Result<queue::Outcome> deliver_as_wanted(const Parcel& parcel, Wishes& wishes) {
    // One after the other, so that each sees what the one before is to be remembered by.
    const std::lock_guard one(stripes_[parcel.account.id.value() % stripes_.size()]);
    const Result<bool> done = parcel.mailboxes.has_receipt(parcel.filing.receipt);
    if (!done) return fail(done.error());
    if (*done) return outcome_of({});
    std::string message = parcel.front;
    const auto append = [&](View octets) -> Result<void> {
      message += octets;
      return {};
    };
    if (auto gathered = read(parcel, append); !gathered) return fail(std::move(gathered.error()));
    Result<Decision> decision = decide(parcel, message, wishes);
    if (!decision) return fail(std::move(decision.error()));
    if (decision->refusal) return failed("5.7.1", *decision->refusal);
    // Letters would go, and what keeps in mind that they went could not be stored.
    if (const Result<void> fits = has_room(parcel, message, *decision); !fits) return fail(fits.error());
    const queue::Item& item = parcel.work.item;
    // Mail that one mailbox here sends to another one carries its findings beside it, not in front of it.
    const std::optional<queue::Seal> seal =
        seal_of(parcel.account.address, item.seal ? item.seal->results : item.prefix);
    const Result<bool> sent = send(*decision, {.account = parcel.account,
                                               .queue = parcel.queue,
                                               .router = router_,
                                               .options = options_,
                                               .seal = seal,
                                               .tls = parcel.work.message.tls,
                                               .delivery = parcel.filing.receipt,
                                               .since = parcel.work.key.message.time(),
                                               .now = parcel.filing.now});
    if (!sent) return fail(sent.error());
    if (!*sent && decision->copies.empty()) decision->copies.push_back({.usual = true});
    queue::Outcome outcome = outcome_of(file(parcel.mailboxes, message, *decision, parcel.filing));
    if (outcome.kind == queue::Outcome::Kind::stored && decision->copies.empty())
      outcome.kind = queue::Outcome::Kind::unkept;
    return outcome;
  }

  static Result<void> has_room(const Parcel& parcel, View message, const Decision& decision) {
    if (decision.letters.empty()) return {};
    std::uint64_t octets = 0;
    for (const Copy& copy : decision.copies) octets += copy.message ? copy.message->size() : message.size();
    return octets == 0 ? Result<void>() : parcel.mailboxes.room_for(octets);
  }

  Result<Decision> decide(const Parcel& parcel, View message, Wishes& wishes) {
    const std::string written_to = address_written_to(parcel);
    return wishes.decide({.account = parcel.account,
                          .mailboxes = parcel.mailboxes,
                          .message = message,
                          .front = parcel.front.size(),
                          .sender = parcel.work.item.sender,
                          .recipient = written_to,
                          .login = parcel.work.message.account,
                          .notify = parcel.recipient.notify,
                          .content = parcel.work.message.content,
                          .original = parcel.recipient.original,
                          .envelope_id = parcel.work.message.envelope_id,
                          .deliver_by = parcel.work.message.deliver_by,
                          .return_late = parcel.work.message.return_late,
                          .utf8 = parcel.work.message.utf8,
                          .junk = parcel.work.item.junk,
                          .when = parcel.work.message.arrived});
  }

  /// The address that leads to the account: what the sender says he wrote to, if it does.
  std::string address_written_to(const Parcel& parcel) {
    constexpr View kType = "rfc822;";
    const View original = parcel.recipient.original;
    if (!original.starts_with(kType)) return parcel.account.address;
    const std::string address = own(original.substr(kType.size()));
    const auto resolved = directory_.resolve(address);
    const bool leads_here = resolved && std::ranges::any_of(resolved->targets, [&](const auto& target) {
                              return target.account.id == parcel.account.id;
                            });
    return leads_here ? address : parcel.account.address;
  }

  directory::Directory& directory_;
  mailbox::Accounts& accounts_;
  const Clock& clock_;
  const Options options_;
  queue::Router router_;
  std::array<std::mutex, 16> stripes_;  // by account
};

}  // namespace

std::unique_ptr<queue::LocalDelivery> make_local_delivery(directory::Directory& directory, mailbox::Accounts& accounts,
                                                          const Clock& clock, const Options& options) {
  return std::make_unique<MailboxDelivery>(directory, accounts, clock, options);
}

queue::Router make_router(directory::Directory& directory, Options options) {
  return [&directory, options = std::move(options)](View address) -> Result<std::vector<queue::Item>> {
    Envelope envelope;
    Result<directory::Resolution> resolution = directory.resolve(address);
    if (!resolution && resolution.error().code == Code::unsupported) {
      resolution = directory::Resolution();
      resolution->relayed = true;
    }
    if (!resolution) return fail(resolution.error());
    envelope.recipients.push_back(
        {.address = own(address), .resolution = std::move(*resolution), .original = {}, .notify = {}});
    return plan(envelope, options);
  };
}

}  // namespace posthorn::delivery
