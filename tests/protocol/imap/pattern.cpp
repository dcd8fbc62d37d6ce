#include "protocol/imap/pattern.h"

#include <doctest/doctest.h>

using namespace posthorn;
using imap::Pattern;

TEST_CASE("wildcards of RFC 9051 section 6.3.9") {
  CHECK(Pattern("*").matches("a/b/c"));
  CHECK(Pattern("*").matches(""));
  CHECK(Pattern("%").matches("a"));
  CHECK_FALSE(Pattern("%").matches("a/b"));
  CHECK(Pattern("%/%").matches("a/b"));
  CHECK(Pattern("a/%/c").matches("a/b/c"));
  CHECK(Pattern("a*c").matches("a/b/c"));
  CHECK(Pattern("%*").matches("a/b"));
  CHECK(Pattern("a").matches("a"));
  CHECK_FALSE(Pattern("a").matches("A"));
  CHECK_FALSE(Pattern("a").matches("ab"));
  CHECK(Pattern("inbox").matches("INBOX"));
  CHECK(Pattern("inbox/%").matches("INBOX/a"));
  CHECK_FALSE(Pattern("inboxes").matches("INBOXes"));
  CHECK_FALSE(Pattern("a*b").matches("a"));
  CHECK(Pattern("a*b").matches("ab"));
}

TEST_CASE("a hostile pattern takes no more than its product") {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "a*";
  CHECK_FALSE(Pattern(pattern + "b").matches(std::string(2000, 'a')));
}
