#include "service/filtering/flags.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::filtering;

TEST_CASE("flags of scripts are those of mailboxes (RFC 5232 section 2)") {
  const std::vector<std::string> words = {"\\SEEN", "work", "\\Recent", "\\draft", "$MDNSent", ""};
  const imap::Flags flags = flags_of(words);
  CHECK(flags.has(imap::SystemFlag::seen));
  CHECK(flags.has(imap::SystemFlag::draft));
  CHECK(flags.keywords == std::vector<std::string>{"$MDNSent", "work"});
  CHECK(words_of(flags) == std::vector<std::string>{"\\Seen", "\\Draft", "$MDNSent", "work"});
  CHECK(words_of({}).empty());
}
