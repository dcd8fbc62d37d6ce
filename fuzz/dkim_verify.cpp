// Verifying: a message, then the key records that the DNS answers with, each behind a NUL. Any octets come to a
// verdict, within the limits, and to the same one however they are cut.
#include <cstdint>
#include <string>
#include <utility>

#include "posthorn/protocol/dkim/verifier.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

/// What becomes of it, as text.
std::string outcome_of(View message, View records, std::size_t step) {
  dkim::VerifierOptions options;
  options.trace = step > 1;
  options.limits.header_octets = 4096;
  dkim::Verifier verifier(options);
  for (View rest = message; !rest.empty(); rest.remove_prefix(std::min(step, rest.size())))
    verifier.append(rest.substr(0, step));
  verifier.finish(WallTime(std::chrono::seconds(1'800'000'000)));
  std::size_t questions = 0;
  while (!verifier.wanted().empty()) {
    fuzzing::check(++questions <= options.limits.signatures, "questions are limited");
    const View text = records.substr(0, records.find('\0'));
    records.remove_prefix(std::min(text.size() + 1, records.size()));
    dns::Answer answer{.outcome = text.empty() ? dns::Outcome::unavailable : dns::Outcome::found};
    if (!text.empty()) answer.records.emplace_back(dns::Txt{own(text)});
    verifier.answer(0, std::move(answer));
  }
  const dkim::Verdict& verdict = verifier.verdict();
  fuzzing::check(verdict.signatures.size() <= options.limits.signatures, "signatures are limited");
  fuzzing::check((verdict.outcome == dkim::Outcome::none) == verdict.signatures.empty(), "a signature has an outcome");
  std::string out;
  for (const dkim::SignatureVerdict& one : verdict.signatures) {
    fuzzing::check(!one.passed() || (questions > 0 && one.key_bits >= 256), "what passes has a key");
    out.append(dkim::row_of(one.reason).words).append(one.domain).append(one.header_b).append("\n");
  }
  return out;
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  const View message = input.substr(0, input.find('\0'));
  const View records = input.substr(std::min(message.size() + 1, input.size()));
  const std::string whole = outcome_of(message, records, message.size() + 1);
  const std::size_t step = input.empty() ? 1 : static_cast<unsigned char>(input.back()) % 61U + 1;
  posthorn::fuzzing::check(outcome_of(message, records, step) == whole, "any chunking gives the same");
}
