#include "posthorn/testing/wire.h"

#include <doctest/doctest.h>

#include "testing/echo.h"

using namespace posthorn;

namespace {
// Says its lines one after the other, each after an answer; ends with quit.
class Talker : public testing::Echo {
 public:
  explicit Talker(std::vector<std::string> lines) : lines_(std::move(lines)) { transmitted(transmit().size()); }
  void receive(View octets) override {
    for (const char c : octets) answers_ += c == '\n' ? 1 : 0;
  }
  void receive_end() override { ended = true; }
  Wants next(TimePoint) override {
    if (ended) return Wants::close;
    if (said_ == lines_.size() || answers_ <= said_) {
      return said_ > 0 && lines_[said_ - 1] == "tls" && answers_ > said_ ? Wants::upgrade : Wants::input;
    }
    if (said_ > 0 && lines_[said_ - 1] == "tls" && !secure_) return Wants::upgrade;
    out = lines_[said_++] + "\r\n";
    return Wants::again;
  }
  View transmit() const override { return out; }
  void transmitted(std::size_t octets) override { out.erase(0, octets); }
  void upgraded(const TlsFacts&) override { secure_ = true; }
  bool ended = false;
  std::string out;

 private:
  std::vector<std::string> lines_;
  std::size_t said_ = 0;
  std::size_t answers_ = 0;
  bool secure_ = false;
};

constexpr View kAnswers = "hello\r\nyou said a\r\nyou said slow\r\nyou said tls\r\ntls b\r\ntls quit\r\n";
const std::vector<std::string> kLines{"a", "slow", "tls", "b", "quit"};
}  // namespace

TEST_CASE("two ends talk to the end, in chunks of any size") {
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
    testing::FakeClock clock;
    const TimePoint before = clock.now();
    testing::Echo server;
    Talker client(kLines);
    testing::Wire wire(client, server, clock, {.to_server_chunk = chunk, .to_client_chunk = chunk});
    CHECK(wire.run());
    CHECK(wire.heard_by_client() == kAnswers);
    CHECK(wire.heard_by_server() == "a\r\nslow\r\ntls\r\nb\r\nquit\r\n");
    CHECK(wire.upgrades() == 1);
    CHECK(wire.server_closed());
    CHECK(wire.client_closed());
    CHECK(clock.now() - before == std::chrono::seconds(3));
    CHECK_FALSE(wire.was_cut());
  }
}

TEST_CASE("a cut at each octet ends both sides") {
  for (std::uint64_t cut = 0; cut < kAnswers.size() + 24; ++cut) {
    testing::FakeClock clock;
    testing::Echo server;
    Talker client(kLines);
    testing::Wire wire(client, server, clock, {.cut_after = cut});
    CHECK(wire.run());
    CHECK(wire.carried() <= cut);
    CHECK(wire.server_closed());
    CHECK(client.ended);
  }
}
