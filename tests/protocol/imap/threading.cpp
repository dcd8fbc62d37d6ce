#include "protocol/imap/threading.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/fold.h"

using namespace posthorn;
using namespace posthorn::imap;
using threading::Algorithm;

namespace {
struct Message {
  std::uint32_t number;
  View id;
  View references = "";
  View subject = "s";
  std::int64_t sent = -1;  // -1: the number
  std::int64_t arrival = 0;
};

std::string threads(Algorithm algorithm, const std::vector<Message>& messages) {
  threading::Threader threader(algorithm);
  for (const Message& m : messages) {
    std::string header = "Message-ID: <" + own(m.id) + ">\r\nSubject: " + own(m.subject) + "\r\nReferences:";
    for (View rest = m.references; !rest.empty();) {
      const View id = rest.substr(0, rest.find(' '));
      header += " <" + own(id) + ">";
      rest.remove_prefix(std::min(id.size() + 1, rest.size()));
    }
    const auto links = mime::thread_links(header + "\r\n\r\n");
    const auto at = [](std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); };
    threader.add(m.number, at(m.sent < 0 ? m.number : m.sent), at(m.arrival), links,
                 codec::fold_case(links.subject.text));
  }
  std::string out;
  for (const std::string& thread : threader.take_threads()) out += thread;
  return out;
}
std::string references(const std::vector<Message>& messages) { return threads(Algorithm::references, messages); }
}  // namespace

TEST_CASE("the example of RFC 5256 section 4: one message alone, one thread that branches") {
  CHECK(references({{2, "m2", "", "two"},
                    {3, "m3", "", "three"},
                    {4, "m4", "m3 m6", "Re: three"},
                    {6, "m6", "m3", "Re: three"},
                    {7, "m7", "m3 m6 m44", "Re: three"},
                    {23, "m23", "m3 m6 m4", "Re: three"},
                    {44, "m44", "m3 m6", "Re: three"},
                    {96, "m96", "m3 m6 m44 m7", "Re: three"}}) == "(2)(3 6 (4 23)(44 7 96))");
}

TEST_CASE("the second example: two siblings of a message that is not there") {
  CHECK(references({{3, "a", "gone"}, {5, "b", "gone"}}) == "((3)(5))");
  CHECK(references({{3, "a", "gone"}}) == "(3)");
  CHECK(references({{3, "a", "older gone"}, {5, "b", "older gone"}}) == "((3)(5))");
}

TEST_CASE("a message says of itself whom it follows; no loop is made") {
  CHECK(references({{1, "a", "b"}, {2, "b", "a"}}) == "(2 1)");
  CHECK(references({{1, "a", "a"}}) == "(1)");
  CHECK(references({{1, "a"}, {2, "b"}, {3, "c", "a b"}, {4, "b", "x", "else"}}) == "(1 2 3)(4)");
  CHECK(references({{1, "c", "a b"}, {2, "b", "x", "other"}, {3, "a", "", "third"}}) == "(2 1)(3)");
}

TEST_CASE("what has no id, or the id of another one, is on its own") {
  CHECK(references({{1, "a", "", "x"}, {2, "a", "", "y"}, {3, "b", "a", "z"}}) == "(1 3)(2)");
  CHECK(references({{1, "", "", "x"}, {2, "", "", "y"}}) == "(1)(2)");
}

TEST_CASE("base subjects join threads (step 5)") {
  // The current one is a reply, the one in the table is not.
  CHECK(references({{1, "a", "", "Topic"}, {2, "b", "", "Re: topic"}}) == "(1 2)");
  CHECK(references({{1, "a", "", "Re: topic"}, {2, "b", "", "Topic"}}) == "(2 1)");
  // Neither is a reply: both below a dummy; and a third one joins it.
  CHECK(references({{1, "a", "", "Topic"}, {2, "b", "", "Topic"}}) == "((1)(2))");
  CHECK(references({{1, "a", "", "Topic"}, {2, "b", "", "Topic"}, {3, "c", "", "topic"}}) == "((1)(2)(3))");
  // Two dummies become one.
  CHECK(references({{1, "a", "x", "t"}, {2, "b", "x", "t"}, {3, "c", "y", "t"}, {4, "d", "y", "t"}}) ==
        "((1)(2)(3)(4))");
  // A dummy in the table takes the other one in.
  CHECK(references({{1, "a", "x", "t"}, {2, "b", "x", "t"}, {3, "c", "", "t"}}) == "((1)(2)(3))");
  // No subject joins nothing.
  CHECK(references({{1, "a", "", ""}, {2, "b", "", ""}}) == "(1)(2)");
}

TEST_CASE("siblings go by their sent date") {
  CHECK(references({{1, "a", "", "x", 50}, {2, "b", "", "y", 40}, {3, "c", "a", "x", 70}, {4, "d", "a", "x", 60}}) ==
        "(2)(1 (4)(3))");
  CHECK(references({{1, "a", "", "x", 5}, {2, "b", "", "y", 5}}) == "(1)(2)");
}

TEST_CASE("ORDEREDSUBJECT: the first of a subject, and all others below it") {
  CHECK(threads(Algorithm::ordered_subject, {{1, "a", "", "Re: t", 30},
                                             {2, "b", "", "u", 20},
                                             {3, "c", "", "T", 10},
                                             {4, "d", "", "fwd: t", 40},
                                             {5, "e", "", "u", 50}}) == "(3 (1)(4))(2 5)");
}

TEST_CASE("REFS: subjects join nothing, the thread with the newest message comes last") {
  const std::vector<Message> some{{1, "a", "", "t", 1, 10}, {2, "b", "", "t", 2, 20}, {3, "c", "a", "t", 3, 30}};
  CHECK(threads(Algorithm::refs, some) == "(2)(1 3)");
  CHECK(references(some) == "((1 3)(2))");
}

TEST_CASE("long chains, in either direction, are threaded and written without recursion") {
  constexpr std::uint32_t kCount = 50'000;
  std::vector<std::string> ids;
  for (std::uint32_t i = 0; i <= kCount; ++i) ids.push_back("id" + std::to_string(i));
  for (const bool backwards : {false, true}) {
    threading::Threader threader(Algorithm::references);
    for (std::uint32_t i = 1; i <= kCount; ++i) {
      mime::ThreadLinks links;
      const std::uint32_t n = backwards ? kCount + 1 - i : i;
      links.message_id = ids[n];
      if (n > 1) links.references = {ids[n - 1]};
      threader.add(i, {}, {}, links, "s");
    }
    const auto out = threader.take_threads();
    REQUIRE(out.size() == 1);
    CHECK(std::count(out[0].begin(), out[0].end(), ' ') == kCount - 1);
  }
}
