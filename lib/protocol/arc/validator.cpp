#include "posthorn/protocol/arc/validator.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/protocol/dkim/signed_header.h"

#include "protocol/arc/chain.h"

namespace posthorn::arc {

using dkim::Reason;

struct Validator::Parts {
  explicit Parts(View octets) : header(octets), chain(read_chain(header)) {}
  dkim::SignedHeader header;
  Chain chain;
};

Validator::Validator(ValidatorOptions options) : options_(options), header_(options.limits.header_octets) {}
Validator::~Validator() = default;

void Validator::append(View octets) {
  if (header_.take(octets)) begin_body();
  if (header_.complete() && !decided_) bodies_.add(octets);
}

void Validator::begin_body() {
  if (header_.too_long()) return fail("the header is too long");
  parts_ = std::make_unique<Parts>(header_.header());
  const Chain& chain = parts_->chain;
  decided_ = chain.sets.empty();
  if (decided_) return step("The message has no chain.");
  step("The chain has " + std::to_string(chain.sets.size()) + " sets.");
  if (!chain.why.empty()) return fail(chain.why);
  for (const Set& set : chain.sets) {
    bodies_.want(set.message.body, set.message.length);
    verdict_.sets.push_back({.instance = static_cast<unsigned>(verdict_.sets.size() + 1),
                             .sealer = set.seal.domain,
                             .selector = set.seal.selector,
                             .message_signer = set.message.domain,
                             .results = own(set.results)});
  }
}

void Validator::finish(WallTime now) {
  if (!header_.complete()) begin_body();
  if (decided_) return;
  bodies_.finish();
  digest_messages(now);
  if (verdict_.sets.back().message != Reason::no_answer) {
    return fail("the message is not as the last set signed it: " +
                own(dkim::row_of(verdict_.sets.back().message).words));
  }
  digest_seals();
}

/// Which sets signed the body as it is (RFC 8617 section 5.2, steps 4 and 5).
void Validator::digest_messages(WallTime now) {
  const auto is_from = [](const std::string& name) { return same_word(name, "From"); };
  for (std::size_t i = verdict_.sets.size(); i-- > 0;) {
    const Set& set = parts_->chain.sets[i];
    const dkim::Signature& signature = set.message;
    Reason& reason = verdict_.sets[i].message;
    const std::string body = bodies_.of(signature.body).digest(signature.length);
    if (signature.expires && *signature.expires < now) {
      reason = Reason::expired;
    } else if (body != signature.body_hash) {
      reason = body.empty() ? Reason::short_body : Reason::body_hash;
    } else if (parts_->header.count("From") >
               static_cast<std::size_t>(std::ranges::count_if(signature.fields, is_from))) {
      reason = Reason::extra_from;  // on top of the one that is signed: readers may show the first
    } else {
      std::string text;
      parts_->header.append(signature.fields, signature.header, text);
      dkim::append_signature_field(signature.header, set.message_field, signature.raw, text);
      ask(signature, crypto::sha256(text), reason);
    }
  }
}

void Validator::digest_seals() {
  SealedText text;
  for (std::size_t i = 0; i < verdict_.sets.size(); ++i) {
    const Set& set = parts_->chain.sets[i];
    std::string digest = text.add(set.results_field, set.message_field, set.seal_field, set.seal.raw);
    ask(set.seal, std::move(digest), verdict_.sets[i].seal);
  }
}

void Validator::ask(const dkim::Signature& signature, std::string digest, Reason& reason) {
  dns::Question question = dkim::key_question(signature.selector, signature.domain);
  if (std::ranges::find(wanted_, question) == wanted_.end()) wanted_.push_back(question);
  candidates_.push_back({&signature, std::move(digest), &reason, std::move(question)});
}

void Validator::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const dns::Question question = std::move(wanted_[index]);
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  step("Asked for the key at " + question.name + (answer.records.empty() ? ": there is none." : "."));
  for (const Candidate& candidate : candidates_) {
    if (candidate.question != question) continue;
    *candidate.reason = dkim::check_keys(answer, *candidate.signature, candidate.digest, options_.limits.keys).reason;
  }
  if (wanted_.empty()) conclude();
}

void Validator::conclude() {
  for (const SetVerdict& set : verdict_.sets) {
    step("Set " + std::to_string(set.instance) + " of " + set.sealer + ": the seal: " +
         own(dkim::row_of(set.seal).words) + "; the message: " + own(dkim::row_of(set.message).words) + ".");
  }
  // The last message signature and all seals decide (RFC 8617 section 5.2, steps 4 and 6).
  const auto check = [&](Reason reason, View what, unsigned instance) {
    if (reason == Reason::good || decided_) return;
    verdict_.temporary = reason == Reason::no_answer;
    fail(own(what) + " of set " + std::to_string(instance) + ": " + own(dkim::row_of(reason).words));
  };
  check(verdict_.sets.back().message, kMessageName, verdict_.sets.back().instance);
  for (auto set = verdict_.sets.rbegin(); set != verdict_.sets.rend(); ++set)
    check(set->seal, kSealName, set->instance);
  if (decided_) return;
  decided_ = true;
  verdict_.status = Status::pass;
  for (auto set = verdict_.sets.rbegin(); set != verdict_.sets.rend(); ++set) {
    if (set->message == Reason::good) continue;
    verdict_.oldest_pass = set->instance + 1;
    break;
  }
  step("The chain passes; oldest-pass is " + std::to_string(verdict_.oldest_pass) + ".");
}

bool is_temporary(View why) { return why.ends_with(": " + own(dkim::row_of(Reason::no_answer).words)); }

void Validator::fail(View why) {
  decided_ = true;
  wanted_.clear();
  candidates_.clear();
  verdict_.status = Status::fail;
  verdict_.why = own(why);
  step("The chain fails: " + verdict_.why + ".");
}

void Validator::step(std::string sentence) {
  if (options_.trace) verdict_.steps.push_back(std::move(sentence));
}

}  // namespace posthorn::arc
