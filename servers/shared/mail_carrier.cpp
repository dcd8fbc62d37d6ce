#include "shared/mail_carrier.h"

#include <utility>

namespace posthorn::servers {

namespace {

/// Mail that is handed over.
class Transport : public Errand {
 public:
  Transport(const Settings& settings, queue::Signer& signer, MailCarrier::MakeCourier make, MailCarrier::Done done)
      : settings_(settings), signer_(signer), make_(std::move(make)), done_(std::move(done)) {}

  View what() const override { return "mail"; }
  std::unique_ptr<Conversation> make(const Host& host) override {
    queue::CourierOptions options;
    options.host_name = settings_.host_name;
    options.signer = &signer_;
    options.remote = host.name;
    options.tls = host.tls;
    options.require_tls = host.require_tls;
    options.last = host.last;
    return make_(std::move(options));
  }
  Visit visited(Conversation& talk) override {
    auto& courier = static_cast<queue::Courier&>(talk);
    courier.abandon("the connection broke off");
    const queue::CourierReport& report = courier.report();
    return {report.transactions > 0, report.status, report.trouble};
  }
  void finish(queue::Carried carried) override { done_(std::move(carried)); }

 private:
  const Settings& settings_;
  queue::Signer& signer_;
  MailCarrier::MakeCourier make_;
  MailCarrier::Done done_;
};

}  // namespace

void MailCarrier::carry(const queue::Destination& destination, MakeCourier make, Done done) {
  Journey::begin(ground_, destination,
                 std::make_unique<Transport>(ground_.settings, signer_, std::move(make), std::move(done)));
}

}  // namespace posthorn::servers
