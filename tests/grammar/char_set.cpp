#include "posthorn/grammar/char_set.h"

#include <doctest/doctest.h>

using namespace posthorn;

// Grammar tested at compile time. RFC 9051 section 9: ATOM-CHAR excludes "(){%*", '"', "\", "]", SP and CTL.
static_assert((CharSet::range(0, 127) - chars::kCtl - CharSet("(){ %*\"\\]")).count() == 86);
static_assert(chars::kAtext.count() == 81);  // RFC 5322 section 3.2.3: 62 + 19
static_assert((~chars::kCtl).count() == 256 - 33);

TEST_CASE("words are compared with ASCII case folded and nothing else") {
  CHECK(same_word("Mail", "mAIL"));
  CHECK(!same_word("mail", "mails"));
  CHECK(!same_word("\xC3\x84", "\xC3\xA4"));
  CHECK(!same_word("[", "{"));  // 0x5B and 0x7B differ by the case bit
}
