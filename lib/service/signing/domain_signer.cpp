#include "posthorn/service/signing/domain_signer.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "posthorn/grammar/mime/header.h"
#include "posthorn/protocol/arc/sealer.h"
#include "posthorn/protocol/auth_results/field.h"
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

/// Calls `take` with the message, piece by piece. @returns whether that was all of it: `take` may want no more
/// @errors what cannot be read, which is met and told by the courier too
Result<bool> read(const queue::Message& message, const queue::Queue& queue, const std::function<bool(View)>& take) {
  for (std::uint64_t at = 0; at < message.octets;) {
    const Result<std::string> octets = queue.read_body(message, at, kReadAtOnce);
    if (!octets) return fail(octets.error());
    if (octets->empty()) return fail(environment_error(Code::not_found, "a part of the body"));
    if (!take(*octets)) return false;
    at += octets->size();
  }
  return true;
}

/// What this host said of the chain when the message came; nothing where there was none.
arc::Status chain_in(const auth_results::Field& results) {
  for (const auth_results::MethodResult& result : results.results) {
    if (!same_word(result.method, "arc")) continue;
    for (const arc::Status status : {arc::Status::pass, arc::Status::none}) {
      if (same_word(result.result, arc::word_of(status))) return status;
    }
    return arc::Status::fail;
  }
  return arc::Status::none;
}

/// Whether the chain was not good only because the DNS did not answer: nobody knows then whether it is broken.
bool is_chain_unknown(const auth_results::Field& results) {
  return chain_in(results) == arc::Status::fail && std::ranges::any_of(results.results, [](const auto& result) {
           return same_word(result.method, "arc") && arc::is_temporary(result.reason);
         });
}

}  // namespace

struct DomainSigner::Parts {
  struct Usable {
    std::string domain;
    std::string selector;
    crypto::PrivateKey key;
  };
  using UsableKeys = std::vector<Usable>;
  /// What was put in front of a message.
  struct Done {
    queue::MessageId message;
    std::string sealer;  // empty: it is signed
    std::string fields;
  };
  struct Known {
    std::shared_ptr<const UsableKeys> keys;
    WallTime recheck{};
    bool sure = true;  // false: nobody has said so far whether there are more
  };
  struct Chosen {
    UsableKeys keys;
    bool sure = true;
  };

  /// The keys of a domain that the DNS publishes, the newest of each scheme. Blocks.
  [[nodiscard]] Known usable(const std::string& domain);
  [[nodiscard]] Known look(const std::string& domain, const Known& before);
  [[nodiscard]] Chosen keys_for(const std::string& author_domain);
  // Empty: it goes as it is, and so it will. Errors: it goes as it is now, as something could not be found out.
  [[nodiscard]] Result<std::string> signatures(const queue::Message& message, const queue::Queue& queue);
  [[nodiscard]] Chosen sealing_key(const std::string& forwarder_domain);
  [[nodiscard]] Result<std::string> sealed(const queue::Message& message, const queue::Seal& seal,
                                           const queue::Queue& queue);

  const Keys& keys;
  dns::Resolver& resolver;
  const Clock& clock;
  const SignerOptions options;
  std::mutex mutex{};                    // guards what follows
  std::map<std::string, Known> known{};  // by domain
  std::deque<Done> done{};               // the last ones: a message may go to many hosts
};

DomainSigner::DomainSigner(const Keys& keys, dns::Resolver& resolver, const Clock& clock, SignerOptions options)
    : parts_(std::make_unique<Parts>(keys, resolver, clock, std::move(options))) {}
DomainSigner::~DomainSigner() = default;

void DomainSigner::refresh() {
  const std::lock_guard lock(parts_->mutex);
  for (auto& [domain, known] : parts_->known) known.recheck = WallTime{};
}

DomainSigner::Parts::Known DomainSigner::Parts::look(const std::string& domain, const Known& before) {
  const WallTime now = clock.wall();
  const auto none = std::make_shared<const UsableKeys>();
  const auto listed = keys.list(domain);
  // What cannot be read now may be there a little later; until then what is known stays true.
  if (!listed)
    return {before.keys ? before.keys : none, now + options.recheck_unknown, before.keys != nullptr && before.sure};
  if (listed->empty()) return {none, now + options.recheck};
  Inquiry inquiry(resolver);
  const auto publication = inquiry.add(std::make_unique<Publication>(*listed));
  static_cast<void>(inquiry.wait(options.patience));
  const std::vector<Published> published = publication.verdict();
  const bool silent = std::find(published.begin(), published.end(), Published::unknown) != published.end();
  if (silent && before.keys && before.sure) return {before.keys, now + options.recheck_unknown};
  auto usable = std::make_shared<UsableKeys>();
  for (std::size_t i = 0; i < listed->size(); ++i) {
    const Key& key = (*listed)[i];
    const bool have = std::any_of(usable->begin(), usable->end(),
                                  [&](const Usable& other) { return other.key.scheme() == key.scheme; });
    if (published[i] != Published::yes || have) continue;
    if (auto opened = keys.open(key)) usable->push_back({key.domain, key.selector, std::move(*opened)});
  }
  return {std::move(usable), now + (silent ? options.recheck_unknown : options.recheck), !silent};
}

