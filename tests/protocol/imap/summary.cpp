#include "posthorn/protocol/imap/summary.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/testing/splits.h"

#include "protocol/imap/body_structure.h"
#include "protocol/imap/envelope.h"
#include "protocol/imap/section.h"

using namespace posthorn;
using imap::Summary;
using imap::SummaryBuilder;

namespace {
constexpr View kMail =
    "Received: from a\r\n\tby b\r\nDate: Mon, 7 Feb 1994 21:52:25 -0800 (PST)\r\nFrom: Fred Foobar "
    "<foobar@Blurdybloop.example>\r\nSubject: afternoon meeting 2\r\nTo: mooch@owatagu.siam.edu.example\r\n"
    "Message-Id: <B27397-0100000@Blurdybloop.example>\r\nX-Odd: 1\r\nReferences: <one@x>\r\n <two@x>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\nHello Joe, do you "
    "think we can meet at 3:30 tomorrow?\r\n--b\r\nContent-Type: image/png; name=x.png\r\nContent-Transfer-Encoding: "
    "base64\r\nContent-Disposition: attachment; filename=x.png\r\n\r\niVBORw0KGgo=\r\n--b--\r\n";

std::string made(View message, std::size_t piece = std::size_t{1} << 40U) {
  SummaryBuilder builder;
  for (std::size_t at = 0; at < message.size(); at += piece) builder.feed(message.substr(at, piece));
  return builder.finish();
}

mime::Outline outline_of(View message) {
  mime::Outliner outliner;
  outliner.feed(message);
  return outliner.finish();
}

template <class Write>
std::string written(Write write) {
  Buffer buffer;
  imap::Responder out(buffer, 1'000'000);
  write(out);
  return own(buffer.view());
}
}  // namespace

TEST_CASE("summary: it says what the message says") {
  const std::string octets = made(kMail);
  CHECK(octets.size() < 1'500);
  const auto summary = Summary::parse(octets);
  REQUIRE(summary.has_value());
  const std::size_t header = kMail.find("\r\n\r\n") + 4;
  CHECK(summary->header_octets() == header);
  CHECK(own(summary->envelope()) == written([&](auto& out) { imap::write_envelope(out, kMail.substr(0, header)); }));
  const auto outline = outline_of(kMail);
  CHECK(own(summary->structure()) ==
        written([&](auto& out) { imap::write_body_structure(out, outline, {.extensions = true}); }));
  CHECK(summary->body() ==
        written([&](auto& out) { imap::write_body_structure(out, outline, {.extensions = false}); }));
  CHECK(summary->envelope_is_ascii());
  CHECK(summary->structure_is_ascii());
  CHECK_FALSE(summary->has_global());
  REQUIRE(summary->preview().has_value());
  CHECK(*summary->preview() == "Hello Joe, do you think we can meet at 3:30 tomorrow?");
  const auto tree = mime::Outline::unpack(summary->tree());
  REQUIRE(tree.has_value());
  REQUIRE(tree->parts().size() == outline.parts().size());
  for (std::size_t i = 0; i < outline.parts().size(); ++i) {
    CHECK(tree->parts()[i].body == outline.parts()[i].body);
    CHECK(tree->parts()[i].end == outline.parts()[i].end);
    CHECK(tree->parts()[i].encoding == outline.parts()[i].encoding);
    CHECK(tree->parts()[i].subtype == outline.parts()[i].subtype);
  }
}

TEST_CASE("summary: fields that are asked for, and those of which it cannot tell") {
  const std::string octets = made(kMail);
  const auto summary = Summary::parse(octets);
  REQUIRE(summary.has_value());
  for (const View name : {"from", "TO", "Cc", "References", "Message-ID", "List-Id", "X-Absent", "Chat-Version"}) {
    CAPTURE(name);
    CHECK(summary->tells(name));
  }
  for (const View name : {"Received", "x-odd"}) CHECK_FALSE(summary->tells(name));
  const imap::Section section{.path = {}, .kind = imap::Section::Kind::fields, .names = {"references", "to", "cc"}};
  CHECK(imap::matching_fields(summary->fields(), section) == imap::matching_fields(kMail, section));
}

TEST_CASE("summary: any pieces give the same octets") {
  const std::string whole = made(kMail);
  for (std::size_t piece = 1; piece < kMail.size(); ++piece) CHECK(made(kMail, piece) == whole);
  CHECK(testing::for_every_split(kMail, [](auto&& feed) {
          SummaryBuilder builder;
          feed([&](View piece) { builder.feed(piece); });
          return builder.finish();
        }) == "");
}

TEST_CASE("summary: a builder makes one after the other") {
  SummaryBuilder builder;
  builder.feed(kMail);
  const std::string first = builder.finish();
  builder.feed("Subject: x\r\n\r\n");
  CHECK(builder.finish() == made("Subject: x\r\n\r\n"));
  builder.feed(kMail);
  CHECK(builder.finish() == first);
}

TEST_CASE("summary: odd messages") {
  for (const View message : {"", "\r\n", "\n", "Subject: no body", "no header at all\r\n\r\ntext", "A: 1\nB: 2\n\nx"}) {
    CAPTURE(message);
    const std::string octets = made(message);
    const auto summary = Summary::parse(octets);
    REQUIRE(summary.has_value());
    CHECK(own(summary->structure()) ==
          written([&](auto& out) { imap::write_body_structure(out, outline_of(message), {}); }));
    CHECK(own(summary->envelope()) ==
          written([&](auto& out) { imap::write_envelope(out, message.substr(0, summary->header_octets())); }));
  }
  CHECK(Summary::parse(made("A: 1\nB: 2\n\nx"))->header_octets() == 11);
  CHECK(Summary::parse(made("Subject: no body"))->header_octets() == 16);
}

TEST_CASE("summary: what is long is left out, and each limit holds") {
  const auto summary_of = [](const std::string& message) {
    static std::string octets;
    octets = made(message);
    CHECK(octets.size() <= imap::kMaxSummary);
    return Summary::parse(octets);
  };
  std::string many = "To: a@b.example";
  while (many.size() < imap::kMaxSummaryEnvelope) many += ",\r\n somebody@b.example";
  const auto recipients = summary_of(many + "\r\nSubject: s\r\n\r\nx");
  CHECK(recipients->envelope().empty());
  CHECK_FALSE(recipients->tells("To"));
  CHECK(recipients->tells("Subject"));
  CHECK_FALSE(recipients->structure().empty());

  const std::string field = "References: " + std::string(imap::kMaxSummaryField - 12, 'r');
  CHECK(summary_of(field + "\r\n\r\n")->tells("References"));
  CHECK_FALSE(summary_of(field + "r\r\n\r\n")->tells("References"));
  // Of three fields of this size the last does not fit: nothing is said of the name any more.
  CHECK(summary_of(field + "\r\n" + field + "\r\n\r\n")->tells("References"));
  CHECK_FALSE(summary_of(field + "\r\n" + field + "\r\n" + field + "\r\n\r\n")->tells("References"));

  std::string parts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 150; ++i) parts += "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nx\r\n";
  CHECK(summary_of(parts)->structure().empty());
  CHECK(summary_of(parts)->tree().empty());
  CHECK(summary_of(parts)->body().empty());

  std::string names;
  for (std::size_t i = 0; i < imap::kMaxSummaryNames / 2; ++i) names += "X-" + std::to_string(i) + ": 1\r\n";
  CHECK(summary_of(names + "\r\n")->tells("Subject"));
  for (std::size_t i = 0; i < 2 * imap::kMaxSummaryNames; ++i) names += "Y-" + std::to_string(i) + ": 1\r\n";
  CHECK_FALSE(summary_of(names + "\r\n")->tells("Subject"));

  std::string head = "Subject: s\r\n";
  while (head.size() < imap::kSummaryHead - 2) head += "X: y\r\n";
  head.resize(imap::kSummaryHead - 4);
  CHECK(summary_of(head + "\r\n\r\n" + "body").has_value());
  CHECK_FALSE(summary_of(head + "z\r\n\r\n" + "body").has_value());
}

