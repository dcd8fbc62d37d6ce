// How queued mail gets to other hosts: a courier works at the first host that answers.
#pragma once

#include "posthorn/service/queue/courier.h"
#include "posthorn/service/queue/dispatcher.h"

#include "shared/journey.h"

namespace posthorn::servers {

class MailCarrier : public queue::Carrier {
 public:
  using Ground = Journey::Ground;
  /// @lifetime the signer and what `ground` names outlive every connection
  MailCarrier(const Ground& ground, queue::Signer& signer) : ground_(ground), signer_(signer) {}
  void carry(const queue::Destination& destination, MakeCourier make, Done done) override;

 private:
  const Ground ground_;
  queue::Signer& signer_;
};

}  // namespace posthorn::servers
