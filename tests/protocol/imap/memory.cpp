// How much memory one connection can be made to hold, by whatever a client sends.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <malloc.h>

#include "posthorn/bytes/codec/deflate.h"

#include "protocol/imap/stage.h"

// Only where a sanitizer's allocator runs, which is where the C library's own count stands still.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();  // NOLINT

using namespace posthorn;
using namespace posthorn::imap;
using testing::ImapStage;

namespace {
std::size_t allocated() {
  if (&__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  const auto all = ::mallinfo2();
  return all.uordblks + all.hblkhd;
}

/// What one read of the driver gives at most.
constexpr std::size_t kRead = 65'536;

/// The sum of what holds memory in one session, octets, without what the selected mailbox needs for its own messages.
constexpr std::size_t most_memory(const Limits& limits) {
  const std::size_t command = 2 * limits.command;           // a string that grew to it by doubling
  const std::size_t parsed = 2 * limits.command;            // "1,3,5": a range of eight octets for each four of text
  const std::size_t input = 2 * (limits.line + kRead);      // a line that is not whole yet, and one more read
  const std::size_t output = 2 * (limits.output + kRead);   // up to the mark, and what one step writes beyond
  const std::size_t compression = std::size_t{200} << 10U;  // bytes/codec/deflate.h
  const std::size_t kept = SearchContexts::kMost * parsed;  // programs of searches that are kept up to date
  return command + parsed + input + output + compression + kept;
}
static_assert(most_memory({}) < std::size_t{6} << 20U);

/// Says octets as a driver gives them and remembers the most that was held meanwhile.
class Meter {
 public:
  explicit Meter(ImapStage& stage) : stage_(stage), before_(allocated()) {}
  void say(View octets) {
    for (; !octets.empty(); octets.remove_prefix(std::min(kRead, octets.size()))) {
      stage_.server.receive(octets.substr(0, kRead));
      look();
      for (;;) {
        const Wants wants = stage_.server.next(stage_.clock.now());
        look();
        if (wants == Wants::work) stage_.server.work(stage_.clock.now());
        look();
        stage_.server.transmitted(stage_.server.transmit().size());
        if (wants == Wants::close) return;
        if (wants != Wants::work && wants != Wants::again) break;
      }
    }
  }
  [[nodiscard]] std::size_t peak() const { return peak_; }

 private:
  void look() { peak_ = std::max(peak_, std::max(allocated(), before_) - before_); }
  ImapStage& stage_;
  std::size_t before_;
  std::size_t peak_ = 0;
};

std::string repeated(View piece, std::size_t octets) {
  std::string out;
  while (out.size() + piece.size() <= octets) out += piece;
  return out;
}

/// A command that is as long as it may be: `piece` again and again, with as many lines as it takes, joined by literals.
std::string longest(View begin, View piece, View literal, View end) {
  const Limits limits;
  std::string out = own(begin);
  std::size_t lines = 0;
  while (out.size() + limits.line < limits.command && lines < 3) {
    out += repeated(piece, limits.line - 1'000);
    out += own(literal) + "{1+}\r\nx ";
    ++lines;
  }
  return out + own(end) + "\r\n";
}

std::vector<std::string> hostile() {
  const Limits limits;
  const std::string big(limits.literal, 'x');
  const std::string literal = "{" + std::to_string(big.size()) + "+}\r\n" + big;
  return {
      std::string(10'000'000, 'x'),
      "a " + std::string(10'000'000, 'x') + "\r\n",
      "a CREATE {99999999+}\r\n" + std::string(10'000'000, 'x'),
      "a RENAME " + literal + " " + literal + "\r\n",
      "a SEARCH TEXT " + literal + " TEXT " + literal + " TEXT " + literal + " TEXT {65000+}\r\n",
      longest("a SEARCH ", "1,", "1 SUBJECT ", "ALL"),
      longest("a SEARCH ", "OR SEEN (NOT (SUBJECT x UNSEEN)) ", "SUBJECT ", "ALL ALL"),
      longest("a SEARCH ", "(", "SUBJECT ", "ALL"),
      longest("a SORT (SUBJECT) UTF-8 ", "NOT 1,2,3,1 ", "SUBJECT ", "ALL"),
      "a FETCH " + repeated("1:2,", 60'000) + "1 (FLAGS)\r\n",
      "a FETCH 1 (" + repeated("BODY.PEEK[HEADER.FIELDS (a b c d e f g h i j)] ", 60'000) + "UID)\r\n",
      "a STORE 1:3 FLAGS (" + repeated("abc ", 60'000) + "x)\r\n",
      "a SELECT INBOX (QRESYNC (1001 1 " + repeated("1,3,", 60'000) + "7))\r\n",
      "a NOTIFY SET (mailboxes (" + repeated("abc ", 60'000) + "x) (MessageNew MessageExpunge))\r\n",
      "a LIST (SUBSCRIBED) \"\" (" + repeated("%* ", 60'000) + "*) RETURN (CHILDREN)\r\n",
      "a ESEARCH IN (mailboxes (" + repeated("abc ", 60'000) + "x)) ALL\r\n",
      repeated("a NOOP\r\n", 1'000'000),
      repeated("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa NOSUCH {1}\r\n", 1'000'000),
      repeated("a FETCH 1:3 (BODY.PEEK[] ENVELOPE)\r\n", 1'000'000),
      "a IDLE\r\n" + std::string(10'000'000, 'x'),
      "a AUTHENTICATE PLAIN\r\n" + std::string(10'000'000, 'x'),
  };
}
}  // namespace

TEST_CASE("memory: whatever a client sends, its session stays under the sum of the limits") {
  constexpr std::size_t kMost = most_memory({});
  std::size_t peak = 0;
  for (const std::string& octets : hostile()) {
    for (const bool logged_in : {false, true}) {
      ImapStage stage;
      if (logged_in) stage.select();
      Meter meter(stage);
      meter.say(octets);
      CHECK_MESSAGE(meter.peak() < kMost, octets.substr(0, 40));
      peak = std::max(peak, meter.peak());
    }
  }
  MESSAGE("the most that one command made a session hold: " << peak << " of " << kMost);
  CHECK(peak > Limits().command / 2);  // something is measured
}

TEST_CASE("memory: the same beside as many kept searches as there may be, compressed") {
  constexpr std::size_t kMost = most_memory({});
  std::string odd = "1";
  for (int number = 3; odd.size() < 60'000; number += 2) odd += "," + std::to_string(number);
  std::size_t peak = 0;
  for (const std::string& octets : hostile()) {
    ImapStage stage;
    stage.select();
    Meter meter(stage);
    for (std::size_t i = 0; i < SearchContexts::kMost; ++i) {
      const std::string tag(1, static_cast<char>('b' + i));
      const std::string line = " NOT UID " + odd + " SUBJECT {1+}\r\nx";
      const std::string said = stage.say(tag + " SEARCH RETURN (UPDATE)" + line + line + line + "\r\n");
      REQUIRE_MESSAGE(said.find(tag + " OK ") != std::string::npos, said);
    }
    REQUIRE(stage.say("z COMPRESS DEFLATE\r\n").starts_with("z OK"));
    codec::Deflater deflater;
    Buffer packed;
    deflater.compress(View(octets).substr(0, 1'000'000), packed);
    meter.say(packed.view());
    CHECK_MESSAGE(meter.peak() < kMost, octets.substr(0, 40));
    peak = std::max(peak, meter.peak());
  }
  MESSAGE("the most of all together: " << peak << " of " << kMost);
}
