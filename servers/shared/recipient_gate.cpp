#include "shared/recipient_gate.h"

#include <future>
#include <utility>

#include "posthorn/service/recipients/call_ahead.h"

namespace posthorn::servers {

namespace {

constexpr std::chrono::seconds kConnect(10);  // for one address: less than those who wait have

/// A recipient that is asked for.
class Asking : public Errand {
 public:
  Asking(const Journey::Ground& ground, mail::Mailbox recipient, recipients::Probe::Done done)
      : ground_(ground), recipient_(std::move(recipient)), done_(std::move(done)) {}

  View what() const override { return "call-ahead"; }
  Duration connect_patience() const override { return kConnect; }
  std::unique_ptr<Conversation> make(const Host& host) override {
    recipients::CallAheadOptions options;
    options.host_name = ground_.settings.host_name;
    options.remote = host.name;
    options.tls = host.tls;
    return std::make_unique<recipients::CallAhead>(recipient_, std::move(options), ground_.clock.now());
  }
  Visit visited(Conversation& talk) override {
    const auto& call = static_cast<const recipients::CallAhead&>(talk);
    answer_ = call.answer();
    return {answer_ != recipients::Answer::no_answer, "4.4.1", call.trouble()};
  }
  void finish(queue::Carried) override { done_(answer_); }

 private:
  const Journey::Ground ground_;
  const mail::Mailbox recipient_;
  recipients::Probe::Done done_;
  recipients::Answer answer_ = recipients::Answer::no_answer;
};

}  // namespace

RecipientGate::RecipientGate(const Journey::Ground& ground, store::Partition& rows, std::size_t threads)
    : ground_(ground), threads_(threads), cache_(rows, ground.clock), judge_(cache_, *this, ground.clock) {}

recipients::Verdict RecipientGate::check(View address, directory::WhenUnknown when_unknown) {
  // Outlives this call: the answer may come later.
  auto promise = std::make_shared<std::promise<recipients::Verdict>>();
  std::future<recipients::Verdict> verdict = promise->get_future();
  judge_.check(address, when_unknown, [promise](recipients::Verdict given) { promise->set_value(given); });
  if (verdict.wait_for(std::chrono::seconds(0)) == std::future_status::ready) return verdict.get();
  const bool may_wait = ++waiting_ <= threads_;
  const bool came = may_wait && verdict.wait_for(kPatience) == std::future_status::ready;
  --waiting_;
  if (came) return verdict.get();
  return may_wait ? recipients::fallback(when_unknown) : recipients::Verdict::defer;
}

void RecipientGate::ask(const mail::Mailbox& recipient, Done done) {
  Journey::begin(ground_, {recipient.domain, queue::TlsWish::policy},
                 std::make_unique<Asking>(ground_, recipient, std::move(done)));
}

}  // namespace posthorn::servers
