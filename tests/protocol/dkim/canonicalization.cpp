#include "posthorn/protocol/dkim/canonicalization.h"

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/grammar/frame/text.h"
#include "posthorn/protocol/dkim/signed_header.h"
#include "posthorn/testing/splits.h"

#include "shared_data.h"

namespace posthorn::dkim {
namespace {

std::string in_pieces(Canonicalization how, const std::vector<std::string>& pieces) {
  BodyCanonicalizer canonicalizer(how);
  std::string out;
  for (View chunk : pieces) {
    for (View piece = canonicalizer.next(chunk); !piece.empty(); piece = canonicalizer.next(chunk)) out += piece;
  }
  for (View piece = canonicalizer.finish(); !piece.empty(); piece = canonicalizer.finish()) out += piece;
  return out;
}

/// The same however it is cut.
std::string body_in(Canonicalization how, View body) {
  CHECK(testing::for_every_split(body, [&](auto&& feed) {
          std::vector<std::string> pieces;
          feed([&](View chunk) { pieces.emplace_back(chunk); });
          return in_pieces(how, pieces);
        }).empty());
  return in_pieces(how, {own(body)});
}

std::string field_in(Canonicalization how, View field) {
  std::string out;
  append_field(how, field, out);
  return out;
}

// RFC 6376 section 3.4.5.
TEST_CASE("the examples of the RFC") {
  const std::array fields{View("A: X\r\n"), View("B : Y\t\r\n\tZ  \r\n")};
  const View body = " C \r\nD \t E\r\n\r\n\r\n";
  CHECK(field_in(Canonicalization::relaxed, fields[0]) == "a:X\r\n");
  CHECK(field_in(Canonicalization::relaxed, fields[1]) == "b:Y Z\r\n");
  CHECK(field_in(Canonicalization::simple, fields[0]) == fields[0]);
  CHECK(field_in(Canonicalization::simple, fields[1]) == fields[1]);
  CHECK(body_in(Canonicalization::relaxed, body) == " C\r\nD E\r\n");
  CHECK(body_in(Canonicalization::simple, body) == " C \r\nD \t E\r\n");
}

// RFC 6376 sections 3.4.3 and 3.4.4.
TEST_CASE("bodies that are empty or not ended") {
  for (const View body : {"", "\r\n", "\r\n\r\n\r\n"}) {
    CHECK(body_in(Canonicalization::simple, body) == "\r\n");
    CHECK(body_in(Canonicalization::relaxed, body) == "");
  }
  CHECK(body_in(Canonicalization::relaxed, " \t\r\n  \r\n") == "");
  CHECK(body_in(Canonicalization::simple, " \r\n") == " \r\n");
  CHECK(body_in(Canonicalization::simple, "a") == "a\r\n");
  CHECK(body_in(Canonicalization::relaxed, "a \t") == "a \r\n");
}

TEST_CASE("only CRLF ends a line") {
  CHECK(body_in(Canonicalization::simple, "a\n\n") == "a\n\n\r\n");
  CHECK(body_in(Canonicalization::simple, "a\r\r\n\r") == "a\r\r\n\r\r\n");
  CHECK(body_in(Canonicalization::relaxed, "a \r b \n\r\n") == "a \r b \n\r\n");
  CHECK(body_in(Canonicalization::relaxed, "a\r\n \t\r\r\n") == "a\r\n \r\r\n");
}

TEST_CASE("many lines are held back and come again") {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "\r\n";
  for (const Canonicalization how : {Canonicalization::simple, Canonicalization::relaxed})
    CHECK(in_pieces(how, {"a", lines, "b\r\n", lines}) == "a" + lines + "b\r\n");
}

TEST_CASE("white space at every place of a long text") {
  for (std::size_t at = 0; at < 200; ++at) {
    for (const auto& [space, made] : {std::pair("  ", " "), {"\t", " "}, {" \t", " "}, {" ", " "}, {" \r\n", "\r\n"}}) {
      const std::string before(at, 'x');
      const std::string after(150, 'y');
      CHECK(in_pieces(Canonicalization::relaxed, {before + space + after}) == before + made + after + "\r\n");
    }
  }
}

// The published cases: simple and relaxed forms of whole messages, header and body.
TEST_CASE("published canonical forms") {
  const auto folder = testing::shared_data("dkim/canonicalization");
  if (!folder) return;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("email.")) continue;
    const std::string message = frame::with_crlf(testing::read_whole_file(entry.path()));
    const std::size_t end = message.starts_with("\r\n") ? 0 : std::min(message.find("\r\n\r\n"), message.size());
    const View header = View(message).substr(0, end == message.size() ? end : end + 2);
    const View body = end == message.size() ? View() : View(message).substr(end + 4);
    for (const Canonicalization how : {Canonicalization::simple, Canonicalization::relaxed}) {
      CAPTURE(name);
      CAPTURE(name_of(how));
      const std::string expected = own(name_of(how)) + ".expected" + name.substr(5);
      std::string out;
      for (const SignedHeader fields(header); const auto& entry_of : fields.entries())
        append_field(how, entry_of.octets, out);
      CHECK(out + "\r\n" + body_in(how, body) == testing::read_whole_file(*folder / expected));
    }
    ++count;
  }
  CHECK(count == 21);
}

}  // namespace
}  // namespace posthorn::dkim
