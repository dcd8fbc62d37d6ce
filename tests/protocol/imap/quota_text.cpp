#include "protocol/imap/quota_text.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

TEST_CASE("QUOTA responses of RFC 9208 section 4.2.1") {
  Buffer out;
  Responder responder(out, 1000);
  write_quota({"", {{QuotaResource::storage, 10 * 1024, 512 * 1024}}}, responder);
  write_quota({"#user/alice", {{QuotaResource::storage, 54 * 1024, 111 * 1024}, {QuotaResource::message, 42, 1000}}},
              responder);
  write_quota({"none", {}}, responder);
  CHECK(out.view() ==
        "* QUOTA \"\" (STORAGE 10 512)\r\n* QUOTA \"#user/alice\" (STORAGE 54 111 MESSAGE 42 1000)\r\n"
        "* QUOTA \"none\" ()\r\n");
}

TEST_CASE("what is full looks full, also in units of 1,024 octets") {
  Buffer out;
  Responder responder(out, 1000);
  write_quota({"a", {{QuotaResource::storage, 1500, 1500}, {QuotaResource::mailbox, 1, 2}}}, responder);
  write_quota({"b", {{QuotaResource::annotation_storage, 0, 1024}}}, responder);
  CHECK(out.view() == "* QUOTA \"a\" (STORAGE 2 2 MAILBOX 1 2)\r\n* QUOTA \"b\" (ANNOTATION-STORAGE 0 1)\r\n");
}

TEST_CASE("limits are read, known and converted") {
  std::vector<NamedLimit> limits;
  Cursor c("(storage 510 MESSAGE 3)");
  REQUIRE(quota_limits(c, limits));
  Reply refusal{};
  const auto known = known_limits(limits, refusal);
  REQUIRE(known);
  CHECK(*known == std::vector<QuotaUse>{{QuotaResource::storage, 0, 510 * 1024}, {QuotaResource::message, 0, 3}});

  CHECK(!known_limits({{"Foo", 1}}, refusal));
  CHECK(refusal.code == "CANNOT");
  CHECK(!known_limits({{"MESSAGE", 1}, {"message", 2}}, refusal));
  CHECK(refusal.status == Status::bad);
  CHECK(!known_limits({{"STORAGE", std::uint64_t{1} << 60U}}, refusal));
  CHECK(refusal.status == Status::bad);

  for (View bad : {View("STORAGE 1"), View("(STORAGE)"), View("(STORAGE 1"), View("(STORAGE -1)"), View("(1 2 3)"),
                   View("(STORAGE 18446744073709551616)"), View("( STORAGE 1)")}) {
    Cursor wrong(bad);
    limits.clear();
    CHECK_MESSAGE(!quota_limits(wrong, limits), bad);
  }
}

TEST_CASE("SETQUOTA takes a limited number of resources") {
  std::string text = "(";
  for (std::size_t i = 0; i < kMaxResources; ++i) text += i == 0 ? "A 1" : " A 1";
  std::vector<NamedLimit> limits;
  const std::string all = text + ")";
  Cursor c(all);
  CHECK(quota_limits(c, limits));
  limits.clear();
  const std::string one_more = text + " A 1)";
  Cursor wrong(one_more);
  CHECK_FALSE(quota_limits(wrong, limits));
  CHECK(wrong.error().code == Code::too_many);
}
