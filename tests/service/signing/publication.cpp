#include "posthorn/service/signing/publication.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::signing;

namespace {

// The Ed25519 key of RFC 8463 appendix A.2.
constexpr View kRecord = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

Key key(std::string selector) {
  Key made;
  made.domain = "example.com";
  made.selector = std::move(selector);
  made.scheme = crypto::SignatureScheme::ed25519;
  made.record = own(kRecord);
  return made;
}

dns::Answer texts(std::vector<std::string> records) {
  dns::Answer answer;
  answer.outcome = dns::Outcome::found;
  for (std::string& record : records) answer.records.emplace_back(dns::Txt{std::move(record)});
  return answer;
}

Published judged(dns::Answer answer) {
  Publication publication({key("brisbane")});
  REQUIRE(publication.wanted().size() == 1);
  CHECK(publication.wanted()[0] == dns::Question{"brisbane._domainkey.example.com", dns::Type::txt});
  publication.answer(0, std::move(answer));
  CHECK(publication.wanted().empty());
  return publication.verdict().at(0);
}

}  // namespace

TEST_CASE("signing publication: the same key counts, however its record is written") {
  CHECK(judged(texts({own(kRecord)})) == Published::yes);
  CHECK(judged(texts({"k=ed25519; t=s; p=11qYAYKxCrfVS/7TyWQHOg7h cvPapiMlrwIaaPcHURo="})) == Published::yes);
}

TEST_CASE("signing publication: what else the DNS may say") {
  dns::Answer nothing;
  nothing.outcome = dns::Outcome::no_name;
  CHECK(judged(nothing) == Published::no);
  dns::Answer silent;
  silent.outcome = dns::Outcome::timed_out;
  CHECK(judged(silent) == Published::unknown);
  CHECK(judged(texts({"v=DKIM1; k=ed25519; p="})) == Published::revoked);
  CHECK(judged(texts({"v=DKIM1; k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="})) == Published::another);
  CHECK(judged(texts({"v=spf1 -all"})) == Published::another);
  // Verifiers may take either of two records (RFC 6376 section 3.6.2.2).
  CHECK(judged(texts({own(kRecord), own(kRecord)})) == Published::another);
}

TEST_CASE("signing publication: several keys are asked for at once, in any order") {
  Publication publication({key("one"), key("two")});
  REQUIRE(publication.wanted().size() == 2);
  publication.answer(1, texts({own(kRecord)}));
  REQUIRE(publication.wanted().size() == 1);
  CHECK(publication.wanted()[0].name == "one._domainkey.example.com");
  dns::Answer nothing;
  nothing.outcome = dns::Outcome::no_data;
  publication.answer(0, nothing);
  CHECK(publication.verdict() == std::vector{Published::no, Published::yes});
}
