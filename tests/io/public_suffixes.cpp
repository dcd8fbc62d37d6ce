#include "posthorn/io/public_suffixes.h"

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/domain.h"

#include "shared_data.h"

using namespace posthorn;

// "input expected" on each line; "null" where there is nothing to expect.
TEST_CASE("the published tests of the public suffix list") {
  const auto list = testing::shared_data("psl/public_suffix_list.dat");
  const auto tests = testing::shared_data("psl/tests.txt");
  if (!list || !tests) return;
  const auto suffixes = io::read_public_suffixes(*list);
  if (!suffixes && suffixes.error().code == Code::unsupported) {
    MESSAGE("skipped: built without libpsl");
    return;
  }
  REQUIRE(suffixes);
  std::ifstream lines(*tests);
  std::size_t checked = 0;
  for (std::string input, expected; lines >> input;) {
    if (input.starts_with("//")) {
      std::getline(lines, input);
      continue;
    }
    lines >> expected;
    const auto name = mail::ascii_domain(input);
    if (input == "null" || input.starts_with(".") || !name) continue;
    CAPTURE(input);
    CHECK((*suffixes)->organizational_domain(*name) == (expected == "null" ? *name : *mail::ascii_domain(expected)));
    ++checked;
  }
  CHECK(checked > 60);
}

TEST_CASE("a file that is no list") {
  const auto suffixes = io::read_public_suffixes("/nonexistent");
  REQUIRE(!suffixes);
}
