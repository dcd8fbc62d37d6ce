#include "posthorn/protocol/mx/mail_hosts.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/domain.h"

namespace posthorn::mx {

namespace {

/// The address in "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3).
std::optional<IpAddress> read_literal(View text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  constexpr View kTag = "IPv6:";
  const bool v6 = same_word(text.substr(0, kTag.size()), kTag);
  if (v6) text.remove_prefix(kTag.size());
  // "[2001:db8::1]" without its tag is no literal; "[IPv6:::ffff:192.0.2.1]" is one, of the IPv4 host.
  if (v6 != (text.find(':') != View::npos)) return std::nullopt;
  return IpAddress::parse(text);
}

/// splitmix64: orders equal preferences; nothing depends on its being unpredictable.
std::uint64_t mixed(std::uint64_t n) {
  n += 0x9E3779B97F4A7C15U;
  n = (n ^ (n >> 30U)) * 0xBF58476D1CE4E5B9U;
  n = (n ^ (n >> 27U)) * 0x94D049BB133111EBU;
  return n ^ (n >> 31U);
}

struct Exchange {
  std::string name;
  std::uint16_t preference = 0;
  std::uint64_t order = 0;
};

/// The exchanges that have a name, each once with its best preference, in the order to try.
std::vector<Exchange> ordered(const std::vector<dns::Record>& records, std::uint64_t seed) {
  std::vector<Exchange> found;
  for (const dns::Record& record : records) {
    const auto* mx = std::get_if<dns::Mx>(&record);
    if (mx == nullptr) continue;
    auto name = mail::ascii_domain(mx->exchange);
    if (name) found.push_back({std::move(*name), mx->preference, 0});
  }
  // By name first: what the seed gives must not depend on the order in which a server sent the records.
  std::ranges::sort(found, [](const Exchange& a, const Exchange& b) {
    return std::pair(View(a.name), a.preference) < std::pair(View(b.name), b.preference);
  });
  const auto twice = std::ranges::unique(found, {}, &Exchange::name);
  found.erase(twice.begin(), twice.end());
  for (std::size_t i = 0; i < found.size(); ++i) found[i].order = mixed(seed + mixed(i));
  std::ranges::sort(found, [](const Exchange& a, const Exchange& b) {
    return std::pair(a.preference, a.order) < std::pair(b.preference, b.order);
  });
  return found;
}

std::vector<IpAddress> in_turn(const std::vector<IpAddress>& v6, const std::vector<IpAddress>& v4) {
  std::vector<IpAddress> all;
  for (std::size_t i = 0; i < std::max(v6.size(), v4.size()); ++i) {
    if (i < v6.size()) all.push_back(v6[i]);
    if (i < v4.size()) all.push_back(v4[i]);
  }
  return all;
}

}  // namespace

mail::StatusCode status_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::found: return {2, 0, 0};
    case Outcome::null_mx: return {5, 1, 10};
    case Outcome::no_domain: return {5, 1, 2};
    case Outcome::no_host: return {5, 4, 4};
    case Outcome::loops: return {5, 4, 6};
    case Outcome::unavailable: return {4, 4, 3};
    case Outcome::malformed: return {5, 1, 3};
  }
  return {5, 0, 0};
}

std::string words_of(Outcome outcome, View domain) {
  const std::string name = own(domain);
  switch (outcome) {
    case Outcome::found: return name + " has hosts that take mail";
    case Outcome::null_mx: return name + " does not accept mail (null MX)";
    case Outcome::no_domain: return "there is no domain " + name;
    case Outcome::no_host: return name + " has no host that takes mail";
    case Outcome::loops: return "mail for " + name + " loops back to myself";
    case Outcome::unavailable: return "the DNS does not tell the hosts of " + name + " now";
    case Outcome::malformed: return "the domain of the address is malformed";
  }
  return name;
}

MailHosts::MailHosts(View domain, Options options) : options_(std::move(options)) {
  auto address = read_literal(domain);
  if (!address && options_.direct) address = IpAddress::parse(domain);
  if (address) {
    domain_ = address->text();
    Candidate candidate;
    candidate.host.name = domain_;
    candidate.host.literal = true;
    (address->is_v4() ? candidate.v4 : candidate.v6).push_back(*address);
    candidates_.push_back(std::move(candidate));
    settle();
    return;
  }
  auto name = mail::ascii_domain(domain);
  if (!name) {
    end(Outcome::malformed);
    return;
  }
  domain_ = std::move(*name);
  if (!options_.direct) {
    wanted_.push_back({domain_, dns::Type::mx});
    return;
  }
  verdict_.implicit = true;
  verdict_.authenticated = true;  // by whoever configured it
  ask_addresses(domain_, 0);
  cut_at_own_name();
  if (wanted_.empty()) settle();
}

