// Evaluates the tests of a file in the form of the openspf suite: prints "RESULT EXPLANATION" for each, for
// spf_readers.py.
#include <iostream>

#include "protocol/spf/suite.h"

using namespace posthorn;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const testing::SpfScenario& scenario : testing::read_spf_suite(argv[1])) {
    for (const testing::SpfTest& test : scenario.tests) {
      testing::ZoneResolver resolver;
      testing::load_spf_zone(resolver, scenario.zone);
      spf::Evaluation evaluation(test.request);
      const spf::Verdict verdict = testing::drive(evaluation, resolver);
      std::cout << spf::word_of(verdict.status) << " " << verdict.explanation << "\n";
    }
  }
}
