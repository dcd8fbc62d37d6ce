#include "posthorn/testing/zone_resolver.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "posthorn/grammar/dns/name.h"
#include "posthorn/protocol/dns/records.h"

namespace posthorn::testing {

namespace {

using dns::Answer;
using dns::Outcome;
using dns::Question;

std::string normal(View name) {
  auto text = dns::wire::normal_name(name);
  return text ? std::move(*text) : own(name);
}

dns::wire::Type wire_type(dns::Type type) { return static_cast<dns::wire::Type>(type); }

}  // namespace

struct ZoneResolver::Parts {
  mutable std::mutex mutex;
  Zone zone;
  std::string problem;
  std::set<std::string> secure;
  std::map<std::pair<std::string, std::optional<dns::Type>>, Outcome> failures;
  std::map<Question, std::size_t> counts;
  bool deferred = false;
  std::deque<std::pair<Question, Done>> waiting;

  [[nodiscard]] std::optional<Outcome> failure(const std::string& name, dns::Type type) const {
    for (const std::optional<dns::Type>& which : {std::optional(type), std::optional<dns::Type>()}) {
      const auto at = failures.find({name, which});
      if (at != failures.end()) return at->second;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool is_secure(const std::string& name) const {
    return std::any_of(secure.begin(), secure.end(),
                       [&](const std::string& top) { return dns::wire::is_within(name, top); });
  }
  [[nodiscard]] Answer answer(const Question& question) const;
};

Answer ZoneResolver::Parts::answer(const Question& question) const {
  Answer answer;
  if (!problem.empty()) return answer;
  auto asked = dns::wire::normal_name(question.name);
  answer.authenticated = true;
  std::uint32_t ttl = std::numeric_limits<std::uint32_t>::max();
  std::string name = asked ? *asked : std::string();
  for (std::size_t aliases = 0; asked && aliases <= kMaxAliases; ++aliases) {
    if (const auto failed = failure(name, question.type)) return Answer{.outcome = *failed};
    answer.authenticated = answer.authenticated && is_secure(name);
    const Zone::Found found = zone.find(name, wire_type(question.type));
    for (const auto& record : found.records) {
      const auto* soa = std::get_if<dns::wire::Soa>(&record.data);
      ttl = std::min({ttl, record.ttl, soa == nullptr ? record.ttl : soa->minimum});
    }
    if (found.kind == Zone::Kind::alias) {
      name = std::get<dns::wire::Target>(found.records.front().data).name;
      answer.canonical = name;
      continue;
    }
    answer.outcome = found.kind == Zone::Kind::found     ? Outcome::found
                     : found.kind == Zone::Kind::no_data ? Outcome::no_data
                                                         : Outcome::no_name;
    answer.ttl = std::chrono::seconds(found.records.empty() ? 0 : ttl);
    if (found.kind != Zone::Kind::found) return answer;
    for (const auto& record : found.records) answer.records.push_back(dns::record_of(record.data).value());
    return answer;
  }
  return asked ? Answer{} : Answer{.outcome = Outcome::no_name};
}

ZoneResolver::ZoneResolver() : parts_(std::make_unique<Parts>()) {}
ZoneResolver::ZoneResolver(Zone zone) : ZoneResolver() { parts_->zone = std::move(zone); }
ZoneResolver::ZoneResolver(View text) : ZoneResolver() { static_cast<void>(add(text)); }

ZoneResolver::~ZoneResolver() {
  for (auto& [question, done] : parts_->waiting) done(Answer{});
}

void ZoneResolver::resolve(Question question, Done done) {
  Answer answer;
  {
    const std::lock_guard lock(parts_->mutex);
    ++parts_->counts[Question{normal(question.name), question.type}];
    if (parts_->deferred) {
      parts_->waiting.emplace_back(std::move(question), std::move(done));
      return;
    }
    answer = parts_->answer(question);
  }
  done(std::move(answer));
}

std::string ZoneResolver::problem() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->problem;
}

Result<void> ZoneResolver::add(View text) {
  auto zone = Zone::parse(text);
  const std::lock_guard lock(parts_->mutex);
  parts_->problem = zone ? std::string() : zone.error().note;
  if (!zone) return posthorn::fail(std::move(zone.error()));
  parts_->zone.add(*zone);
  return {};
}

void ZoneResolver::erase(View name) {
  const std::lock_guard lock(parts_->mutex);
  parts_->zone.erase(normal(name));
}

void ZoneResolver::erase(View name, dns::Type type) {
  const std::lock_guard lock(parts_->mutex);
  parts_->zone.erase(normal(name), wire_type(type));
}

void ZoneResolver::replace(Zone zone) {
  const std::lock_guard lock(parts_->mutex);
  parts_->zone = std::move(zone);
  parts_->problem.clear();
}

void ZoneResolver::secure(View name) {
  const std::lock_guard lock(parts_->mutex);
  parts_->secure.insert(normal(name));
}

void ZoneResolver::fail(View name, Outcome outcome, std::optional<dns::Type> type) {
  const std::lock_guard lock(parts_->mutex);
  parts_->failures[{normal(name), type}] = outcome;
}

void ZoneResolver::recover(View name) {
  const std::lock_guard lock(parts_->mutex);
  std::erase_if(parts_->failures, [name = normal(name)](const auto& row) { return row.first.first == name; });
}

std::size_t ZoneResolver::asked() const {
  const std::lock_guard lock(parts_->mutex);
  std::size_t all = 0;
  for (const auto& [question, count] : parts_->counts) all += count;
  return all;
}

std::size_t ZoneResolver::asked(View name) const {
  const std::lock_guard lock(parts_->mutex);
  std::size_t all = 0;
  const std::string wanted = normal(name);
  for (const auto& [question, count] : parts_->counts) all += question.name == wanted ? count : 0;
  return all;
}

std::size_t ZoneResolver::asked(View name, dns::Type type) const {
  const std::lock_guard lock(parts_->mutex);
  const auto at = parts_->counts.find(Question{normal(name), type});
  return at == parts_->counts.end() ? 0 : at->second;
}

void ZoneResolver::defer() {
  const std::lock_guard lock(parts_->mutex);
  parts_->deferred = true;
}

std::size_t ZoneResolver::waiting() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->waiting.size();
}

std::size_t ZoneResolver::deliver(std::size_t most) {
  std::size_t count = 0;
  for (const std::size_t now = std::min(most, waiting()); count < now; ++count) {
    std::pair<Question, Done> next;
    Answer answer;
    {
      const std::lock_guard lock(parts_->mutex);
      if (parts_->waiting.empty()) break;
      next = std::move(parts_->waiting.front());
      parts_->waiting.pop_front();
      answer = parts_->answer(next.first);
    }
    next.second(std::move(answer));
  }
  return count;
}

}  // namespace posthorn::testing
