#include "service/delivery/plan.h"

#include <algorithm>

#include "posthorn/grammar/mail/domain.h"

#include "service/delivery/trace.h"

namespace posthorn::delivery {

namespace {

queue::Destination destination_of(View address) { return {mail::routing_domain(mail::domain_of(address)), {}}; }

class Planner {
 public:
  Planner(const Envelope& envelope, const Options& options, const Findings& findings)
      : envelope_(envelope), options_(options), findings_(findings) {}

  void add(const Envelope::Recipient& recipient);
  std::vector<queue::Item> take() { return std::move(items_); }

 private:
  queue::Item& item_for(const queue::Destination& destination, const std::string& sender, const std::string& prefix,
                        bool junk = false);
  void add_to(queue::Item& item, const Envelope::Recipient& recipient, const std::string& address);

  const Envelope& envelope_;
  const Options& options_;
  const Findings& findings_;
  std::vector<queue::Item> items_;
};

queue::Item& Planner::item_for(const queue::Destination& destination, const std::string& sender,
                               const std::string& prefix, bool junk) {
  const auto known = std::find_if(items_.begin(), items_.end(), [&](const queue::Item& item) {
    return item.destination == destination && item.sender == sender && item.prefix == prefix && item.junk == junk;
  });
  if (known != items_.end()) return *known;
  queue::Item& item = items_.emplace_back();
  item.destination = destination;
  item.sender = sender;
  item.prefix = prefix;
  item.junk = junk;
  return item;
}

void Planner::add_to(queue::Item& item, const Envelope::Recipient& recipient, const std::string& address) {
  const bool known = std::any_of(item.recipients.begin(), item.recipients.end(),
                                 [&](const queue::Recipient& other) { return other.address == address; });
  if (known) return;
  item.recipients.push_back(recipient_of(recipient, address));
}

void Planner::add(const Envelope::Recipient& recipient) {
  for (const directory::Resolution::Target& target : recipient.resolution.targets) {
    queue::Item& item = item_for({}, envelope_.sender, findings_.fields, is_junk(recipient.resolution, findings_));
    add_to(item, recipient, target.account.address);
  }
  if (recipient.resolution.relayed) {
    add_to(item_for(destination_of(recipient.address), envelope_.sender, {}), recipient, recipient.address);
  }
  if (recipient.resolution.remote.empty()) return;
  const std::string sender = options_.rewrite_sender ? options_.rewrite_sender(envelope_.sender) : envelope_.sender;
  for (const std::string& address : recipient.resolution.remote) {
    queue::Item& item = item_for(destination_of(address), sender, delivered_to(recipient.address));
    item.seal = seal_of(recipient.address, findings_.fields);
    add_to(item, recipient, address);
  }
}

}  // namespace

queue::Recipient recipient_of(const Envelope::Recipient& recipient, const std::string& address) {
  queue::Recipient made;
  made.address = address;
  made.notify = recipient.notify;
  made.original = recipient.original;
  // RFC 3461 section 4.2: reports name the address that the sender knows.
  if (made.original.empty() && address != recipient.address) made.original = "rfc822;" + recipient.address;
  return made;
}

bool leads_away(const directory::Resolution& resolution) { return resolution.relayed || !resolution.remote.empty(); }

std::optional<queue::Seal> seal_of(View forwarder, View results) {
  if (results.empty()) return std::nullopt;
  return queue::Seal{.domain = mail::routing_domain(mail::domain_of(forwarder)), .results = own(results)};
}

bool is_junk(const directory::Resolution& resolution, const Findings& findings) {
  return std::min(findings.asked, resolution.enforcement) != directory::Enforcement::none;
}

std::vector<queue::Item> plan(const Envelope& envelope, const Options& options, const Findings& findings) {
  Planner planner(envelope, options, findings);
  for (const Envelope::Recipient& recipient : envelope.recipients) planner.add(recipient);
  return planner.take();
}

}  // namespace posthorn::delivery