DomainSigner::Parts::Known DomainSigner::Parts::usable(const std::string& domain) {
  Known before;
  {
    const std::lock_guard lock(mutex);
    const auto place = known.find(domain);
    if (place != known.end()) {
      if (clock.wall() < place->second.recheck) return place->second;
      before = place->second;
    }
  }
  Known found = look(domain, before);
  const bool was_used = before.keys && !before.keys->empty();
  const bool is_used = !found.keys->empty();
  {
    const std::lock_guard lock(mutex);
    known[domain] = found;
    if (was_used != is_used) done.clear();
  }
  if (options.notify && was_used != is_used) options.notify(domain, is_used);
  return found;
}

DomainSigner::Parts::Chosen DomainSigner::Parts::keys_for(const std::string& author_domain) {
  Chosen chosen;
  const auto add = [&](const Known& there) {
    chosen.keys.insert(chosen.keys.end(), there.keys->begin(), there.keys->end());
    chosen.sure = chosen.sure && there.sure;
  };
  if (!author_domain.empty()) add(usable(author_domain));
  if (!chosen.keys.empty() && (!options.host_too || author_domain == options.host_name)) return chosen;
  add(usable(options.host_name));
  return chosen;
}

Result<std::string> DomainSigner::Parts::signatures(const queue::Message& message, const queue::Queue& queue) {
  std::optional<dkim::Signer> signer;
  bool sure = true;
  const Result<bool> whole = read(message, queue, [&](View octets) {
    if (!signer) {
      std::vector<dkim::Signing> signings;
      Chosen chosen = keys_for(author_domain(octets));
      sure = chosen.sure;
      for (Usable& key : chosen.keys)
        signings.push_back(
            {.domain = std::move(key.domain), .selector = std::move(key.selector), .key = std::move(key.key)});
      if (signings.empty()) return false;
      Result<dkim::Signer> made = dkim::Signer::make(std::move(signings));
      if (!made) return false;
      signer.emplace(std::move(*made));
    }
    signer->append(octets);
    return true;
  });
  if (!whole) return fail(whole.error());
  if (!signer && !sure) return fail(environment_error(Code::unavailable, "the DNS does not tell the keys"));
  // A message that cannot be signed, as one without From, goes as it is.
  return *whole && signer ? signer->finish(clock.wall()).value_or(std::string()) : std::string();
}

/// RSA alone: to a validator that does not know Ed25519 its seal is the end of the chain.
DomainSigner::Parts::Chosen DomainSigner::Parts::sealing_key(const std::string& forwarder_domain) {
  Chosen chosen;
  for (const std::string& domain : {forwarder_domain, options.host_name}) {
    const Known there = usable(domain);
    chosen.sure = chosen.sure && there.sure;
    const auto rsa = std::ranges::find_if(
        *there.keys, [](const Usable& key) { return key.key.scheme() == crypto::SignatureScheme::rsa_pkcs1_sha256; });
    if (rsa == there.keys->end()) continue;
    chosen.keys.push_back(*rsa);
    break;
  }
  return chosen;
}

Result<std::string> DomainSigner::Parts::sealed(const queue::Message& message, const queue::Seal& seal,
                                                const queue::Queue& queue) {
  const auto field = mime::find_field(seal.results, "Authentication-Results");
  const auto results = field ? auth_results::parse(*field) : fail(peer_error(Code::syntax));
  // A seal with cv=fail would end for good a chain that the next host may find whole.
  const bool sealable = results && !is_chain_unknown(*results);
  if (!sealable) return std::string();
  Chosen chosen = sealing_key(seal.domain);
  if (chosen.keys.empty() && !chosen.sure)
    return fail(environment_error(Code::unavailable, "the DNS does not tell the keys"));
  if (chosen.keys.empty()) return std::string();
  Usable& key = chosen.keys.front();
  auto sealer = arc::Sealer::make(
      {.domain = std::move(key.domain), .selector = std::move(key.selector), .key = std::move(key.key)});
  if (!sealer) return std::string();
  const Result<bool> whole = read(message, queue, [&](View octets) {
    sealer->append(octets);
    return true;
  });
  if (!whole) return fail(whole.error());
  return sealer->finish(chain_in(*results), *results, clock.wall()).value_or(std::string());
}

std::string DomainSigner::sign(const queue::Work& work, const queue::Queue& queue) {
  const queue::Message& message = work.message;
  const bool ours = !message.account.empty() || message.made_here;
  if (!ours && !(work.item.seal && parts_->options.seal)) return {};
  const std::string sealer = ours ? std::string() : work.item.seal->domain;
  {
    const std::lock_guard lock(parts_->mutex);
    const auto known = std::ranges::find_if(parts_->done, [&](const Parts::Done& done) {
      return done.message == work.key.message && done.sealer == sealer;
    });
    if (known != parts_->done.end()) return known->fields;
  }
  Result<std::string> fields =
      ours ? parts_->signatures(message, queue) : parts_->sealed(message, *work.item.seal, queue);
  if (!fields) return {};  // not kept in mind: a later attempt may know
  const std::lock_guard lock(parts_->mutex);
  parts_->done.emplace_front(work.key.message, sealer, *fields);
  if (parts_->done.size() > kRemembered) parts_->done.pop_back();
  return std::move(*fields);
}

}  // namespace posthorn::signing
