#include "service/delivery/front.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::delivery;

namespace {

constexpr View kMessage = "From: ann@example.net\r\nSubject: a\r\n b\r\n\r\nText\r\n\r\nmore\r\n";

/// Feeds in pieces of `size` octets; what came through, and the header that was shown.
std::pair<std::string, std::string> through(View message, std::size_t size, const Result<std::string>& fields,
                                            const std::optional<std::string>& instead = std::nullopt) {
  std::string shown = "(nothing)";
  Envelope envelope;
  envelope.examine = [&](View header) {
    CHECK(shown == "(nothing)");
    shown = own(header);
    return map(Result<std::string>(fields), [&](std::string text) { return Examined{std::move(text), instead}; });
  };
  Front front(envelope);
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += size) {
    const auto piece = front.feed(message.substr(at, size));
    if (!piece) return {name_of(piece.error().code).data(), shown};
    out += *piece;
  }
  const auto rest = front.finish();
  return {rest ? out + *rest : std::string(name_of(rest.error().code)), shown};
}

}  // namespace

TEST_CASE("delivery front: the header is shown once, and fields go before it") {
  for (std::size_t size = 1; size <= kMessage.size(); ++size) {
    const auto [out, shown] = through(kMessage, size, std::string("Date: now\r\n"));
    CHECK(out == "Date: now\r\n" + own(kMessage));
    CHECK(shown == "From: ann@example.net\r\nSubject: a\r\n b\r\n");
  }
}

TEST_CASE("delivery front: another header takes the place of the one that came") {
  for (std::size_t size = 1; size <= kMessage.size(); ++size) {
    CHECK(through(kMessage, size, std::string("Date: now\r\n"), "From: ann@example.net\r\n").first ==
          "Date: now\r\nFrom: ann@example.net\r\n\r\nText\r\n\r\nmore\r\n");
  }
  CHECK(through("Subject: a\r\n", 3, std::string(), "").first.empty());
}

TEST_CASE("delivery front: a message may be all header, or have none") {
  CHECK(through("Subject: a\r\n", 3, std::string("X: y\r\n")) ==
        std::pair<std::string, std::string>("X: y\r\nSubject: a\r\n", "Subject: a\r\n"));
  CHECK(through("\r\nText\r\n", 1, std::string("X: y\r\n")) ==
        std::pair<std::string, std::string>("X: y\r\n\r\nText\r\n", ""));
  CHECK(through("", 1, std::string("X: y\r\n")).first == "X: y\r\n");
}

TEST_CASE("delivery front: a refusal and a header without end") {
  CHECK(through(kMessage, 7, fail(peer_error(Code::denied))).first == "denied");
  CHECK(through(std::string(kMaxExaminedHeader + 1, 'a'), 10'000, std::string()).first == "too_long");
  for (const std::size_t size : {std::size_t{10'000}, 2 * kMaxExaminedHeader}) {
    const auto of_octets = [](std::size_t octets) { return std::string(octets - 4, 'a') + "\r\n\r\nText\r\n"; };
    CHECK(through(of_octets(kMaxExaminedHeader + 1), size, std::string()).first == "too_long");
    CHECK(through(of_octets(kMaxExaminedHeader), size, std::string()).first == of_octets(kMaxExaminedHeader));
  }
  Envelope unseen;
  Front front(unseen);
  CHECK(front.feed("abc") == "abc");
}
