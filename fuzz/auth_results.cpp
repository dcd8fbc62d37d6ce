// Authentication-Results: what is read is written so that it reads the same; a filter does not depend on chunks.
#include <string>

#include "posthorn/protocol/auth_results/field.h"
#include "posthorn/protocol/auth_results/filter.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;

void check_field(View body) {
  const auto field = auth_results::parse(body);
  if (!field) return;
  fuzzing::check(auth_results::claims_id(body, field->authserv_id), "an id claims itself");
  const std::string text = auth_results::format(*field, "A:");
  const auto again = auth_results::parse(View(text).substr(2, text.size() - 4));
  fuzzing::check(again.has_value(), "what is written can be read");
  fuzzing::check(auth_results::format(*again, "A:") == text, "writing is stable");
  fuzzing::check(again->results.size() == field->results.size(), "no result is lost");
}

std::string filtered(View message, std::size_t chunk) {
  auth_results::Filter filter("mx.example.org");
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += chunk) filter.receive(message.substr(at, chunk), out);
  filter.finish(out);
  return out;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  check_field(input);
  const std::string whole = filtered(input, input.size() + 1);
  fuzzing::check(whole == filtered(input, 1), "chunks make no difference");
  fuzzing::check(whole.size() <= input.size(), "nothing is added");
  const std::string field = "Authentication-Results:" + std::string(input.substr(0, input.find('\n')));
  fuzzing::check(filtered(field + "\nA: b", 5).find("A: b") != std::string::npos, "other fields stay");
}
