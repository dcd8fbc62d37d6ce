#include "service/store/rules.h"

#include <doctest/doctest.h>

namespace posthorn::store {

TEST_CASE("rules: keys have octets and no NUL") {
  CHECK(check_key("a"));
  CHECK(check_key("\xFF\x01"));
  CHECK(check_key("").error().code == Code::misuse);
  CHECK(check_key(View("\0", 1)).error().code == Code::misuse);
}

TEST_CASE("rules: a batch is checked whole") {
  CHECK(check_batch(Batch()));
  CHECK(check_batch(Batch().keep(BlobId(1)).put("a", "")));
  CHECK(check_batch(Batch().put("a", "").expect("", {})).error().code == Code::misuse);
  CHECK(check_batch(Batch().put("a", std::string(kMaxBatch - 1, 'x'))));
  CHECK(check_batch(Batch().put("a", std::string(kMaxBatch, 'x'))).error().code == Code::too_long);
}

}  // namespace posthorn::store