void MailHosts::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const dns::Question question = std::move(wanted_[index]);
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  if (question.type == dns::Type::mx) {
    take_mx(answer);
  } else {
    take_addresses(question, answer);
    if (wanted_.empty()) settle();
  }
}

void MailHosts::take_mx(const dns::Answer& answer) {
  if (answer.failed()) return end(Outcome::unavailable);
  if (answer.outcome == dns::Outcome::no_name) return end(Outcome::no_domain);
  verdict_.authenticated = answer.authenticated;
  if (!answer.canonical.empty() && answer.canonical != domain_) verdict_.canonical = answer.canonical;
  if (answer.outcome == dns::Outcome::no_data || answer.records.empty()) {
    verdict_.implicit = true;
    ask_addresses(domain_, 0);
  } else {
    take_exchanges(answer);
  }
  cut_at_own_name();
  if (wanted_.empty() && verdict_.outcome == Outcome::unavailable) settle();
}

void MailHosts::take_exchanges(const dns::Answer& answer) {
  // RFC 7505 section 3: a null MX is the only record; beside others it says nothing.
  const auto* only = std::get_if<dns::Mx>(&answer.records.front());
  if (answer.records.size() == 1 && only != nullptr && only->exchange.empty()) return end(Outcome::null_mx);
  for (Exchange& exchange : ordered(answer.records, options_.seed)) {
    ask_addresses(std::move(exchange.name), exchange.preference);
  }
}

void MailHosts::ask_addresses(std::string name, std::uint16_t preference) {
  wanted_.push_back({name, dns::Type::aaaa});
  wanted_.push_back({name, dns::Type::a});
  Candidate candidate;
  candidate.host.name = std::move(name);
  candidate.host.preference = preference;
  candidate.host.authenticated = true;
  candidates_.push_back(std::move(candidate));
}

// RFC 5321 section 5.1: a relay that finds itself in the list drops itself and all that are not better.
void MailHosts::cut_at_own_name() {
  const auto is_own = [&](const Candidate& c) { return options_.own.names.contains(c.host.name); };
  const auto mine = std::ranges::find_if(candidates_, is_own);
  if (mine != candidates_.end()) {
    const std::uint16_t limit = mine->host.preference;
    std::erase_if(candidates_, [&](const Candidate& c) { return c.host.preference >= limit; });
    cut_ = true;
  }
  if (candidates_.size() > options_.limits.hosts) candidates_.resize(options_.limits.hosts);
  std::erase_if(wanted_, [&](const dns::Question& question) {
    return std::ranges::none_of(candidates_, [&](const Candidate& c) { return c.host.name == question.name; });
  });
}

void MailHosts::take_addresses(const dns::Question& question, const dns::Answer& answer) {
  const auto found =
      std::ranges::find_if(candidates_, [&](const Candidate& c) { return c.host.name == question.name; });
  if (found == candidates_.end()) return;
  if (answer.failed()) {
    found->failed = true;
    return;
  }
  missing_ = answer.outcome == dns::Outcome::no_name;
  if (!answer.canonical.empty() && answer.canonical != found->host.name) found->host.canonical = answer.canonical;
  auto& list = question.type == dns::Type::a ? found->v4 : found->v6;
  for (const dns::Record& record : answer.records) {
    const auto* address = std::get_if<IpAddress>(&record);
    if (address != nullptr && list.size() < options_.limits.addresses) list.push_back(*address);
  }
  if (!list.empty() && !answer.authenticated) found->host.authenticated = false;
}

void MailHosts::settle() {
  // A host is ours too when it has another name and one of our addresses.
  std::optional<std::uint16_t> limit;
  const auto is_own = [&](const IpAddress& address) { return options_.own.addresses.contains(address); };
  for (const Candidate& c : candidates_) {
    const bool mine = std::ranges::any_of(c.v4, is_own) || std::ranges::any_of(c.v6, is_own);
    if (mine && (!limit || c.host.preference < *limit)) limit = c.host.preference;
  }
  if (limit) {
    std::erase_if(candidates_, [&](const Candidate& c) { return c.host.preference >= *limit; });
    cut_ = true;
  }
  const bool none_left = candidates_.empty();
  for (Candidate& c : candidates_) {
    c.host.addresses = in_turn(c.v6, c.v4);
    if (!c.host.addresses.empty()) {
      verdict_.hosts.push_back(std::move(c.host));
    } else if (c.failed) {
      verdict_.unresolved.push_back(std::move(c.host.name));
    }
  }
  if (!verdict_.hosts.empty()) return end(Outcome::found);
  if (!verdict_.unresolved.empty()) return end(Outcome::unavailable);
  if (none_left && cut_) return end(Outcome::loops);
  end(verdict_.implicit && missing_ ? Outcome::no_domain : Outcome::no_host);
}

}  // namespace posthorn::mx
