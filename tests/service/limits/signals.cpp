#include "posthorn/service/limits/signals.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::limits;

namespace {

std::uint64_t digest(View text, std::size_t piece = View::npos) {
  ShingleDigest digest;
  for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size())) digest.feed(text.substr(at, piece));
  return digest.finish();
}

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(1'700'000'000 + seconds)); }

// A letter of a hundred words, with a name and a number in it.
std::string letter(const std::string& name, const std::string& number, const std::string& subject = "offer") {
  std::string text = "Dear " + name + ",\r\n";
  for (int i = 0; i < 25; ++i) {
    text += "this " + subject + " is good " + std::string(1, static_cast<char>('a' + i)) + "word and lasts ";
  }
  return text + "Your number is " + number + ".\r\n";
}

std::string reasons(const Score& score) {
  std::string text;
  for (const std::string& reason : score.reasons) text += (text.empty() ? "" : " ") + reason;
  return text;
}

}  // namespace

TEST_CASE("signs of a header are read however they are spelled") {
  CHECK_FALSE(read_signs("Subject: bulk\r\nX-Mailer: Mutt\r\n\r\n").precedence_bulk);
  CHECK(read_signs("PRECEDENCE:  Bulk\r\n\r\n").precedence_bulk);
  CHECK(read_signs("Precedence: junk\r\n\r\n").precedence_bulk);
  CHECK_FALSE(read_signs("Precedence: list\r\n\r\n").precedence_bulk);
  CHECK(read_signs("list-unsubscribe: <mailto:x@y.example>\r\n\r\n").list_unsubscribe);
  CHECK(read_signs("X-Mailer: PHPList\r\n version 3\r\n\r\n").bulk_mailer);
  CHECK(read_signs("User-Agent: MaxBulk Mailer 8\r\n\r\n").bulk_mailer);
  CHECK_FALSE(read_signs("X-Mailer: Apple Mail\r\nUser-Agent: Thunderbird\r\n\r\n").bulk_mailer);
  CHECK_FALSE(read_signs("\r\nPrecedence: bulk\r\n").precedence_bulk);
}

TEST_CASE("digests of nearly equal texts are near, those of others are not") {
  const std::uint64_t first = digest(letter("Ann", "17"));
  CHECK(is_same_text(first, digest(letter("Bob", "4711"))));
  CHECK(is_same_text(first, digest(letter("ANN", "18"))));
  CHECK_FALSE(is_same_text(first, digest(letter("Ann", "17", "invitation to the garden party of our neighbours"))));
  CHECK_FALSE(is_same_text(first, digest("Could we meet tomorrow at the station? I have the tickets.")));
  CHECK(digest("") == 0);
  CHECK(digest("12 34 !") == 0);
  CHECK(digest("hello") != 0);
  CHECK(digest("hello") != digest("goodbye"));
  CHECK_FALSE(is_same_text(0, 0));
}

TEST_CASE("a digest does not depend on where the text was cut") {
  const std::string text = letter("Ann", "17");
  for (const std::size_t piece : {1U, 2U, 7U, 64U}) CHECK(digest(text, piece) == digest(text));
}

TEST_CASE("each sign counts for itself, and a declared list is what it is") {
  const WallTime now = at(0);
  HeaderSigns all{.precedence_bulk = true, .list_unsubscribe = true, .bulk_mailer = true};
  CHECK(judge({}, 7, 1, {}, false, now).points == 0);
  CHECK(reasons(judge(all, 7, 50, {}, false, now)) == "precedence list-unsubscribe mailer same-body");
  CHECK(judge(all, 7, 50, {}, false, now).points == 11);
  CHECK(judge(all, 7, 50, {}, false, now).suspicious);
  CHECK(reasons(judge(all, 7, 50, {}, true, now)) == "mailer");
  CHECK_FALSE(judge(all, 7, 50, {}, true, now).suspicious);
  CHECK_FALSE(judge({.precedence_bulk = true, .list_unsubscribe = true}, 7, 1, {}, false, now).suspicious);
}

TEST_CASE("equal texts count over messages") {
  std::vector<Sent> sent;
  for (int i = 0; i < 7; ++i) sent.push_back({at(i * 977 * i), 0xF0F0F0F0F0F0F0F0U ^ (i == 0 ? 7U : 0U), 7});
  CHECK(reasons(judge({}, 0xF0F0F0F0F0F0F0F0U, 1, sent, false, at(900'000))) == "same-body");
  CHECK(reasons(judge({}, 0xF0F0F0F0F0F0F0F0U, 0, sent, false, at(900'000))).empty());
  CHECK(reasons(judge({}, 0x0F0F0F0F0F0F0F0FU, 1, sent, false, at(900'000))).empty());
}

TEST_CASE("a machine sends at even intervals") {
  const auto with_gap = [](std::int64_t gap, std::int64_t jitter, int count) {
    std::vector<Sent> sent;
    for (int i = 0; i < count; ++i) sent.push_back({at(i * gap + (i % 2) * jitter), 0, 1});
    return reasons(judge({}, 0, 1, sent, false, at(count * gap)));
  };
  CHECK(with_gap(60, 0, 9) == "cadence");
  CHECK(with_gap(60, 2, 9) == "cadence");
  CHECK(with_gap(60, 20, 9).empty());
  CHECK(with_gap(60, 0, 8).empty());
  CHECK(with_gap(700, 0, 9).empty());
  CHECK(with_gap(1, 0, 20) == "cadence");
}
