#include "protocol/imap/search_return.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap::search;

namespace {
Result<ReturnOptions> read(View text) {
  Cursor c(text);
  ReturnOptions options;
  return_options(c, options);
  if (c.ok()) c.end();
  return c.finish(options);
}
}  // namespace

TEST_CASE("result options as RFC 9051, RFC 5267 and RFC 9394 have them") {
  CHECK_FALSE(read("")->given);
  CHECK(read(" RETURN ()")->has(Return::all));
  CHECK(read(" RETURN (UPDATE)")->has(Return::all));
  CHECK_FALSE(read(" RETURN (SAVE)")->tells());
  CHECK(read(" return (min MAX count)")->has(Return::count));
  CHECK(read(" RETURN (MIN MAX)")->needs_all() == false);
  CHECK(read(" RETURN (MIN UPDATE)")->needs_all());
  const auto partial = read(" RETURN (COUNT PARTIAL -1:-100)");
  REQUIRE(partial);
  CHECK(partial->partial.from_end);
  CHECK(partial->partial.last == 100);
}

TEST_CASE("what RFC 9394 section 3.1 forbids") {
  for (const View text : {" RETURN (PARTIAL 1:2 PARTIAL 3:4)", " RETURN (PARTIAL 1:2 ALL)", " RETURN (PARTIAL 1:-2)",
                          " RETURN (PARTIAL 0:2)", " RETURN (PARTIAL 1)", " RETURN (PARTIAL 1:*)", " RETURN (FOO)",
                          " RETURN (MIN", " RETURN (MIN  MAX)", " RETURN (MIN )"}) {
    CHECK_MESSAGE(!read(text), text);
  }
}

TEST_CASE("pieces of results") {
  const auto slice = [](std::uint32_t first, std::uint32_t last, bool from_end, std::size_t count) {
    const Slice s = slice_of({first, last, from_end}, count);
    return std::pair(s.first, s.last);
  };
  using Pair = std::pair<std::size_t, std::size_t>;
  CHECK(slice(1, 3, false, 10) == Pair(0, 3));
  CHECK(slice(3, 1, false, 10) == Pair(0, 3));
  CHECK(slice(9, 20, false, 10) == Pair(8, 10));
  CHECK(slice(11, 20, false, 10) == Pair(0, 0));
  CHECK(slice(1, 3, true, 10) == Pair(7, 10));
  CHECK(slice(9, 20, true, 10) == Pair(0, 2));
  CHECK(slice(11, 20, true, 10) == Pair(0, 0));
  CHECK(slice(1, 4'294'967'295U, false, 2) == Pair(0, 2));
}
