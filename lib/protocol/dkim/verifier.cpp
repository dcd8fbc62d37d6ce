#include "posthorn/protocol/dkim/verifier.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::dkim {

namespace {
constexpr View kFieldName = "DKIM-Signature";
}  // namespace

/// A step in plain words; the first ones say which signature it is about.
template <class... Words>
void Verifier::say(std::size_t index, const Words&... words) {
  if (!options_.trace) return;
  std::string step = "signature " + std::to_string(index + 1) + ": ";
  (step.append(words), ...);
  verdict_.steps.push_back(std::move(step));
}

void Verifier::append(View octets) {
  if (header_.take(octets)) begin_body();
  if (header_.complete() && !candidates_.empty()) bodies_.add(octets);
}

void Verifier::begin_body() {
  if (header_.too_long()) {
    verdict_.signatures.push_back({.reason = Reason::header_size});
    return;
  }
  fields_.emplace(header_.header());
  for (const SignedHeader::Entry& entry : fields_->entries()) {
    if (!same_word(entry.field.name, kFieldName)) continue;
    if (verdict_.signatures.size() < options_.limits.signatures) {
      begin_signature(entry);
    } else {
      ++verdict_.ignored;
    }
  }
  name_apart();
}

void Verifier::begin_signature(const SignedHeader::Entry& entry) {
  const std::size_t index = verdict_.signatures.size();
  Candidate candidate{index, entry.octets, {}, {}, {}};
  Signature& s = candidate.signature;
  SignatureVerdict& verdict = verdict_.signatures.emplace_back();
  verdict.reason = read_signature(entry.field.raw, s);
  verdict.domain = s.domain;
  verdict.selector = s.selector;
  verdict.algorithm = s.algorithm;
  verdict.agent = s.agent;
  verdict.header_b = mail::without_space(s.raw);
  verdict.length = s.length;
  verdict.signed_at = s.signed_at;
  verdict.expires = s.expires;
  say(index, "d=", s.domain, " s=", s.selector, " a=", s.algorithm, " c=", name_of(s.header), "/", name_of(s.body));
  if (verdict.reason != Reason::good) {
    say(index, row_of(verdict.reason).words);
    return;
  }
  verdict.reason = Reason::no_answer;  // until there is one
  bodies_.want(s.body, s.length);
  candidates_.push_back(std::move(candidate));
}

/// As many letters of each b= as tell it from the others (RFC 6008 section 4), but no text of any length of somebody
/// else: honest signatures differ in their first letters.
void Verifier::name_apart() {
  constexpr std::size_t kLetters = 8;
  constexpr std::size_t kMostLetters = 64;
  std::vector<std::string> all;
  for (const SignatureVerdict& one : verdict_.signatures) all.push_back(one.header_b);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::size_t count = kLetters;
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (all[k] == all[i]) continue;
      const auto differ = std::mismatch(all[i].begin(), all[i].end(), all[k].begin(), all[k].end());
      count = std::max(count, static_cast<std::size_t>(differ.first - all[i].begin()) + 1);
    }
    verdict_.signatures[i].header_b.resize(std::min({count, kMostLetters, all[i].size()}));
  }
}

void Verifier::finish(WallTime now) {
  if (!header_.complete()) begin_body();
  bodies_.finish();
  std::erase_if(candidates_, [&](Candidate& candidate) {
    const Reason reason = check_before_key(candidate, now);
    if (reason == Reason::good) return false;
    verdict_.signatures[candidate.index].reason = reason;
    say(candidate.index, row_of(reason).words);
    return true;
  });
  for (Candidate& candidate : candidates_) {
    candidate.question = key_question(candidate.signature.selector, candidate.signature.domain);
    if (std::find(wanted_.begin(), wanted_.end(), candidate.question) == wanted_.end())
      wanted_.push_back(candidate.question);
    say(candidate.index, "the body is as it was signed; the key is at ", candidate.question.name);
  }
  conclude();
}

/// All that can be told without the key, and the digest that it is to sign.
Reason Verifier::check_before_key(Candidate& candidate, WallTime now) {
  const Signature& s = candidate.signature;
  const auto skew = options_.limits.skew;
  if (s.expires && *s.expires + skew < now) return Reason::expired;
  if (s.signed_at && *s.signed_at > now + skew) return Reason::future;
  const BodyHash& body = bodies_.of(s.body);
  const std::string digest = body.digest(s.length);
  if (digest.empty()) return Reason::short_body;
  if (options_.trace) say(candidate.index, "the body hashes to ", codec::base64_encode(digest));
  if (digest != s.body_hash) return Reason::body_hash;
  const std::uint64_t behind = body.octets() - s.length.value_or(body.octets());
  verdict_.signatures[candidate.index].unsigned_octets = behind;
  if (behind > 0 && options_.whole_body_only) return Reason::partial_body;
  const auto is_from = [](const std::string& name) { return same_word(name, "From"); };
  if (fields_->count("From") > static_cast<std::size_t>(std::count_if(s.fields.begin(), s.fields.end(), is_from)))
    return Reason::extra_from;
  std::string text;
  fields_->append(s.fields, s.header, text);
  append_signature_field(s.header, candidate.field, s.raw, text);
  candidate.digest = crypto::sha256(text);
  return Reason::good;
}

void Verifier::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const dns::Question question = std::move(wanted_[index]);
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  for (const Candidate& candidate : candidates_) {
    if (candidate.question != question) continue;
    const KeyCheck check = check_keys(answer, candidate.signature, candidate.digest, options_.limits.keys);
    SignatureVerdict& verdict = verdict_.signatures[candidate.index];
    verdict.reason = check.reason;
    verdict.key_bits = check.bits;
    verdict.testing = check.testing;
    if (options_.trace)
      say(candidate.index, row_of(check.reason).words, " (key of ", std::to_string(check.bits), " bits)");
  }
  conclude();
}

/// The outcome of the message, once nothing is open.
void Verifier::conclude() {
  if (!wanted_.empty() || verdict_.signatures.empty()) return;
  verdict_.outcome = verdict_.signatures.front().outcome();
  for (const Outcome better : {Outcome::temperror, Outcome::pass}) {
    for (const SignatureVerdict& one : verdict_.signatures) {
      if (one.outcome() == better) verdict_.outcome = better;
    }
  }
}

}  // namespace posthorn::dkim
