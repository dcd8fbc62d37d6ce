#include "posthorn/protocol/imap/search_contexts.h"

#include <doctest/doctest.h>

#include "protocol/imap/commands/search.h"
#include "protocol/imap/commands/sort.h"
#include "protocol/imap/listed_mailbox.h"
#include "protocol/imap/live_search.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {
constexpr std::uint8_t kFlagged = 4;

struct Fixture {
  State state;
  testing::ListedMailbox* box = nullptr;
  Fixture() {
    auto owned = std::make_unique<testing::ListedMailbox>();
    box = owned.get();
    for (std::uint32_t i = 1; i <= 5; ++i) add(i * 10, i == 2 ? kFlagged : 0);
    state.selected = std::move(owned);
    state.by_uid = true;
  }
  void add(std::uint32_t uid, std::uint8_t flags, View subject = "x") {
    box->add("Subject: " + own(subject) + "\r\n\r\n", uid, flags);
  }
  std::string search(View tag, View arguments) {
    state.tag = tag;
    return testing::dialogue(commands::search::spec, arguments, state);
  }
  std::string told(std::vector<Change> changes, std::size_t mark = 65'536) {
    state.contexts.take(changes);
    Buffer buffer;
    Responder responder(buffer, mark);
    std::string out;
    for (bool all = false; !all;) {
      all = state.contexts.tell(*box, responder);
      out += buffer.view();
      buffer.clear();
    }
    return out;
  }
  std::vector<Change> flag(std::size_t index, std::uint8_t flags) {
    box->messages[index].facts.flags.system = flags;
    return {{Change::Kind::flags, SeqNum(static_cast<std::uint32_t>(index + 1)), box->messages[index].facts.uid}};
  }
  std::vector<Change> expunge(std::size_t index) {
    const Uid uid = box->messages[index].facts.uid;
    box->messages.erase(box->messages.begin() + static_cast<std::ptrdiff_t>(index));
    return {{Change::Kind::expunged, SeqNum(static_cast<std::uint32_t>(index + 1)), uid}};
  }
  std::vector<Change> exists() { return {{Change::Kind::exists, SeqNum(box->exists()), Uid()}}; }
};
}  // namespace

TEST_CASE_FIXTURE(Fixture, "contexts: flags, new messages and expunges change the results (RFC 5267 section 4.3)") {
  CHECK(search("B01", " RETURN (UPDATE COUNT) FLAGGED") == "* ESEARCH (TAG \"B01\") UID COUNT 1\r\nA OK Done\r\n");
  CHECK(told({}) == "");
  CHECK(told(flag(3, kFlagged)) == "* ESEARCH (TAG \"B01\") UID ADDTO (0 40)\r\n");
  CHECK(told(flag(3, kFlagged)) == "");
  CHECK(told(flag(1, 0)) == "* ESEARCH (TAG \"B01\") UID REMOVEFROM (0 20)\r\n");
  add(32768, kFlagged);
  add(32769, kFlagged);
  add(32770, 0);
  CHECK(told(exists()) == "* ESEARCH (TAG \"B01\") UID ADDTO (0 32768:32769)\r\n");
  CHECK(told(expunge(5)) == "* ESEARCH (TAG \"B01\") UID REMOVEFROM (0 32768)\r\n");
  CHECK(told(expunge(0)) == "");
  add(40000, kFlagged);
  auto both = expunge(4);
  both.push_back(exists().front());
  CHECK(told(both) == "* ESEARCH (TAG \"B01\") UID REMOVEFROM (0 32769) ADDTO (0 40000)\r\n");
}

TEST_CASE_FIXTURE(Fixture, "contexts: a sorted one tells positions") {
  state.tag = "S1";
  CHECK(testing::dialogue(commands::sort::spec, " RETURN (UPDATE ALL) (SUBJECT REVERSE ARRIVAL) UTF-8 ALL", state) ==
        "* ESEARCH (TAG \"S1\") UID ALL 10,20,30,40,50\r\nA OK Done\r\n");
  add(60, 0, "a");
  add(70, 0, "z");
  add(80, 0, "x");
  CHECK(told(exists()) == "* ESEARCH (TAG \"S1\") UID ADDTO (1 60 7 70 7 80)\r\n");
  CHECK(told(expunge(1)) == "* ESEARCH (TAG \"S1\") UID REMOVEFROM (3 20)\r\n");
}

TEST_CASE_FIXTURE(Fixture, "contexts: sets are those of the moment, but for an open end") {
  search("a", " RETURN (UPDATE) UID 20:* UNFLAGGED");
  search("b", " RETURN (UPDATE) 1:3 UNFLAGGED");
  search("c", " RETURN (UPDATE) 2:* UNFLAGGED");
  auto changes = expunge(0);
  CHECK(told(changes) == "* ESEARCH (TAG \"b\") UID REMOVEFROM (0 10)\r\n");
  add(60, 0);
  CHECK(told(exists()) == "* ESEARCH (TAG \"a\") UID ADDTO (0 60)\r\n* ESEARCH (TAG \"c\") UID ADDTO (0 60)\r\n");
}

TEST_CASE_FIXTURE(Fixture, "contexts: what is not updated says so, and is answered all the same") {
  CHECK(search("o", " RETURN (UPDATE COUNT) OLDER 5").starts_with("* NO [NOUPDATE \"o\"] "));
  state.by_uid = false;
  const std::string numbers = search("n", " RETURN (UPDATE COUNT) FLAGGED");
  CHECK(numbers.starts_with("* NO [NOUPDATE \"n\"] "));
  CHECK(numbers.ends_with("\r\n* ESEARCH (TAG \"n\") COUNT 1\r\nA OK Done\r\n"));
  state.by_uid = true;
  CHECK(state.contexts.empty());
  for (std::size_t i = 0; i < SearchContexts::kMost; ++i) {
    CHECK_FALSE(search("t" + std::to_string(i), " RETURN (UPDATE) ALL").starts_with("* NO"));
  }
  CHECK(search("B02", " RETURN (UPDATE) ALL").starts_with("* NO [NOUPDATE \"B02\"] Too many contexts\r\n"));
  CHECK(search("t3", " RETURN (UPDATE) ALL").starts_with("A BAD "));
  CHECK(state.contexts.cancel("t3"));
  CHECK_FALSE(state.contexts.cancel("t3"));
  CHECK_FALSE(search("t3", " RETURN (UPDATE) ALL").starts_with("A BAD "));
}

TEST_CASE_FIXTURE(Fixture, "contexts: one that cannot be read any more ends aloud") {
  search("x", " RETURN (UPDATE) SUBJECT x");
  add(60, 0);
  box->refused[6] = Code::unavailable;
  CHECK(told(exists()).starts_with("* NO [NOUPDATE \"x\"] "));
  CHECK(state.contexts.empty());
}
