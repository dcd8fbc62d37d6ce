#include "posthorn/protocol/imap/resync.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "protocol/imap/client_host.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {

void hear(Resync& resync, const std::vector<View>& lines) {
  for (const View line : lines) {
    auto response = response::parse_response(line);
    REQUIRE_MESSAGE(response, line);
    resync.hear(std::get<response::Untagged>(*response).data);
  }
}

/// A command as it goes on the wire, without tag and CRLF.
std::string said(const ClientCommand& command) {
  testing::ImapClientHost host;
  host.hear("* OK\r\n");
  REQUIRE(host.session.send(command));
  std::string out = host.run();
  out.resize(out.size() - 2);
  return out.substr(out.find(' ') + 1);
}

std::string next(Resync& resync) {
  const auto command = resync.next();
  return command ? said(*command) : "done";
}

std::string set(const UidSet& uids) { return format_set(uids.ranges()); }

std::string changed(const Resync& resync) {
  std::string out;
  for (const auto& [uid, flags] : resync.changed())
    out += std::to_string(uid.value()) + ":" + flag_words(flags.flags) + " ";
  return out;
}

const KnownMailbox kKnown{UidValidity(7), ModSeq(100), UidSet({{1, 5}, {8, 8}})};

}  // namespace

TEST_CASE("sets of UIDs") {
  CHECK(set(UidSet({{5, 3}, {1, 1}, {2, 2}, {9, 9}, {4, 7}})) == "1:7,9");
  const UidSet a({{1, 10}, {20, 30}});
  const UidSet b({{5, 6}, {10, 22}, {30, 4294967295}});
  CHECK(set(a.without(b)) == "1:4,7:9,23:29");
  CHECK(set(b.without(a)) == "11:19,31:4294967295");
  CHECK(set(a.common(b)) == "5:6,10,20:22,30");
  CHECK(set(a.with(b)) == "1:4294967295");
  CHECK(a.size() == 21);
  CHECK(UidSet({{1, 4294967295}}).size() == 4294967295U);
  CHECK(a.has(Uid(20)));
  CHECK(!a.has(Uid(19)));
  CHECK(a.last() == Uid(30));
  UidSet c;
  for (const std::uint32_t n : {3, 4, 9, 1, 4}) c.add(Uid(n));
  CHECK(set(c) == "1,3:4,9");
}

TEST_CASE("QRESYNC: everything comes with SELECT") {
  Resync resync(kKnown, Resync::Way::qresync);
  CHECK(said(resync.select("INBOX", false)) == "SELECT \"INBOX\" (QRESYNC (7 100 1:5,8))");
  hear(resync, {"* 5 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 12] x", "* OK [HIGHESTMODSEQ 120] x",
                "* VANISHED (EARLIER) 2:3,6", "* 1 FETCH (UID 4 FLAGS (\\Seen) MODSEQ (110))"});
  CHECK(next(resync) == "UID FETCH 9:* (UID FLAGS)");
  hear(resync, {"* 5 FETCH (UID 11 FLAGS ())"});
  CHECK(next(resync) == "done");
  CHECK(!resync.is_reset());
  CHECK(set(resync.added()) == "11");
  CHECK(changed(resync) == "4:\\Seen ");
  CHECK(set(resync.vanished()) == "2:3");
  CHECK(resync.now() == KnownMailbox{UidValidity(7), ModSeq(120), UidSet({{1, 1}, {4, 5}, {8, 8}, {11, 11}})});
}

TEST_CASE("QRESYNC: nothing new is nothing to ask") {
  Resync resync(kKnown, Resync::Way::qresync);
  hear(resync, {"* 6 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 9] x", "* OK [HIGHESTMODSEQ 100] x"});
  CHECK(next(resync) == "done");
  CHECK(resync.added().empty());
  CHECK(resync.vanished().empty());
  CHECK(resync.now() == kKnown);
}

TEST_CASE("QRESYNC without a modification sequence to begin from: all flags are read") {
  Resync resync({UidValidity(7), std::nullopt, kKnown.uids}, Resync::Way::qresync);
  CHECK(said(resync.select("INBOX", true)) == "EXAMINE \"INBOX\" (CONDSTORE)");
  hear(resync, {"* 6 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 10] x", "* OK [HIGHESTMODSEQ 120] x"});
  CHECK(next(resync) == "UID FETCH 1:8 (UID FLAGS)");
  hear(resync, {"* 1 FETCH (UID 1 FLAGS (\\Seen))", "* 2 FETCH (UID 2 FLAGS ())", "* 3 FETCH (UID 3 FLAGS ())",
                "* 4 FETCH (UID 5 FLAGS ())", "* 5 FETCH (UID 8 FLAGS ())"});
  CHECK(next(resync) == "UID FETCH 9:* (UID FLAGS)");
  hear(resync, {"* 6 FETCH (UID 9 FLAGS ())"});
  CHECK(next(resync) == "UID SEARCH ALL");
  hear(resync, {"* SEARCH 1 2 3 5 8 9"});
  CHECK(next(resync) == "done");
  CHECK(changed(resync) == "1:\\Seen 2: 3: 5: 8: ");
  CHECK(resync.now() == KnownMailbox{UidValidity(7), ModSeq(120), UidSet({{1, 3}, {5, 5}, {8, 9}})});
}

TEST_CASE("events of a session: the code of a completed SELECT counts") {
  Resync resync({}, Resync::Way::condstore);
  resync.hear_event(Received{response::Exists{0}});
  resync.hear_event(Received{response::State{{}, response::UidValidityCode{UidValidity(7)}, {}}});
  resync.hear_event(Completed{CommandId(1), {{}, response::HighestModSeq{ModSeq(5)}, {}}});
  CHECK(next(resync) == "done");
  CHECK(resync.now() == KnownMailbox{UidValidity(7), ModSeq(5), {}});
}

