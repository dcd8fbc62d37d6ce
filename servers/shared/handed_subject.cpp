#include "shared/handed_subject.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/domain.h"

namespace posthorn::servers {

std::string spelled_subject(View subject) {
  const View domain = mail::domain_of(subject);
  return own(subject.substr(0, subject.size() - domain.size())) + mail::routing_domain(domain);
}

bool is_of_subject(const queue::Item& item, View subject) {
  const View domain = mail::domain_of(subject);
  if (domain.empty() || item.destination.domain != domain || item.recipients.empty()) return false;
  return std::ranges::all_of(item.recipients, [&](const queue::Recipient& recipient) {
    const std::string address = spelled_subject(recipient.address);
    return subject.contains('@') ? same_word(address, subject) : mail::domain_of(address) == domain;
  });
}

}  // namespace posthorn::servers
