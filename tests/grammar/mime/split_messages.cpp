// The published messages, cut in two at every octet, are parsed by the same calls.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/parser.h"

#include "shared_data.h"

using namespace posthorn;

namespace {
/// Longer messages are cut at some places only: the cost is quadratic.
constexpr std::size_t kCutEverywhere = 8'000;
constexpr std::size_t kStep = 251;

/// A number that all calls go into, however bodies are divided.
class Digest final : public mime::Visitor {
 public:
  [[nodiscard]] std::uint64_t value() const { return value_; }

  void part_begins(mime::PartId id, mime::PartId parent) override { add({1, id.value(), parent.value()}); }
  void field(mime::PartId id, const mime::Field& f) override {
    add({2, id.value(), f.at, f.name.size(), f.raw.size()});
    add(f.name);
    add(f.raw);
  }
  void body(mime::PartId id, View chunk) override { run(3 + 10ULL * id.value(), chunk); }
  void preamble(mime::PartId id, View chunk) override { run(4 + 10ULL * id.value(), chunk); }
  void epilogue(mime::PartId id, View chunk) override { run(5 + 10ULL * id.value(), chunk); }
  void part_ends(const mime::Part& p) override {
    add({6, p.id.value(), p.parent.value(), static_cast<std::uint64_t>(p.encoding), p.header, p.body, p.end, p.lines});
    for (const std::string* text : {&p.type, &p.subtype, &p.boundary}) add(*text);
  }
  void defect(mime::Defect d, mime::Offset at) override { add({7, static_cast<std::uint64_t>(d), at}); }

 private:
  void add(std::initializer_list<std::uint64_t> numbers) {
    place_ = 0;
    for (const std::uint64_t n : numbers) value_ = (value_ ^ n) * kPrime;
  }
  void add(View text) {
    for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * kPrime;
  }
  void run(std::uint64_t place, View chunk) {
    if (place_ != place) add({place});
    place_ = place;
    add(chunk);
  }
  static constexpr std::uint64_t kPrime = 0x100000001B3U;  // FNV-1a
  std::uint64_t value_ = 0xCBF29CE484222325U;
  std::uint64_t place_ = 0;  // what the last octets belong to
};

std::uint64_t digest(View octets, std::size_t cut) {
  Digest digest;
  mime::Parser parser(digest, {});
  parser.feed(octets.substr(0, cut));
  parser.feed(octets.substr(cut));
  parser.finish();
  return digest.value();
}
}  // namespace

TEST_CASE("split messages: every cut of every published message makes the same calls") {
  const auto files = testing::published_messages();
  for (const auto& file : files) {
    const std::string octets = testing::read_whole_file(file);
    const std::uint64_t whole = digest(octets, octets.size());
    CAPTURE(file.filename().string());
    std::size_t different = 0;
    for (std::size_t cut = 0; cut < octets.size(); cut += octets.size() < kCutEverywhere ? 1 : kStep) {
      if (digest(octets, cut) != whole) ++different;
    }
    CHECK(different == 0);
  }
}
