#include "protocol/imap/commands/sort.h"

#include <doctest/doctest.h>

#include "protocol/imap/listed_mailbox.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {
struct Fixture {
  State state;
  testing::ListedMailbox* box = nullptr;
  Fixture() {
    auto owned = std::make_unique<testing::ListedMailbox>();
    box = owned.get();
    add("From: Zoe <ann@x.test>\r\nSubject: Re: beta\r\nDate: 3 Jan 2026 00:00:00 +0000\r\n", 11);
    add("From: adam@x.test\r\nSubject: Alpha\r\nDate: 1 Jan 2026 00:00:00 +0000\r\n", 12);
    add("From: Bert <carl@x.test>\r\nSubject: beta\r\nDate: 2 Jan 2026 00:00:00 +0000\r\n", 20);
    state.selected = std::move(owned);
    state.tag = "A";
  }
  void add(View header, std::uint32_t uid) { box->add(own(header) + "\r\n", uid); }
  std::string said(View arguments) { return testing::dialogue(commands::sort::spec, arguments, state); }
};
}  // namespace

TEST_CASE_FIXTURE(Fixture, "SORT: by header and by facts") {
  CHECK(said(" (SUBJECT) UTF-8 ALL") == "* SORT 2 1 3\r\nA OK Done\r\n");
  CHECK(said(" (SUBJECT REVERSE DATE) US-ASCII ALL") == "* SORT 2 1 3\r\nA OK Done\r\n");
  CHECK(said(" (SUBJECT DATE) US-ASCII ALL") == "* SORT 2 3 1\r\nA OK Done\r\n");
  CHECK(said(" (FROM) UTF-8 ALL") == "* SORT 2 1 3\r\nA OK Done\r\n");
  CHECK(said(" (DISPLAYFROM) UTF-8 ALL") == "* SORT 2 3 1\r\nA OK Done\r\n");
  CHECK(said(" (REVERSE DATE) UTF-8 NOT 3") == "* SORT 1 2\r\nA OK Done\r\n");
  CHECK(said(" (DATE) UTF-8 7") == "* SORT\r\nA OK Done\r\n");
  const std::size_t before = box->reads;
  CHECK(said(" (REVERSE ARRIVAL SIZE) UTF-8 ALL") == "* SORT 2 3 1\r\nA OK Done\r\n");
  CHECK(box->reads == before);
}

TEST_CASE_FIXTURE(Fixture, "SORT: UIDs, mod-sequences, RETURN (RFC 5267 section 3)") {
  state.by_uid = true;
  CHECK(said(" (DATE) UTF-8 MODSEQ 1") == "* SORT 12 20 11 (MODSEQ 200)\r\nA OK Done\r\n");
  CHECK(state.enabled.condstore);
  CHECK(said(" RETURN () (DATE) UTF-8 ALL") == "* ESEARCH (TAG \"A\") UID ALL 12,20,11\r\nA OK Done\r\n");
  CHECK(said(" RETURN (MIN MAX COUNT) (DATE) UTF-8 ALL") ==
        "* ESEARCH (TAG \"A\") UID MIN 12 MAX 11 COUNT 3\r\nA OK Done\r\n");
  CHECK(said(" RETURN (PARTIAL 2:3) (DATE) UTF-8 ALL") ==
        "* ESEARCH (TAG \"A\") UID PARTIAL (2:3 20,11)\r\nA OK Done\r\n");
  CHECK(said(" RETURN (SAVE MIN) (DATE) UTF-8 ALL") == "* ESEARCH (TAG \"A\") UID MIN 12\r\nA OK Done\r\n");
  CHECK(state.saved == std::vector<Range>{{12, 12}});
  state.enabled.rev2 = true;
  CHECK(said(" (DATE) UTF-8 UID $") == "* SORT 12\r\nA OK Done\r\n");
}

TEST_CASE_FIXTURE(Fixture, "SORT: charsets and failures") {
  CHECK(said(" (DATE) X-NONE ALL").starts_with("A NO [BADCHARSET ("));
  state.enabled.utf8 = true;
  CHECK(said(" (DATE) UTF-8 ALL").starts_with("* SORT "));
  box->refused[2] = Code::unavailable;
  state.saved = {{1, 2}};
  CHECK(said(" RETURN (SAVE) (DATE) UTF-8 ALL").starts_with("A NO [UNAVAILABLE] "));
  CHECK(state.saved.empty());
}

TEST_CASE("SORT takes what its grammar says and nothing else") {
  for (const View bad : {"", " (DATE)", " (DATE) UTF-8", " DATE UTF-8 ALL", " () UTF-8 ALL", " (DATE) ALL",
                         " RETURN (DATE) UTF-8 ALL", " (DATE) UTF-8 ALL "}) {
    Cursor c(bad);
    CHECK_MESSAGE(!commands::sort::spec.check(c), bad);
  }
}
