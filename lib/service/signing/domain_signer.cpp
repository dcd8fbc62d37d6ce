#include "posthorn/service/signing/domain_signer.h"

#include <algorithm>

#include "posthorn/protocol/dkim/signer.h"
#include "posthorn/service/inquiry.h"
#include "posthorn/service/queue/queue.h"
#include "posthorn/service/signing/publication.h"
#include "posthorn/service/submission/message_facts.h"

namespace posthorn::signing {

namespace {

constexpr std::size_t kReadAtOnce = 256U << 10U;
constexpr std::size_t kRemembered = 64;  // signed messages

/// The domain in From, or empty.
std::string author_domain(View beginning) {
  const submission::Facts facts = submission::read_facts(beginning);
  if (facts.authors.empty()) return {};
  const std::string& author = facts.authors.front();
  return author.substr(std::min(author.rfind('@') + 1, author.size()));
}

}  // namespace

DomainSigner::DomainSigner(const Keys& keys, dns::Resolver& resolver, const Clock& clock, SignerOptions options)
    : keys_(keys), resolver_(resolver), clock_(clock), options_(std::move(options)) {}

void DomainSigner::refresh() {
  const std::lock_guard lock(mutex_);
  for (auto& [domain, known] : known_) known.recheck = WallTime{};
}

DomainSigner::Known DomainSigner::look(const std::string& domain, const std::shared_ptr<const UsableKeys>& before) {
  const WallTime now = clock_.wall();
  const auto none = std::make_shared<const UsableKeys>();
  const auto keys = keys_.list(domain);
  // What cannot be read now may be there a little later; until then what is known stays true.
  if (!keys) return {before ? before : none, now + options_.recheck_unknown};
  if (keys->empty()) return {none, now + options_.recheck};
  Inquiry inquiry(resolver_);
  const auto publication = inquiry.add(std::make_unique<Publication>(*keys));
  static_cast<void>(inquiry.wait(options_.patience));
  const std::vector<Published> published = publication.verdict();
  const bool silent = std::find(published.begin(), published.end(), Published::unknown) != published.end();
  if (silent && before) return {before, now + options_.recheck_unknown};
  auto usable = std::make_shared<UsableKeys>();
  for (std::size_t i = 0; i < keys->size(); ++i) {
    const Key& key = (*keys)[i];
    const bool have = std::any_of(usable->begin(), usable->end(),
                                  [&](const Usable& other) { return other.key.scheme() == key.scheme; });
    if (published[i] != Published::yes || have) continue;
    if (auto opened = keys_.open(key)) usable->push_back({key.domain, key.selector, std::move(*opened)});
  }
  return {std::move(usable), now + (silent ? options_.recheck_unknown : options_.recheck)};
}

std::shared_ptr<const DomainSigner::UsableKeys> DomainSigner::usable(const std::string& domain) {
  std::shared_ptr<const UsableKeys> before;
  {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(domain);
    if (known != known_.end()) {
      if (clock_.wall() < known->second.recheck) return known->second.keys;
      before = known->second.keys;
    }
  }
  Known found = look(domain, before);
  const bool was_used = before && !before->empty();
  const bool is_used = !found.keys->empty();
  const auto keys = found.keys;
  {
    const std::lock_guard lock(mutex_);
    known_[domain] = std::move(found);
    if (was_used != is_used) signed_.clear();
  }
  if (options_.notify && was_used != is_used) options_.notify(domain, is_used);
  return keys;
}

std::vector<DomainSigner::Usable> DomainSigner::keys_for(const std::string& author_domain) {
  std::vector<Usable> keys;
  if (!author_domain.empty()) keys = *usable(author_domain);
  if (!keys.empty() && (!options_.host_too || author_domain == options_.host_name)) return keys;
  const auto host = usable(options_.host_name);
  keys.insert(keys.end(), host->begin(), host->end());
  return keys;
}

std::string DomainSigner::signatures(const queue::Work& work, const queue::Queue& queue) {
  const queue::Message& message = work.message;
  std::optional<dkim::Signer> signer;
  for (std::uint64_t at = 0; at < message.octets;) {
    const Result<std::string> octets = queue.read_body(message, at, kReadAtOnce);
    if (!octets || octets->empty()) return {};  // the courier meets the same, and says so
    if (at == 0) {
      std::vector<dkim::Signing> signings;
      for (Usable& key : keys_for(author_domain(*octets)))
        signings.push_back(
            {.domain = std::move(key.domain), .selector = std::move(key.selector), .key = std::move(key.key)});
      if (signings.empty()) return {};
      Result<dkim::Signer> made = dkim::Signer::make(std::move(signings));
      if (!made) return {};
      signer.emplace(std::move(*made));
    }
    signer->append(*octets);
    at += octets->size();
  }
  // A message that cannot be signed, as one without From, goes as it is.
  return signer ? signer->finish(clock_.wall()).value_or(std::string()) : std::string();
}

std::string DomainSigner::sign(const queue::Work& work, const queue::Queue& queue) {
  if (work.message.account.empty() && !work.message.made_here) return {};
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(signed_.begin(), signed_.end(),
                                    [&](const auto& entry) { return entry.first == work.key.message; });
    if (known != signed_.end()) return known->second;
  }
  std::string fields = signatures(work, queue);
  const std::lock_guard lock(mutex_);
  signed_.emplace_front(work.key.message, fields);
  if (signed_.size() > kRemembered) signed_.pop_back();
  return fields;
}

}  // namespace posthorn::signing
