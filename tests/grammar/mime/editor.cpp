#include "posthorn/grammar/mime/editor.h"

#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/content.h"
#include "posthorn/testing/fakes.h"

#include "mime_transcript.h"

using namespace posthorn;
using mime::Editor;
using mime::Entity;
using mime::Message;
using mime::PartId;

namespace {
/// What a message becomes.
template <class Edit>
std::string edited(const std::string& octets, Edit edit) {
  testing::SeededRandom random(3);
  const auto message = Message::index(octets);
  Editor editor(message, random);
  edit(editor);
  auto out = editor.finish();
  if (!out) FAIL(out.error().note);
  return *out;
}
template <class Edit>
Code error_of(const std::string& octets, Edit edit) {
  testing::SeededRandom random(3);
  const auto message = Message::index(octets);
  Editor editor(message, random);
  edit(editor);
  auto out = editor.finish();
  REQUIRE(!out);
  CHECK(out.error().blame == Blame::caller);
  return out.error().code;
}
std::string lf(std::string text) {
  std::erase(text, '\r');
  return text;
}
std::string tree(const std::string& octets) { return testing::tree(Message::index(octets)); }
Entity text(std::string octets) { return {.body = mime::TextBody{.text = std::move(octets)}}; }
std::string replaced(std::string text, View from, View to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string kTwo =
    "From: a@b.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n--x\r\n"
    "Content-Type: text/plain\r\n\r\none\r\n--x \r\nContent-Type: text/html\r\nX: "
    "y\r\n\r\n<p>two\r\n--x--\r\nepilogue\r\n";
}  // namespace

TEST_CASE("editor: nothing changed is the same octets") {
  for (const std::string& octets : {std::string(), std::string("a"), kTwo, lf(kTwo), std::string("\r\n\r\n")}) {
    CHECK(edited(octets, [](Editor&) {}) == octets);
  }
}

TEST_CASE("editor: fields above and below") {
  const auto both = [](Editor& e) {
    e.add_fields(PartId(0), "A: 1\r\nB: 2\r\n").add_fields(PartId(0), "Z: 9\r\n", Editor::Place::bottom);
  };
  CHECK(edited("Subject: x\r\n\r\nbody", both) == "A: 1\r\nB: 2\r\nSubject: x\r\nZ: 9\r\n\r\nbody");
  CHECK(edited("Subject: x\n\nbody", both) == "A: 1\nB: 2\nSubject: x\nZ: 9\n\nbody");
  CHECK(edited("", both) == "A: 1\r\nB: 2\r\nZ: 9\r\n");
  CHECK(edited("\r\nbody", both) == "A: 1\r\nB: 2\r\nZ: 9\r\n\r\nbody");
  CHECK(edited("Subject: x", both) == "A: 1\r\nB: 2\r\nSubject: x\r\nZ: 9\r\n");
  CHECK(edited("From me Mon Jan  1\nSubject: x\n\n", both) == "From me Mon Jan  1\nA: 1\nB: 2\nSubject: x\nZ: 9\n\n");
  // A line that continues nothing must not continue what is put above it.
  CHECK(edited(" stray\r\nSubject: x\r\n\r\n", both) == " stray\r\nA: 1\r\nB: 2\r\nSubject: x\r\nZ: 9\r\n\r\n");
  CHECK(edited(kTwo, [](Editor& e) { e.add_fields(PartId(2), "A: b\r\n"); }) ==
        replaced(kTwo, "Content-Type: text/html", "A: b\r\nContent-Type: text/html"));
}

TEST_CASE("editor: fields replaced and removed, with all their lines") {
  const std::string octets = "X: 1\r\n more\r\nSubject: x\r\nx : 2\r\nY: 3\r\n\r\nbody\r\n";
  CHECK(edited(octets, [](Editor& e) { e.remove_fields(PartId(0), "x"); }) == "Subject: x\r\nY: 3\r\n\r\nbody\r\n");
  CHECK(edited(octets, [](Editor& e) { e.replace_fields(PartId(0), "X", "N: 1\r\nM: 2\r\n"); }) ==
        "N: 1\r\nM: 2\r\nSubject: x\r\nY: 3\r\n\r\nbody\r\n");
  CHECK(edited(octets, [](Editor& e) { e.replace_fields(PartId(0), "New", "New: 1\r\n"); }) ==
        "X: 1\r\n more\r\nSubject: x\r\nx : 2\r\nY: 3\r\nNew: 1\r\n\r\nbody\r\n");
  CHECK(edited(octets, [](Editor& e) { e.remove_fields(PartId(0), "none"); }) == octets);
  CHECK(edited("Y: 1\r\n\r\n", [](Editor& e) {
          e.replace_fields(PartId(0), "X", "X: 1\r\n").replace_fields(PartId(0), "x", "X: 2\r\n");
        }) == "Y: 1\r\nX: 2\r\n\r\n");
  CHECK(edited("X: 1", [](Editor& e) { e.remove_fields(PartId(0), "X"); }).empty());
}

TEST_CASE("editor: what is no field is refused") {
  for (const View bad : {"x", "A: b", "A: b\n", "A: b\r\n\r\n", " A: b\r\n", "A: b\r\nx\r\n", "\r\n",
                         "A: b\r\n\r\nC: d\r\n", "A: b\n c\r\n", "A: b\r\n \r\n d\r\n", "--x: y\r\n"}) {
    CAPTURE(bad);
    CHECK(error_of(kTwo, [&](Editor& e) { e.add_fields(PartId(0), bad); }) == Code::misuse);
    CHECK(error_of(kTwo, [&](Editor& e) { e.replace_fields(PartId(0), "From", bad); }) == Code::misuse);
  }
  CHECK(error_of(kTwo, [](Editor& e) { e.add_fields(PartId(9), "A: b\r\n"); }) == Code::misuse);
}

TEST_CASE("editor: another body") {
  CHECK(
      edited("From: a@b.test\r\nContent-Type: text/html;\r\n charset=x\r\nSubject: s\r\n"
             "Content-Transfer-Encoding: base64\r\n\r\nPHA+\r\n",
             [](Editor& e) { e.replace_body(PartId(0), text("new\n")); }) ==
      "From: a@b.test\r\nContent-Type: text/plain; charset=us-ascii\r\nSubject: s\r\nMIME-Version: 1.0\r\n\r\nnew\r\n");
  CHECK(edited(kTwo, [](Editor& e) { e.replace_body(PartId(1), text("new")); }) ==
        replaced(kTwo, "Content-Type: text/plain\r\n\r\none", "Content-Type: text/plain; charset=us-ascii\r\n\r\nnew"));
  CHECK(edited(lf(kTwo), [](Editor& e) { e.replace_body(PartId(2), text("new caf\xC3\xA9\n")); }) ==
        replaced(lf(kTwo), "Content-Type: text/html\nX: y\n\n<p>two",
                 "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\nX: y\n\nnew "
                 "caf=C3=A9\n"));
  // A header without an end, and one without a body before a delimiter.
  CHECK(edited("Subject: s", [](Editor& e) { e.replace_body(PartId(0), text("new")); }) ==
        "Subject: s\r\nContent-Type: text/plain; charset=us-ascii\r\nMIME-Version: 1.0\r\n\r\nnew\r\n");
  const std::string bare = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nX: y\r\n--x--\r\n";
  const std::string filled = edited(bare, [](Editor& e) { e.replace_body(PartId(1), text("new")); });
  CHECK(filled ==
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nX: y\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\nnew\r\n--x--\r\n");
  CHECK(error_of(kTwo, [](Editor& e) { e.replace_body(PartId(1), {.header = "A: b\r\n"}); }) == Code::misuse);
}

TEST_CASE("editor: parts replaced, removed and added") {
  const auto new_part = Entity{.header = "X: new\r\n", .body = mime::TextBody{.text = "new"}};
  CHECK(edited(kTwo, [&](Editor& e) { e.replace_part(PartId(1), new_part); }) ==
        replaced(kTwo, "Content-Type: text/plain\r\n\r\none",
                 "X: new\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nnew"));
  CHECK(edited(kTwo, [](Editor& e) { e.remove_part(PartId(1)); }) ==
        replaced(kTwo, "--x\r\nContent-Type: text/plain\r\n\r\none\r\n", ""));
  CHECK(edited(kTwo, [](Editor& e) { e.remove_part(PartId(2)); }) ==
        replaced(kTwo, "--x \r\nContent-Type: text/html\r\nX: y\r\n\r\n<p>two\r\n", ""));
  CHECK(tree(edited(kTwo, [](Editor& e) { e.remove_part(PartId(2)).remove_part(PartId(1)); })) ==
        "multipart/mixed(text/plain)");
  CHECK(edited(kTwo, [&](Editor& e) { e.add_part(PartId(0), new_part).add_part(PartId(0), text("last")); }) ==
        replaced(kTwo, "--x--\r\n",
                 "--x\r\nX: new\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nnew\r\n--x\r\n"
                 "Content-Type: text/plain; charset=us-ascii\r\n\r\nlast\r\n--x--\r\n"));
  CHECK(error_of(kTwo, [](Editor& e) { e.remove_part(PartId(0)); }) == Code::misuse);
  CHECK(error_of(kTwo, [](Editor& e) { e.remove_part(PartId(1)).remove_part(PartId(1)); }) == Code::conflict);
  CHECK(error_of(kTwo, [](Editor& e) { e.remove_part(PartId(1)).add_fields(PartId(1), "A: b\r\n"); }) ==
        Code::conflict);
  CHECK(error_of(kTwo, [](Editor& e) { e.add_part(PartId(1), text("x")); }) == Code::misuse);
}

TEST_CASE("editor: a multipart that nothing closes") {
  const std::string open = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\n\r\ntwo\r\n";
  const std::string added =
      edited(open, [](Editor& e) { e.add_part(PartId(0), text("3")).add_part(PartId(0), text("4")); });
  CHECK(added == open +
                     "\r\n--x\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n3"
                     "\r\n--x\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n4\r\n--x--\r\n");
  const std::string removed = edited(open, [](Editor& e) { e.remove_part(PartId(2)); });
  CHECK(removed == "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x--\r\n");
  const std::string both = edited(open, [](Editor& e) { e.add_part(PartId(0), text("3")).remove_part(PartId(2)); });
  CHECK(both ==
        "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n3\r\n--x--\r\n");
  // Inside another one, and without a line end of its own.
  const std::string inner = "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n" + open + "--o--\r\n";
  CHECK(tree(edited(inner, [](Editor& e) { e.add_part(PartId(1), text("3")); })) ==
        "multipart/mixed(multipart/mixed(text/plain,text/plain,text/plain))");
  const std::string cut = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x";
  CHECK(tree(edited(cut, [](Editor& e) { e.replace_part(PartId(1), text("new")); })) == "multipart/mixed(text/plain)");
}

TEST_CASE("editor: an attachment") {
  const Entity file{.body = mime::DataBody{.octets = "pdf", .type = "application/pdf"}, .file_name = "a.pdf"};
  const auto attach = [&](Editor& e) { e.attach(PartId(0), file); };
  CHECK(tree(edited(kTwo, attach)) == "multipart/mixed(text/plain,text/html,application/pdf)");
  const std::string simple =
      "Content-Type: text/html\r\nSubject: s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>\xC3\xBC\r\n";
  const std::string octets = edited(simple, attach);
  const auto message = Message::index(octets);
  CHECK(tree(octets) == "multipart/mixed(text/html,application/pdf)");
  CHECK(message.defects().empty());
  CHECK(message.header(PartId(1)) == "Content-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
  CHECK(message.body(PartId(1)) == "<p>\xC3\xBC\r\n");
  CHECK(
      message.header(PartId(0)).contains("Content-Transfer-Encoding: 8bit\r\nSubject: s\r\nMIME-Version: 1.0\r\n\r\n"));
  const std::string twice = edited(simple, [&](Editor& e) { e.attach(PartId(0), file).attach(PartId(0), text("2")); });
  CHECK(tree(twice) == "multipart/mixed(text/html,application/pdf,text/plain)");
  CHECK(tree(edited("", attach)) == "multipart/mixed(text/plain,application/pdf)");
  CHECK(tree(edited("Subject: s", attach)) == "multipart/mixed(text/plain,application/pdf)");
  CHECK(error_of(kTwo, [&](Editor& e) { e.attach(PartId(1), file); }) == Code::misuse);
  // A message inside: the one around it grows.
  const std::string outer = "Content-Type: message/rfc822\n\n" + lf(simple);
  CHECK(tree(edited(outer, [&](Editor& e) { e.attach(PartId(1), file); })) ==
        "message/rfc822(multipart/mixed(text/html,application/pdf))");
}

TEST_CASE("editor: what is put in cannot end what is around it") {
  const std::string hostile = "a\n--x\nContent-Type: text/html\n\n<script>\n--x--\n";
  const std::string octets = edited(kTwo, [&](Editor& e) { e.replace_part(PartId(1), text(hostile)); });
  CHECK(tree(octets) == "multipart/mixed(text/plain,text/html)");
  CHECK(lf(mime::decode_text(Message::index(octets), PartId(1))) == hostile);
  CHECK(error_of(kTwo, [&](Editor& e) { e.replace_part(PartId(1), {.body = mime::MessageBody{hostile}}); }) ==
        Code::conflict);
}

TEST_CASE("editor: encodings of what is around follow (RFC 2045 section 6.4)") {
  const Entity inside{.body = mime::MessageBody{"Subject: s\r\n\r\n\xC3\xBC\r\n"}};
  const std::string octets = edited(kTwo, [&](Editor& e) { e.replace_part(PartId(1), inside); });
  CHECK(Message::index(octets).part(PartId(0)).encoding == mime::Encoding::eight_bit);
  CHECK(Message::index(octets).part(PartId(1)).encoding == mime::Encoding::eight_bit);
}

TEST_CASE("editor: which signatures break") {
  const std::string content = "Content-Type: text/plain\r\n\r\nsigned\r\n";
  const std::string octets =
      "Subject: s\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/signed; "
      "boundary=i\r\n"
      "\r\n--i\r\n" +
      content +
      "\r\n--i\r\nContent-Type: application/pgp-signature\r\n\r\nsignature\r\n--i--\r\n--o\r\n\r\nother\r\n--o--\r\n";
  const auto broken = [&](auto edit) {
    testing::SeededRandom random(3);
    const auto message = Message::index(octets);
    Editor editor(message, random);
    edit(editor);
    const auto out = editor.finish();
    REQUIRE(out);
    CHECK(out->contains("--i\r\n" + content) == editor.broken_signatures().empty());
    return editor.broken_signatures();
  };
  CHECK(broken([](Editor& e) { e.add_fields(PartId(0), "A: b\r\n").replace_body(PartId(4), text("x")); }).empty());
  CHECK(broken([](Editor& e) { e.attach(PartId(0), text("x")).remove_part(PartId(4)); }).empty());
  CHECK(broken([](Editor& e) { e.add_fields(PartId(1), "A: b\r\n"); }).empty());
  CHECK(broken([](Editor& e) { e.add_fields(PartId(2), "A: b\r\n"); }) == std::vector{PartId(1)});
  CHECK(broken([](Editor& e) { e.attach(PartId(0), text("x")); }).empty());
  CHECK(broken([](Editor& e) { e.remove_fields(PartId(2), "X-None"); }).empty());
  CHECK(broken([](Editor& e) { e.replace_body(PartId(2), text("x")); }) == std::vector{PartId(1)});
  const auto told = [&](auto edit) {  // the content is as it was, but what is around it is not
    testing::SeededRandom random(3);
    const auto message = Message::index(octets);
    Editor editor(message, random);
    edit(editor);
    return editor.broken_signatures();
  };
  CHECK(told([](Editor& e) { e.replace_body(PartId(3), text("x")); }) == std::vector{PartId(1)});
  CHECK(told([](Editor& e) { e.remove_part(PartId(3)); }) == std::vector{PartId(1)});
  CHECK(told([](Editor& e) { e.add_part(PartId(1), text("x")); }) == std::vector{PartId(1)});
  CHECK(told([](Editor& e) { e.replace_fields(PartId(3), "Content-Type", "Content-Type: text/html\r\n"); }) ==
        std::vector{PartId(1)});
  CHECK(told([](Editor& e) { e.remove_fields(PartId(1), "Content-Type"); }) == std::vector{PartId(1)});
  CHECK(told([](Editor& e) { e.replace_body(PartId(1), text("x")); }).empty());
}

TEST_CASE("editor: several changes of one message") {
  const Entity file{.body = mime::DataBody{.octets = "pdf", .type = "application/pdf"}};
  const auto both = [&](Editor& e) { e.attach(PartId(0), file).replace_body(PartId(0), text("new")); };
  for (const std::string& octets : {std::string("Subject: s\r\n\r\nold\r\n"),
                                    std::string("Content-Type: text/html\r\nContent-MD5: x\r\n\r\nold"), kTwo}) {
    const std::string out = edited(octets, both);
    CHECK(tree(out) == "multipart/mixed(text/plain,application/pdf)");
    CHECK(Message::index(out).defects().empty());
    CHECK(mime::decode_text(Message::index(out), PartId(1)) == "new");
    CHECK_FALSE(out.contains("Content-MD5"));
  }
  CHECK(error_of("\r\n", [&](Editor& e) { e.replace_body(PartId(0), text("1")).replace_body(PartId(0), text("2")); }) ==
        Code::conflict);
  CHECK(error_of(kTwo, [&](Editor& e) { e.replace_body(PartId(0), text("1")).add_fields(PartId(1), "A: b\r\n"); }) ==
        Code::conflict);
  CHECK(tree(edited(kTwo, [&](Editor& e) {
          e.remove_part(PartId(1)).remove_part(PartId(2)).add_part(PartId(0), file);
        })) == "multipart/mixed(application/pdf)");
  const std::string nested = "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nbody\r\n";
  const std::string out = edited(nested, [&](Editor& e) {
    e.attach(PartId(0), file).attach(PartId(1), text("2")).add_fields(PartId(1), "A: b\r\n");
  });
  CHECK(tree(out) == "multipart/mixed(message/rfc822(multipart/mixed(text/plain,text/plain)),application/pdf)");
  CHECK(mime::find_field(Message::index(out).header(PartId(2)), "A"));
}

TEST_CASE("editor: multiparts that nothing closes, inside each other") {
  const std::string open =
      "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/mixed; "
      "boundary=i\r\n\r\n--i\r\n\r\nx\r\n";
  const auto twice = [](Editor& e) { e.add_part(PartId(0), text("outer")).add_part(PartId(1), text("inner")); };
  const std::string out = edited(open, twice);
  CHECK(tree(out) == "multipart/mixed(multipart/mixed(text/plain,text/plain),text/plain)");
  CHECK(Message::index(out).body(PartId(3)) == "inner");
}

TEST_CASE("editor: a body in the place of the old one") {
  testing::SeededRandom random(3);
  const auto message = Message::index(kTwo);
  Editor editor(message, random, {.eight_bit = true});
  const std::string out = *editor.replace_body(PartId(0), text("caf\xC3\xA9")).finish();
  CHECK(Message::index(out).defects().size() == 0);
  CHECK(out.find("8bit") == out.rfind("8bit"));
  // The message itself may go into its own body.
  CHECK(tree(edited(kTwo, [](Editor& e) { e.replace_body(PartId(0), {.body = mime::MessageBody{kTwo}}); })) ==
        "message/rfc822(multipart/mixed(text/plain,text/html))");
}

TEST_CASE("editor: no message that is put in can take what follows it") {
  for (const std::string inner : {"Content-Type: multipart/mixed; boundary=x\r\n\r\nhi",
                                  "Content-Type: multipart/mixed; boundary=\"x--\"\r\n\r\nhi"}) {
    CHECK(error_of(kTwo, [&](Editor& e) { e.replace_part(PartId(1), {.body = mime::MessageBody{inner}}); }) ==
          Code::conflict);
    CHECK(error_of(kTwo, [&](Editor& e) { e.add_part(PartId(0), {.body = mime::VerbatimBody{inner}}); }) ==
          Code::conflict);
  }
}

TEST_CASE("editor: labels stay true when a body is replaced and something attached") {
  testing::SeededRandom random(3);
  const Entity pdf{.body = mime::DataBody{.octets = "pdf", .type = "application/pdf"}};
  const std::string octets = "Subject: s\r\n\r\nold\r\n";
  const auto message = Message::index(octets);
  Editor editor(message, random, {.eight_bit = true});
  const std::string out = *editor.replace_body(PartId(0), text("caf\xC3\xA9")).attach(PartId(0), pdf).finish();
  CHECK(Message::index(out).part(PartId(0)).encoding == mime::Encoding::eight_bit);
  CHECK(Message::index(out).part(PartId(1)).encoding == mime::Encoding::eight_bit);
  // An attachment says nothing of the body beside it.
  const std::string alternative = "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n";
  const Entity eight{.body = mime::MessageBody{"Subject: s\r\n\r\n\xC3\xBC\r\n"}};
  const std::string wrapped = edited(alternative, [&](Editor& e) { e.attach(PartId(0), eight); });
  CHECK(Message::index(wrapped).part(PartId(0)).encoding == mime::Encoding::eight_bit);
  CHECK(Message::index(wrapped).header(PartId(1)) == "Content-Type: multipart/alternative; boundary=x\r\n\r\n");
}

TEST_CASE("editor: fields of a body are not changed beside it") {
  const Entity pdf{.body = mime::DataBody{.octets = "pdf", .type = "application/pdf"}};
  const View html = "Content-Type: text/html\r\n";
  CHECK(error_of(kTwo, [&](Editor& e) { e.add_fields(PartId(0), html).attach(PartId(0), pdf); }) == Code::conflict);
  CHECK(error_of(kTwo, [&](Editor& e) { e.replace_fields(PartId(0), "Subject", html).attach(PartId(0), pdf); }) ==
        Code::conflict);
  CHECK(error_of(kTwo, [&](Editor& e) {
          e.replace_fields(PartId(0), "Content-Type", html).add_part(PartId(0), pdf);
        }) == Code::conflict);
  CHECK(error_of(kTwo, [&](Editor& e) {
          e.add_fields(PartId(1), "Content-Transfer-Encoding: base64\r\n").replace_body(PartId(1), text("x"));
        }) == Code::conflict);
  const std::string out = edited("Subject: s\r\n\r\n", [&](Editor& e) {
    e.add_fields(PartId(0), "MIME-Version: 1.0\r\n").attach(PartId(0), pdf);
  });
  CHECK(out.find("MIME-Version") == out.rfind("MIME-Version"));
  // What the old body was called goes with it.
  CHECK(edited("Content-Disposition: attachment; filename=a.exe\r\nContent-ID: <a@b>\r\n\r\nx\r\n", [](Editor& e) {
          e.replace_body(PartId(0), text("gone\n"));
        }) == "Content-Type: text/plain; charset=us-ascii\r\nContent-ID: <a@b>\r\nMIME-Version: 1.0\r\n\r\ngone\r\n");
}

TEST_CASE("editor: ends of messages that nothing closes") {
  const std::string open = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na";
  const std::string out =
      edited(open, [](Editor& e) { e.replace_body(PartId(1), text("new")).add_part(PartId(0), text("z")); });
  CHECK(Message::index(out).body(PartId(1)) == "new");
  const std::string same =
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; "
      "boundary=x\r\n\r\n--x\r\n\r\na\r\n";
  CHECK(error_of(same, [](Editor& e) { e.attach(PartId(0), text("z")); }) == Code::conflict);
  const std::string cut = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x";
  CHECK(Message::index(edited(cut, [](Editor& e) {
          e.replace_part(PartId(1), {.body = mime::VerbatimBody{"\r\nhello"}});
        })).body(PartId(1)) == "hello\r\n");
  const std::string cr = "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nabc\r";
  CHECK(Message::index(edited(cr, [](Editor& e) { e.add_part(PartId(0), text("z")); })).body(PartId(1)) == "abc\r");
  CHECK(tree(edited(replaced(kTwo, "mixed", "alternative"), [](Editor& e) {
          e.remove_part(PartId(1)).remove_part(PartId(2)).attach(PartId(0), text("z"));
        })) == "multipart/mixed(multipart/alternative(text/plain),text/plain)");
}
