#include "posthorn/service/delivery/local.h"

#include "posthorn/service/queue/dispatcher.h"

#include "service/delivery/filing.h"
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

class MailboxDelivery : public queue::LocalDelivery {
 public:
  MailboxDelivery(directory::Directory& directory, mailbox::Accounts& accounts, const Clock& clock)
      : directory_(directory), accounts_(accounts), clock_(clock) {}

  std::vector<queue::Outcome> deliver(const queue::Work& work, queue::Queue& queue) override {
    std::vector<queue::Outcome> outcomes;
    for (const queue::Recipient& recipient : work.item.recipients)
      outcomes.push_back(outcome_of(deliver(work, recipient, queue)));
    return outcomes;
  }

 private:
  Result<void> deliver(const queue::Work& work, const queue::Recipient& recipient, queue::Queue& queue) {
    const auto account = directory_.account(View(recipient.address));
    if (!account) return fail(account.error());
    auto mailboxes = accounts_.open(account->id, {account->quota_octets, account->quota_messages});
    if (!mailboxes) return fail(mailboxes.error());
    auto writer = (*mailboxes)->write_body();
    if (!writer) return fail(writer.error());
    const std::string front = return_path(work.item.sender) + delivered_to(account->address) + work.item.prefix;
    if (auto written = (*writer)->append(front); !written) return written;
    for (std::uint64_t at = 0; at < work.message.octets;) {
      const Result<std::string> octets = queue.read_body(work.message, at, kReadAtOnce);
      if (!octets) return fail(octets.error());
      if (octets->empty()) return fail(environment_error(Code::corrupt, "a body that is too short"));
      if (auto written = (*writer)->append(*octets); !written) return written;
      at += octets->size();
    }
    Result<mailbox::Body> body = (*writer)->finish();
    if (!body) return fail(body.error());
    return file(**mailboxes, std::move(*body),
                {.now = clock_.wall(),
                 .receipt = work.key.message.text() + "." + std::to_string(recipient.number),
                 .again = true,
                 .junk = work.item.junk});
  }

  directory::Directory& directory_;
  mailbox::Accounts& accounts_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<queue::LocalDelivery> make_local_delivery(directory::Directory& directory, mailbox::Accounts& accounts,
                                                          const Clock& clock) {
  return std::make_unique<MailboxDelivery>(directory, accounts, clock);
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
