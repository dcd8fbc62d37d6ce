#include "posthorn/service/signing/domain_signer.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "posthorn/protocol/dkim/signer.h"
#include "posthorn/service/inquiry.h"
#include "posthorn/service/queue/queue.h"
#include "posthorn/service/signing/keys.h"
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

struct DomainSigner::Parts {
  struct Usable {
    std::string domain;
    std::string selector;
    crypto::PrivateKey key;
  };
  using UsableKeys = std::vector<Usable>;
  struct Known {
    std::shared_ptr<const UsableKeys> keys;
    WallTime recheck{};
  };

  /// The keys of a domain that the DNS publishes, the newest of each scheme. Blocks.
  [[nodiscard]] std::shared_ptr<const UsableKeys> usable(const std::string& domain);
  [[nodiscard]] Known look(const std::string& domain, const std::shared_ptr<const UsableKeys>& before);
  [[nodiscard]] std::vector<Usable> keys_for(const std::string& author_domain);
  [[nodiscard]] std::string signatures(const queue::Work& work, const queue::Queue& queue);

  const Keys& keys;
  dns::Resolver& resolver;
  const Clock& clock;
  const SignerOptions options;
  std::mutex mutex{};                                           // guards what follows
  std::map<std::string, Known> known{};                         // by domain
  std::deque<std::pair<queue::MessageId, std::string>> done{};  // the last ones: a message may go to many hosts
};

DomainSigner::DomainSigner(const Keys& keys, dns::Resolver& resolver, const Clock& clock, SignerOptions options)
    : parts_(std::make_unique<Parts>(keys, resolver, clock, std::move(options))) {}
DomainSigner::~DomainSigner() = default;

void DomainSigner::refresh() {
  const std::lock_guard lock(parts_->mutex);
  for (auto& [domain, known] : parts_->known) known.recheck = WallTime{};
}

DomainSigner::Parts::Known DomainSigner::Parts::look(const std::string& domain,
                                                     const std::shared_ptr<const UsableKeys>& before) {
  const WallTime now = clock.wall();
  const auto none = std::make_shared<const UsableKeys>();
  const auto listed = keys.list(domain);
  // What cannot be read now may be there a little later; until then what is known stays true.
  if (!listed) return {before ? before : none, now + options.recheck_unknown};
  if (listed->empty()) return {none, now + options.recheck};
  Inquiry inquiry(resolver);
  const auto publication = inquiry.add(std::make_unique<Publication>(*listed));
  static_cast<void>(inquiry.wait(options.patience));
  const std::vector<Published> published = publication.verdict();
  const bool silent = std::find(published.begin(), published.end(), Published::unknown) != published.end();
  if (silent && before) return {before, now + options.recheck_unknown};
  auto usable = std::make_shared<UsableKeys>();
  for (std::size_t i = 0; i < listed->size(); ++i) {
    const Key& key = (*listed)[i];
    const bool have = std::any_of(usable->begin(), usable->end(),
                                  [&](const Usable& other) { return other.key.scheme() == key.scheme; });
    if (published[i] != Published::yes || have) continue;
    if (auto opened = keys.open(key)) usable->push_back({key.domain, key.selector, std::move(*opened)});
  }
  return {std::move(usable), now + (silent ? options.recheck_unknown : options.recheck)};
}

std::shared_ptr<const DomainSigner::Parts::UsableKeys> DomainSigner::Parts::usable(const std::string& domain) {
  std::shared_ptr<const UsableKeys> before;
  {
    const std::lock_guard lock(mutex);
    const auto place = known.find(domain);
    if (place != known.end()) {
      if (clock.wall() < place->second.recheck) return place->second.keys;
      before = place->second.keys;
    }
  }
  Known found = look(domain, before);
  const bool was_used = before && !before->empty();
  const bool is_used = !found.keys->empty();
  const auto now_usable = found.keys;
  {
    const std::lock_guard lock(mutex);
    known[domain] = std::move(found);
    if (was_used != is_used) done.clear();
  }
  if (options.notify && was_used != is_used) options.notify(domain, is_used);
  return now_usable;
}

std::vector<DomainSigner::Parts::Usable> DomainSigner::Parts::keys_for(const std::string& author_domain) {
  std::vector<Usable> chosen;
  if (!author_domain.empty()) chosen = *usable(author_domain);
  if (!chosen.empty() && (!options.host_too || author_domain == options.host_name)) return chosen;
  const auto host = usable(options.host_name);
  chosen.insert(chosen.end(), host->begin(), host->end());
  return chosen;
}

std::string DomainSigner::Parts::signatures(const queue::Work& work, const queue::Queue& queue) {
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
  return signer ? signer->finish(clock.wall()).value_or(std::string()) : std::string();
}

std::string DomainSigner::sign(const queue::Work& work, const queue::Queue& queue) {
  if (work.message.account.empty() && !work.message.made_here) return {};
  {
    const std::lock_guard lock(parts_->mutex);
    const auto known = std::find_if(parts_->done.begin(), parts_->done.end(),
                                    [&](const auto& entry) { return entry.first == work.key.message; });
    if (known != parts_->done.end()) return known->second;
  }
  std::string fields = parts_->signatures(work, queue);
  const std::lock_guard lock(parts_->mutex);
  parts_->done.emplace_front(work.key.message, fields);
  if (parts_->done.size() > kRemembered) parts_->done.pop_back();
  return fields;
}

}  // namespace posthorn::signing
