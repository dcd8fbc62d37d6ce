// Headers of submitted messages: any octets are read; what is added makes the message complete.
#include "posthorn/service/limits/signals.h"
#include "posthorn/service/submission/message_facts.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  const submission::Limits bounds{.max_authors = 5};
  const submission::Facts facts = submission::read_facts(input, bounds);
  fuzzing::check(facts.authors.size() <= bounds.max_authors + 1, "authors are bounded");
  fuzzing::check(!submission::check(facts, bounds) || !facts.authors.empty(), "what is taken has an author");
  const std::string added = submission::fix_ups(facts, {}, "id", "mx.example");
  const submission::Facts after = submission::read_facts(added + own(input), bounds);
  fuzzing::check(after.has_date && after.has_message_id, "the message has what it needs");
  fuzzing::check(after.authors == facts.authors, "nothing else changes");
  (void)limits::read_signs(input);
  limits::ShingleDigest one;
  one.feed(input);
  limits::ShingleDigest two;
  for (std::size_t at = 0; at < input.size(); ++at) two.feed(input.substr(at, 1));
  fuzzing::check(one.finish() == two.finish(), "cuts do not change the digest");
}
