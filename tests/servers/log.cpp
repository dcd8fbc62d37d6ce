#include "shared/log.h"

#include <array>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace posthorn;

namespace {

// What one call writes.
template <class F>
std::string written(bool addresses, F call) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  servers::LineLog log(addresses, ends[1]);
  call(log);
  ::close(ends[1]);
  std::array<char, 4096> octets{};
  const ssize_t got = ::read(ends[0], octets.data(), octets.size());
  ::close(ends[0]);
  return std::string(octets.data(), static_cast<std::size_t>(got));
}

const journal::Event kRefused{journal::Happening::login_failed, "imap", "192.0.2.1", "eve\r\nroot: login", "x"};

}  // namespace

TEST_CASE("a peer cannot write lines of its own") {
  CHECK(servers::escaped("a\r\nb\x7f\xc3\xa4\\") == "a\\x0d\\x0ab\\x7f\\xc3\\xa4\\x5c");
  CHECK(servers::escaped(std::string(1000, 'x')).size() <= 203);
  const std::string line = written(true, [](servers::LineLog& log) { log.happened(kRefused); });
  CHECK(line == "imap: login refused account=eve\\x0d\\x0aroot: login client=192.0.2.1 detail=x\n");
}

TEST_CASE("without addresses nobody is named") {
  CHECK(written(false, [](servers::LineLog& log) { log.happened(kRefused); }) == "imap: login refused\n");
  const std::string cut =
      written(false, [](servers::LineLog& log) { log.noticed(io::Notice::too_slow, "192.0.2.1", {}); });
  CHECK(!cut.contains("192.0.2.1"));
  const journal::Event failed{journal::Happening::store_failed, "smtp", "192.0.2.1", "bob", "disk full"};
  CHECK(written(false, [&](servers::LineLog& log) { log.happened(failed); }) ==
        "smtp: store failed detail=disk full\n");
}

TEST_CASE("what every connection does gives no line") {
  const journal::Event came{journal::Happening::connected, "smtp", "192.0.2.1", {}, {}};
  CHECK(written(true, [&](servers::LineLog& log) {
          log.happened(came);
          log.say("end");
        }) == "end\n");
}