TEST_CASE("summary: texts that are not ASCII, and messages inside that only newer clients look into") {
  const std::string eight = made("Subject: gr\xC3\xBC\xC3\x9F\r\n\r\nx");
  CHECK_FALSE(Summary::parse(eight)->envelope_is_ascii());
  CHECK(Summary::parse(eight)->structure_is_ascii());
  const std::string name = made("Content-Type: text/plain; name=\"gr\xC3\xBC\xC3\x9F\"\r\n\r\nx");
  CHECK_FALSE(Summary::parse(name)->structure_is_ascii());
  CHECK(Summary::parse(made("Content-Type: message/global\r\n\r\nSubject: in\r\n\r\nx"))->has_global());
}

TEST_CASE("summary: a preview is kept when nothing behind the head can change it") {
  const std::string text = "Subject: s\r\n\r\n" + std::string(300, 'x') + "\r\n" + std::string(100'000, 'y');
  CHECK(Summary::parse(made(text))->preview().has_value());
  const std::string late = "Content-Type: text/html\r\n\r\n<style>" + std::string(100'000, 'y') + "</style>late";
  CHECK_FALSE(Summary::parse(made(late))->preview().has_value());
}

TEST_CASE("summary: what is cut, changed or newer is none") {
  const std::string good = made(kMail);
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    const auto read = Summary::parse(View(good).substr(0, cut));
    CHECK_FALSE(read.has_value());
  }
  CHECK(Summary::parse(good + std::string(200, '\0')).has_value());
  CHECK_FALSE(Summary::parse(good + "x").has_value());
  std::string newer = good;
  newer[0] = 2;
  CHECK_FALSE(Summary::parse(newer).has_value());
  newer = good;
  newer[1] = static_cast<char>(0x10);
  CHECK_FALSE(Summary::parse(newer).has_value());
}

TEST_CASE("summary: the vector of docs/formats/summary.md") {
  CHECK(codec::hex_encode(made("Subject: s\r\nX-A: b\r\n\r\nHi\r\n")) ==
        "01081629284e494c20227322204e494c204e494c204e494c204e494c204e494c204e494c204e494c204e494c294a2822"
        "74657874222022706c61696e222028226368617273657422202275732d61736369692229204e494c204e494c20223762"
        "69742220342031204e494c204e494c204e494c204e494c2902391014010100047465787405706c61696e000016040100"
        "0c5375626a6563743a20730d0a0254bf024869");
}
