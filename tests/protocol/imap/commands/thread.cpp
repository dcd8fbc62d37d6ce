#include "protocol/imap/commands/thread.h"

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
    add("Message-ID: <a@x>\r\nSubject: one\r\nDate: 1 Jan 2026 00:00:00 +0000\r\n", 11);
    add("Message-ID: <b@x>\r\nSubject: other\r\nIn-Reply-To: <a@x>\r\nDate: 2 Jan 2026 00:00:00 +0000\r\n", 12);
    add("Message-ID: <c@x>\r\nSubject: Re: One\r\nDate: 3 Jan 2026 00:00:00 +0000\r\n", 20);
    state.selected = std::move(owned);
  }
  void add(View header, std::uint32_t uid) { box->add(own(header) + "\r\n", uid); }
  std::string said(View arguments, std::size_t mark = 65'536) {
    return testing::dialogue(commands::thread::spec, arguments, state, mark);
  }
};
}  // namespace

TEST_CASE_FIXTURE(Fixture, "THREAD: the three algorithms") {
  CHECK(said(" ORDEREDSUBJECT UTF-8 ALL") == "* THREAD (1 3)(2)\r\nA OK Done\r\n");
  CHECK(said(" references US-ASCII ALL") == "* THREAD (1 (2)(3))\r\nA OK Done\r\n");
  CHECK(said(" REFS UTF-8 ALL") == "* THREAD (1 2)(3)\r\nA OK Done\r\n");
  CHECK(said(" REFERENCES UTF-8 2:3") == "* THREAD (2)(3)\r\nA OK Done\r\n");
  CHECK(said(" REFERENCES UTF-8 DRAFT") == "* THREAD\r\nA OK Done\r\n");
  state.by_uid = true;
  CHECK(said(" REFERENCES UTF-8 ALL", 3) == "* THREAD (11 (12)(20))\r\nA OK Done\r\n");
}

TEST_CASE_FIXTURE(Fixture, "THREAD: charsets, comparators, failures") {
  CHECK(said(" REFS X-NONE ALL").starts_with("A NO [BADCHARSET ("));
  state.comparator = Comparator::octet;
  CHECK(said(" ORDEREDSUBJECT UTF-8 ALL") == "* THREAD (1)(2)(3)\r\nA OK Done\r\n");
  box->refused[2] = Code::unavailable;
  CHECK(said(" REFS UTF-8 ALL").starts_with("A NO [UNAVAILABLE] "));
}

TEST_CASE("THREAD takes what its grammar says and nothing else") {
  for (const View bad : {"", " REFERENCES", " REFERENCES UTF-8", " FOO UTF-8 ALL", " REFS ALL", " REFS UTF-8 ALL "}) {
    Cursor c(bad);
    CHECK_MESSAGE(!commands::thread::spec.check(c), bad);
  }
}
