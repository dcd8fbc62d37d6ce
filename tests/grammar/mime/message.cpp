#include "posthorn/grammar/mime/message.h"

#include <doctest/doctest.h>

#include "mime_transcript.h"
#include "shared_data.h"

using namespace posthorn;

namespace {
constexpr View kNested =
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\ntwo\r\n--c--\r\n--b--\r\n";

std::string escaped(View text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      default: out += c;
    }
  }
  return out;
}

/// The parts as the published trees write them, without preambles and epilogues.
std::string tree(const testing::Recorder& r, std::size_t id, View element) {
  const auto& seen = r.parts[id];
  std::string out = "<" + std::string(element) + ">\n<header>\n";
  for (std::size_t at = 0; at < seen.fields.size();) {
    const std::size_t end = seen.fields.find("|\n", at);
    std::string field = seen.fields.substr(at, end - at);
    field[field.find('|')] = ':';
    out += "<field>\n" + escaped(field) + "</field>\n";
    at = end + 2;
  }
  out += "</header>\n";
  std::string inner;
  for (const auto& child : r.parts) {
    if (child.part.parent.value() != id || child.part.id.value() == id) continue;
    inner += tree(r, child.part.id.value(), seen.part.is_multipart() ? "body-part" : "message");
  }
  if (seen.part.is_multipart() && !seen.part.boundary.empty()) {
    out += "<multipart>\n" + inner + "</multipart>\n";
  } else {
    out += inner.empty() ? "<body>\n" + escaped(seen.body) + "</body>\n" : inner;
  }
  return out + "</" + std::string(element) + ">\n";
}

std::string without(std::string text, const std::string& element) {
  for (std::size_t at = text.find("<" + element + ">"); at != std::string::npos; at = text.find("<" + element + ">")) {
    text.erase(at, text.find("</" + element + ">", at) + element.size() + 4 - at);
  }
  return text;
}

/// Without line ends beside tags: the trees put them there freely.
std::string squeezed(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') continue;
    if (text[i] == '\n' && (out.ends_with('>') || i + 1 == text.size() || text[i + 1] == '<')) continue;
    out += text[i];
  }
  return out;
}
}  // namespace

TEST_CASE("message: the index is what the parser says") {
  const auto message = mime::Message::index(kNested);
  REQUIRE(message.parts().size() == 5);
  CHECK(kNested.substr(message.parts()[1].body, message.parts()[1].end - message.parts()[1].body) == "one");
  CHECK(kNested.substr(message.parts()[4].body, message.parts()[4].end - message.parts()[4].body) == "two");
  CHECK(message.parts()[2].is_message());
  CHECK(message.defects().empty());
  CHECK(message.body(mime::PartId(4)) == "two");
  CHECK(message.header(mime::PartId(2)) == "Content-Type: message/rfc822\r\n\r\n");
  CHECK(message.children(mime::PartId(0)).size() == 2);
  CHECK(message.children(mime::PartId(0))[1] == mime::PartId(2));
  CHECK(message.children(mime::PartId(4)).empty());
}

TEST_CASE("outline: children and header fields of each part") {
  mime::Outline outline;
  outline.feed(kNested);
  outline.finish();
  REQUIRE(outline.parts().size() == 5);
  CHECK(outline.children(mime::PartId(0)).size() == 2);
  CHECK(outline.children(mime::PartId(2))[0] == mime::PartId(3));
  CHECK(outline.header(mime::PartId(3)) == "Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n");
  CHECK(outline.header(mime::PartId(1)).empty());
}

TEST_CASE("outline: no more header octets than there is room for") {
  mime::Outline outline({}, 20);
  outline.feed("Subject: a\r\nX: " + std::string(100, 'x') + "\r\nTo: b\r\n\r\n");
  outline.finish();
  CHECK(outline.header(mime::PartId(0)) == "Subject: a\r\nTo: b\r\n");
}

TEST_CASE("message: published messages and trees of mime4j") {
  const auto root = testing::shared_data("mime/mime4j");
  if (!root) return;
  int same = 0;
  int all = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*root)) {
    if (entry.path().extension() != ".msg") continue;
    auto published = entry.path();
    published.replace_extension(".xml");
    if (!std::filesystem::exists(published)) continue;
    ++all;
    testing::Recorder recorder;
    mime::Parser parser(recorder, {});
    parser.feed(testing::read_whole_file(entry.path()));
    parser.finish();
    const std::string ours = squeezed(tree(recorder, 0, "message"));
    const std::string theirs = squeezed(without(without(testing::read_whole_file(published), "preamble"), "epilogue"));
    if (ours == theirs) {
      ++same;
    } else {
      std::size_t at = 0;
      while (at < ours.size() && at < theirs.size() && ours[at] == theirs[at]) ++at;
      const std::size_t from = at - std::min<std::size_t>(at, 60);
      MESSAGE(entry.path().filename().string()
              << "\nours: " << ours.substr(from, 140) << "\ntheirs: " << theirs.substr(from, 140));
    }
  }
  MESSAGE(same << " of " << all << " trees are equal");
  // The others: base64 on message/rfc822, which RFC 2046 section 5.2.1 forbids and we keep closed; spaces at the end of
  // a boundary; text before the empty line; a name with a space before its colon, which they spell with it.
  CHECK(same >= 69);
}
