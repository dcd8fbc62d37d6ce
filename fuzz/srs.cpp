// Rewritten addresses: whatever forward() makes of an address, reverse() takes back as far as one hop; nothing that it
// did not sign comes through.
#include "posthorn/grammar/mail/srs.h"

#include "posthorn/grammar/mail/domain.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

mail::SrsRewriter rewriter() {
  mail::SrsOptions options;
  options.secrets.emplace_back(View("key"));
  options.host = "relay.example";
  return *mail::SrsRewriter::make(std::move(options));
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  constexpr std::chrono::sys_days kDay{std::chrono::days(20'000)};
  static const mail::SrsRewriter kRewriter = rewriter();
  Cursor c(input);
  mail::Mailbox address;
  if (!mail::reverse_path(c, true, address) || address.is_null()) return;
  fuzzing::check(!kRewriter.reverse(address, kDay).has_value(), "only what was signed is taken back");
  const auto forwarded = kRewriter.forward(address, kDay);
  if (!forwarded || *forwarded == address) return;
  fuzzing::check(mail::is_srs(*forwarded), "a rewritten address looks like one");
  const auto back = kRewriter.reverse(*forwarded, kDay);
  fuzzing::check(back.has_value(), "a rewritten address is taken back");
  const bool next = mail::is_srs(address) && forwarded->local_part.starts_with("SRS1");
  const auto domain = mail::ascii_domain(address.domain);
  fuzzing::check(next || (back->local_part == address.local_part && back->domain == *domain), "SRS0 gives the sender");
  fuzzing::check(!next || back->local_part.starts_with("SRS0"), "SRS1 gives an address of the first host");
}
