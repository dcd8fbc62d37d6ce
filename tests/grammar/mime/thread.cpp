#include "posthorn/grammar/mime/thread.h"

#include <doctest/doctest.h>

using namespace posthorn;

namespace {
std::string base(View raw) { return mime::base_subject(raw).text; }
bool is_reply(View raw) { return mime::base_subject(raw).is_reply_or_forward; }

std::string repeated(View text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}
}  // namespace

TEST_CASE("thread: base subjects (each follows from the ABNF of RFC 5256 section 5)") {
  CHECK(base(" hello") == "hello");
  CHECK(base("Re: hello") == "hello");
  CHECK(base("RE : hello") == "hello");
  CHECK(base("Fw: re: Fwd:hello") == "hello");
  CHECK(base("Re[2]: hello") == "hello");
  CHECK(base("Re [2] : hello") == "hello");
  CHECK(base("[list] Re: hello") == "hello");
  CHECK(base("Re: [list] hello") == "hello");
  CHECK(base("[a] [b] Re: [c] hello") == "hello");
  CHECK(base("hello (fwd)") == "hello");
  CHECK(base("hello (fwd) (FWD) ") == "hello");
  CHECK(base("[Fwd: hello]") == "hello");
  CHECK(base("[fwd: Re: [list] hello (fwd)] (fwd)") == "hello");
  CHECK(base("[Fwd: [fwd: hello]]") == "hello");
  CHECK(base("hello\r\n\t  world") == "hello world");
  CHECK(base("=?utf-8?Q?Re=3A_h=C3=A4llo?=") == "h\xC3\xA4llo");
}

TEST_CASE("thread: a blob that is all there is stays") {
  CHECK(base("[list]") == "[list]");
  CHECK(base("[a][b]") == "[b]");
  CHECK(base("Re: [list] ") == "[list]");
  CHECK(base("[open hello") == "[open hello");
  CHECK(base("[a [b] hello") == "[a [b] hello");
  CHECK(base("[Fwd: hello") == "[Fwd: hello");
}

TEST_CASE("thread: what only looks like a leader stays") {
  CHECK(base("Rest: hello") == "Rest: hello");
  CHECK(base("Re hello") == "Re hello");
  CHECK(base("AW: hello") == "AW: hello");
  CHECK(base("hello Re: world") == "hello Re: world");
  CHECK(base("Re:") == "");
  CHECK(base("") == "");
  CHECK(base("(fwd)") == "");
}

TEST_CASE("thread: replies and forwards are known (RFC 5256 section 3)") {
  CHECK(is_reply("Re: a"));
  CHECK(is_reply("a (fwd)"));
  CHECK(is_reply("[Fwd: a]"));
  CHECK(!is_reply("a"));
  CHECK(!is_reply("[list] a"));
}

TEST_CASE("thread: long subjects cost linear time") {
  constexpr std::size_t kMany = 200'000;
  CHECK(base(repeated("[a]", kMany) + "x") == "x");
  CHECK(base(repeated("re:", kMany)).empty());
  CHECK(base(repeated("[fwd:", kMany) + "x" + repeated("]", kMany)) == "x");
  CHECK(base("x" + repeated("(fwd) ", kMany)) == "x");
  CHECK(base(repeated("[a]re:", kMany) + "x") == "x");
  CHECK(base(repeated("[", kMany)).size() == kMany);
}

TEST_CASE("thread: message ids") {
  using Ids = std::vector<std::string>;
  CHECK(mime::message_ids(" <1234@local.machine.example>") == Ids{"1234@local.machine.example"});
  // RFC 5322 appendix A.2.
  CHECK(mime::message_ids(" <1234@local.machine.example> <3456@example.net>") ==
        Ids{"1234@local.machine.example", "3456@example.net"});
  // RFC 5256 section 3 gives these two as the same.
  CHECK(mime::message_ids("<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>") ==
        mime::message_ids("<01KF8JCEOCBS0045PS@xxx.yyy.com>"));
  CHECK(mime::message_ids("<a@b>(comment <c@d>)\r\n\t<e@f>,<g@h>") == Ids{"a@b", "e@f", "g@h"});
  CHECK(mime::message_ids("Your message of \"Mon <x@y>\" <a@b>") == Ids{"a@b"});
  CHECK(mime::message_ids("<a@\r\n b>") == Ids{"a@b"});
  // RFC 5322 appendix A.5.
  CHECK(mime::message_ids("<1234   @   local(blah)  .machine .example>") == Ids{"1234@local.machine.example"});
  CHECK(mime::message_ids("<a(b)@c(d)> <e(f@g> <h(i)(j@k>") == Ids{"a@c", "e(f@g", "h(j@k"});
  CHECK(mime::message_ids("<no-at-sign>") == Ids{"no-at-sign"});
  CHECK(mime::message_ids("<\"a\\\"> b\"@c>") == Ids{"a\">b@c"});
  CHECK(mime::message_ids("<a@b <c@d>").size() == 1);
  CHECK(mime::message_ids("a@b, <>, <c@d").empty());
  CHECK(mime::message_ids("\" <a@b>") == Ids{"a@b"});
  CHECK(mime::message_ids("").empty());
  CHECK(mime::message_ids(repeated("<", 200'000)).empty());
  CHECK(mime::message_ids(repeated("<(", 200'000)).empty());
  CHECK(mime::message_ids("<" + repeated("(", 200'000) + ">").size() == 1);
  CHECK(mime::message_ids("<a" + repeated("()", 200'000) + ">") == Ids{"a"});
  CHECK(mime::message_ids(repeated("<a> ", 50'000)).size() == 50'000);
}

TEST_CASE("thread: the links of a message") {
  const auto links = mime::thread_links(
      "Message-ID: <3@x>\r\nSubject: Re: a\r\nIn-Reply-To: <2@x> <9@x>\r\nReferences: <1@x>\r\n <2@x>\r\n\r\n");
  CHECK(links.message_id == "3@x");
  CHECK(links.in_reply_to == std::vector<std::string>{"2@x", "9@x"});
  CHECK(links.ancestors() == std::vector<std::string>{"1@x", "2@x"});
  CHECK(links.subject.text == "a");
  CHECK(links.subject.is_reply_or_forward);
  CHECK(mime::thread_links("In-Reply-To: <2@x> <9@x>\r\nReferences: none\r\n\r\n").ancestors() ==
        std::vector<std::string>{"2@x"});
  CHECK(mime::thread_links("\r\n").ancestors().empty());
}
