#include "service/roles/client_checks.h"

#include "posthorn/grammar/mail/domain.h"

namespace posthorn::roles {

ClientChecks::~ClientChecks() { close(); }

void ClientChecks::close() {
  listing_.reset();
  naming_.reset();
  if (address_) checks_->rates().closed(*address_);
  address_.reset();
}

bool ClientChecks::connected(View text, TimePoint now) {
  if (checks_ == nullptr) return true;
  close();
  const auto address = IpAddress::parse(text);
  if (!address || address->is_loopback()) return true;
  if (!checks_->rates().opened(*address, now)) return false;
  address_ = address;
  client_.address = *address;
  client_.own_names = checks_->settings().own_names;
  const auto lists = checks_->lists();
  if (lists->empty()) return true;
  lists_ = listing_.emplace(checks_->resolver()).add(std::make_unique<dnsbl::Check>(*address, *lists), lists);
  begin(*listing_, now);
  return true;
}

bool ClientChecks::asks(TimePoint now) { return !address_ || checks_->rates().message(*address_, now); }

bool ClientChecks::begin(View helo, View sender, TimePoint now) {
  if (!asks(now)) return false;
  if (!address_) return true;
  sender_ = own(sender);
  if (!checks_->settings().names) return true;
  client_.helo = own(helo);
  client_.sender_domain = own(mail::domain_of(sender));
  names_ = naming_.emplace(checks_->resolver()).add(admission::evaluate_client(client_));
  begin(*naming_, now);
  return true;
}

void ClientChecks::begin(Inquiry& inquiry, TimePoint now) {
  until_ = now + checks_->settings().patience;
  inquiry.begin([this] {
    if (wake_) wake_();
  });
}

bool ClientChecks::ready(TimePoint now) const {
  if (!address_ || (until_ && now >= *until_)) return true;
  return (!listing_ || listing_->done()) && (!naming_ || naming_->done());
}

std::optional<admission::Refusal> ClientChecks::judge(View recipient) const {
  if (!address_) return std::nullopt;
  admission::Listing listing;
  if (listing_) {
    const dnsbl::Verdict found = lists_.verdict();
    listing.score = found.score;
    for (const dnsbl::Match& match : found.matches) {
      if (match.weight > 0) listing.lists.push_back(match.zone);
    }
  }
  admission::ClientVerdict verdict;
  if (naming_) verdict = names_.verdict();
  return checks_->judge().judge(client_, verdict, listing, sender_, recipient).refusal;
}

}  // namespace posthorn::roles
