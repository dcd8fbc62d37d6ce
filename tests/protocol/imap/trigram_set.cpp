#include "protocol/imap/trigram_set.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace posthorn;
using imap::search::TrigramSet;

namespace {
std::vector<std::uint32_t> sorted(TrigramSet& set) {
  const auto all = set.all();
  std::vector<std::uint32_t> out(all.begin(), all.end());
  std::ranges::sort(out);
  return out;
}
}  // namespace

TEST_CASE("trigrams of texts, not over their ends") {
  TrigramSet set;
  set.add("ab");
  CHECK(set.all().empty());
  set.add("cabc");
  set.end_text();
  set.add("x");
  set.add("\xFFy");
  set.end_text();
  set.add("no");
  CHECK(sorted(set) == std::vector<std::uint32_t>{0x616263, 0x626361, 0x636162, 0x78FF79});
  set.clear();
  set.add("w");  // what came before clear() is no part of it
  CHECK(set.all().empty());
}

TEST_CASE("as a sorted set would have them, in any pieces") {
  std::mt19937 random(3);  // NOLINT: the same octets each time
  TrigramSet set;
  for (const unsigned letters : {2U, 20U, 256U}) {
    for (const std::size_t size : {std::size_t{1'000}, std::size_t{200'000}}) {
      std::string text;
      for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(random() % letters);
      std::set<std::uint32_t> expected;
      for (std::size_t at = 0; at + 3 <= size; ++at) {
        std::uint32_t t = 0;
        for (std::size_t i = 0; i < 3; ++i) t = t << 8U | static_cast<unsigned char>(text[at + i]);
        expected.insert(t);
      }
      set.clear();
      for (std::size_t at = 0; at < size;) {
        const std::size_t piece = random() % 5'000;
        set.add(View(text).substr(at, piece));
        at += piece;
      }
      CHECK(set.count() <= expected.size());
      CHECK(sorted(set) == std::vector<std::uint32_t>(expected.begin(), expected.end()));
    }
  }
}
