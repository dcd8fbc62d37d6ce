#include "suite.h"

#include <string>

#include <doctest/doctest.h>

#include "shared_data.h"

namespace posthorn {
namespace {

// "DEFAULT": whoever asks gives a text of his own. The suite writes nibbles in upper case, RFC 7208 section 7.4 in
// lower case; for a name it is the same.
bool explains(const std::string& expected, const std::string& given) {
  if (expected.empty()) return true;
  return expected == "DEFAULT" ? given.empty() : same_word(expected, given);
}

TEST_CASE("the openspf suite for RFC 7208") {
  const auto path = testing::shared_data("spf/rfc7208-tests.yml");
  if (!path) return;
  std::size_t count = 0;
  for (const testing::SpfScenario& scenario : testing::read_spf_suite(path->string())) {
    for (const testing::SpfTest& test : scenario.tests) {
      for (const bool from_the_end : {false, true}) {
        testing::ZoneResolver resolver;
        testing::load_spf_zone(resolver, scenario.zone);
        spf::Evaluation evaluation(test.request, {.steps = true});
        const spf::Verdict verdict = testing::drive(evaluation, resolver, from_the_end);
        const std::string result(spf::word_of(verdict.status));
        std::string trace;
        for (const std::string& sentence : verdict.steps) trace += "\n  " + sentence;
        CAPTURE(scenario.description);
        CAPTURE(test.name);
        CAPTURE(trace);
        CHECK_MESSAGE(std::ranges::find(test.results, result) != test.results.end(), result);
        CHECK_MESSAGE(explains(test.explanation, verdict.explanation), verdict.explanation);
        CHECK(resolver.asked() <= 123);
      }
      ++count;
    }
  }
  CHECK(count == 203);
}

}  // namespace
}  // namespace posthorn
