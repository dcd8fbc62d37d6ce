#include "posthorn/protocol/imap/client_command.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/client_host.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {

/// A command as a server without extensions gets it, without tag and CRLF.
std::string said(const ClientCommand& command) {
  testing::ImapClientHost host;
  host.hear("* OK\r\n");
  CHECK(host.session.send(command));
  std::string out = host.run();
  CHECK(out.ends_with("\r\n"));
  out.resize(out.size() - 2);
  out.erase(0, out.find(' ') + 1);
  return out;
}

const std::vector<Range> kSet{{1, 3}, {7, 7}, {9, SequenceSet::kStar}};

}  // namespace

TEST_CASE("sets") {
  CHECK(format_set(kSet) == "1:3,7,9:*");
  CHECK(format_set({}) == "");
  const std::vector<Uid> uids{Uid(1), Uid(2), Uid(3), Uid(7), Uid(0xFFFFFFFF)};
  CHECK(format_set(ranges_of(uids)) == "1:3,7,4294967295");
}

TEST_CASE("commands as the RFCs write them") {
  CHECK(said(ask::select("INBOX")) == "SELECT \"INBOX\"");
  CHECK(said(ask::select("INBOX", {.read_only = true, .condstore = true})) == "EXAMINE \"INBOX\" (CONDSTORE)");
  // RFC 7162 section 3.2.5.
  CHECK(said(ask::select(
            "INBOX",
            {.qresync = ask::QResync{UidValidity(67890007), ModSeq(90060115194045000), {{41, 41}, {43, 211}}}})) ==
        "SELECT \"INBOX\" (QRESYNC (67890007 90060115194045000 41,43:211))");
  CHECK(said(ask::fetch(std::vector<Range>{{300, 500}}, "(FLAGS)", {true, ModSeq(12345), true})) ==
        "UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)");
  CHECK(said(ask::store(kSet, FlagChange::add, {8, {"$X"}}, {true, true, ModSeq(12121230045)})) ==
        "UID STORE 1:3,7,9:* (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted $X)");
  CHECK(said(ask::store(kSet, FlagChange::replace, {}, {false, false, {}})) == "STORE 1:3,7,9:* FLAGS ()");
  CHECK(said(ask::copy(kSet, "a", true)) == "UID COPY 1:3,7,9:* \"a\"");
  CHECK(said(ask::move(kSet, "a", false)) == "MOVE 1:3,7,9:* \"a\"");
  CHECK(said(ask::expunge()) == "EXPUNGE");
  CHECK(said(ask::expunge(kSet)) == "UID EXPUNGE 1:3,7,9:*");
  CHECK(said(ask::list("", "*",
                       {.subscribed = true,
                        .recursive_match = true,
                        .return_children = true,
                        .return_special_use = true,
                        .return_status = "MESSAGES"})) ==
        "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"*\" RETURN (CHILDREN SPECIAL-USE STATUS (MESSAGES))");
  CHECK(said(ask::list("", "%")) == "LIST \"\" \"%\"");
  CHECK(said(ask::search("UNSEEN", {.uid = true, .results = "MIN COUNT", .charset = "UTF-8"})) ==
        "UID SEARCH RETURN (MIN COUNT) CHARSET \"UTF-8\" UNSEEN");
  CHECK(said(ask::sort("(REVERSE DATE)", "UTF-8", "ALL", false)) == "SORT (REVERSE DATE) \"UTF-8\" ALL");
  CHECK(said(ask::thread("REFERENCES", "UTF-8", "ALL", true)) == "UID THREAD REFERENCES \"UTF-8\" ALL");
  CHECK(said(ask::id()) == "ID NIL");
  const std::vector<std::pair<std::string, std::string>> fields{{"name", "p"}, {"version", "1"}};
  CHECK(said(ask::id(fields)) == "ID (\"name\" \"p\" \"version\" \"1\")");
}

TEST_CASE("what is built, our own server's grammar takes") {
  const std::vector<std::pair<std::string, std::string>> fields{{"name", "p"}};
  for (const ClientCommand& command :
       {ask::select("a b"), ask::create("x"), ask::remove("x"), ask::rename("x", "y"), ask::subscribe("x"),
        ask::unsubscribe("x"), ask::list("", "*"), ask::lsub("", "*"), ask::status("x", "MESSAGES UIDNEXT"),
        ask::fetch(kSet, "(UID FLAGS BODY.PEEK[])"), ask::store(kSet, FlagChange::remove, {1, {}}),
        ask::copy(kSet, "x", false), ask::move(kSet, "x", false), ask::search("ALL"), ask::id(fields),
        ask::enable("IMAP4rev2"), ask::login("a", Secret(View("b")))}) {
    const std::string text = said(command);
    const std::size_t end = std::min(text.find(' '), text.size());
    const CommandSpec* row = find_command(all_commands(), View(text).substr(0, end));
    REQUIRE_MESSAGE(row != nullptr, text);
    Cursor c(View(text).substr(end));
    CHECK_MESSAGE(row->check(c), text);
  }
}
