#include "service/roles/client_checks.h"

namespace posthorn::roles {

namespace {

View domain_of(View address) { return address.substr(std::min(address.rfind('@') + 1, address.size())); }

}  // namespace

ClientChecks::~ClientChecks() { close(); }

void ClientChecks::close() {
  if (listing_) listing_->abandon();
  if (names_) names_->abandon();
  if (address_) checks_->rates().closed(*address_);
  address_.reset();
}

bool ClientChecks::connected(View text, TimePoint now) {
  if (checks_ == nullptr) return true;
  close();
  listing_.reset();
  names_.reset();
  const auto address = IpAddress::parse(text);
  if (!address || address->is_loopback()) return true;
  if (!checks_->rates().opened(*address, now)) return false;
  address_ = address;
  client_.address = *address;
  client_.own_names = checks_->settings().own_names;
  const auto lists = checks_->lists();
  if (lists->empty()) return true;
  listing_ = std::make_shared<Inquiry<dnsbl::Verdict>>(std::make_unique<dnsbl::Check>(*address, *lists), lists, [this] {
    if (wake_) wake_();
  });
  listing_->ask(checks_->resolver());
  until_ = now + checks_->settings().patience;
  return true;
}

bool ClientChecks::begin(View helo, View sender, TimePoint now) {
  if (!address_) return true;
  if (!checks_->rates().message(*address_, now)) return false;
  sender_ = own(sender);
  if (!checks_->settings().names) return true;
  client_.helo = own(helo);
  client_.sender_domain = own(domain_of(sender));
  if (names_) names_->abandon();
  names_ = std::make_shared<Inquiry<admission::ClientVerdict>>(admission::evaluate_client(client_), nullptr, [this] {
    if (wake_) wake_();
  });
  names_->ask(checks_->resolver());
  until_ = now + checks_->settings().patience;
  return true;
}

bool ClientChecks::ready(TimePoint now) const {
  if (!address_ || (until_ && now >= *until_)) return true;
  return (!listing_ || listing_->done()) && (!names_ || names_->done());
}

std::optional<admission::Refusal> ClientChecks::judge(View recipient) const {
  if (!address_) return std::nullopt;
  admission::Listing listing;
  if (listing_) {
    const dnsbl::Verdict found = listing_->verdict();
    listing.score = found.score;
    for (const dnsbl::Match& match : found.matches) {
      if (match.weight > 0) listing.lists.push_back(match.zone);
    }
  }
  admission::ClientVerdict verdict;
  if (names_) verdict = names_->verdict();
  return checks_->judge().judge(client_, verdict, listing, sender_, recipient).refusal;
}

}  // namespace posthorn::roles
