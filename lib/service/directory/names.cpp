#include "service/directory/names.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/domain.h"

namespace posthorn::directory {

namespace {

std::string folded(View text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

}  // namespace

Result<mail::Mailbox> remote_address(View text) {
  auto address = mail::parse_mailbox(text, true);
  if (!address) return address;
  if (address->domain.starts_with('[')) return fail(peer_error(Code::unsupported, "address literal"));
  auto domain = mail::ascii_domain(address->domain);
  if (!domain) return fail(domain.error());
  return mail::Mailbox{std::move(address->local_part), std::move(*domain)};
}

Result<mail::Mailbox> normal_address(View text) {
  return map(remote_address(text), [](mail::Mailbox address) {
    return mail::Mailbox{folded(address.local_part), std::move(address.domain)};
  });
}

}  // namespace posthorn::directory