TEST_CASE("CONDSTORE: changes are asked for; what vanished only when the count says so") {
  Resync resync(kKnown, Resync::Way::condstore);
  CHECK(said(resync.select("INBOX", true)) == "EXAMINE \"INBOX\" (CONDSTORE)");
  const std::vector<View> selected{"* 6 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 11] x",
                                   "* OK [HIGHESTMODSEQ 120] x"};
  hear(resync, selected);
  CHECK(next(resync) == "UID FETCH 1:8 (UID FLAGS) (CHANGEDSINCE 100)");
  hear(resync, {"* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (110))"});
  CHECK(next(resync) == "UID FETCH 9:* (UID FLAGS)");
  hear(resync, {"* 6 FETCH (UID 9 FLAGS ())"});
  CHECK(next(resync) == "UID SEARCH ALL");
  hear(resync, {"* SEARCH 1 2 3 4 8 9"});
  CHECK(next(resync) == "done");
  CHECK(set(resync.added()) == "9");
  CHECK(changed(resync) == "2:\\Seen ");
  CHECK(set(resync.vanished()) == "5");

  Resync same(kKnown, Resync::Way::condstore);
  hear(same, {"* 6 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 9] x", "* OK [HIGHESTMODSEQ 100] x"});
  CHECK(next(same) == "done");
  CHECK(same.now() == kKnown);
}

TEST_CASE("neither: all flags are read") {
  Resync resync({UidValidity(7), std::nullopt, kKnown.uids}, Resync::Way::plain);
  CHECK(said(resync.select("INBOX", false)) == "SELECT \"INBOX\"");
  hear(resync, {"* 3 EXISTS", "* OK [UIDVALIDITY 7] x"});
  CHECK(next(resync) == "UID FETCH 1:8 (UID FLAGS)");
  hear(resync, {"* 1 FETCH (UID 1 FLAGS (\\Seen))", "* 2 FETCH (UID 8 FLAGS ())"});
  CHECK(next(resync) == "UID FETCH 9:* (UID FLAGS)");
  hear(resync, {"* 3 FETCH (UID 10 FLAGS ())"});
  CHECK(next(resync) == "done");
  CHECK(set(resync.added()) == "10");
  CHECK(changed(resync) == "1:\\Seen 8: ");
  CHECK(set(resync.vanished()) == "2:5");
}

TEST_CASE("n:* names the last message also when it is known (RFC 9051 section 9, seq-range)") {
  Resync resync({UidValidity(7), std::nullopt, UidSet({{8, 8}})}, Resync::Way::plain);
  hear(resync, {"* 1 EXISTS", "* OK [UIDVALIDITY 7] x"});
  CHECK(next(resync) == "UID FETCH 1:8 (UID FLAGS)");
  hear(resync, {"* 1 FETCH (UID 8 FLAGS ())"});
  CHECK(next(resync) == "UID FETCH 9:* (UID FLAGS)");
  hear(resync, {"* 1 FETCH (UID 8 FLAGS ())"});
  CHECK(next(resync) == "done");
  CHECK(resync.added().empty());
}

TEST_CASE("another UIDVALIDITY; a server that stopped having mod-sequences; a first visit") {
  Resync reset(kKnown, Resync::Way::qresync);
  hear(reset, {"* 1 EXISTS", "* OK [UIDVALIDITY 8] x", "* OK [UIDNEXT 3] x", "* OK [HIGHESTMODSEQ 1] x"});
  CHECK(next(reset) == "UID FETCH 1:* (UID FLAGS)");
  hear(reset, {"* 1 FETCH (UID 2 FLAGS ())"});
  CHECK(next(reset) == "done");
  CHECK(reset.is_reset());
  CHECK(set(reset.added()) == "2");
  CHECK(changed(reset) == "");
  CHECK(set(reset.vanished()) == "1:5,8");
  CHECK(reset.now() == KnownMailbox{UidValidity(8), ModSeq(1), UidSet({{2, 2}})});

  Resync without(kKnown, Resync::Way::condstore);
  hear(without, {"* 6 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [NOMODSEQ] x"});
  CHECK(next(without) == "UID FETCH 1:8 (UID FLAGS)");

  Resync first({}, Resync::Way::qresync);
  CHECK(said(first.select("INBOX", false)) == "SELECT \"INBOX\" (CONDSTORE)");
  hear(first, {"* 2 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [HIGHESTMODSEQ 5] x"});
  CHECK(next(first) == "UID FETCH 1:* (UID FLAGS)");
  hear(first, {"* 1 FETCH (UID 3 FLAGS ())", "* 2 FETCH (UID 9 FLAGS ())"});
  CHECK(next(first) == "done");
  CHECK(!first.is_reset());
  CHECK(first.now() == KnownMailbox{UidValidity(7), ModSeq(5), UidSet({{3, 3}, {9, 9}})});

  Resync empty({}, Resync::Way::plain);
  hear(empty, {"* 0 EXISTS", "* OK [UIDVALIDITY 7] x"});
  CHECK(next(empty) == "done");
}

TEST_CASE("messages that go during the visit") {
  Resync resync(kKnown, Resync::Way::qresync);
  hear(resync,
       {"* 6 EXISTS", "* OK [UIDVALIDITY 7] x", "* OK [UIDNEXT 9] x", "* OK [HIGHESTMODSEQ 101] x", "* 3 EXPUNGE"});
  CHECK(next(resync) == "UID SEARCH ALL");
  hear(resync, {"* SEARCH 1 2 4 5 8"});
  CHECK(next(resync) == "done");
  CHECK(set(resync.vanished()) == "3");
}
