#include "posthorn/protocol/tlsrpt/record.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using Uris = std::vector<std::string>;

TEST_CASE("the records of RFC 8460 section 3") {
  CHECK(tlsrpt::record_name("example.com") == "_smtp._tls.example.com");
  CHECK(tlsrpt::parse_record("v=TLSRPTv1;rua=mailto:reports@example.com")->rua == Uris{"mailto:reports@example.com"});
  CHECK(tlsrpt::parse_record("v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt")->rua ==
        Uris{"https://reporting.example.com/v1/tlsrpt"});
  CHECK(tlsrpt::parse_record("v=TLSRPTv1; rua=mailto:a@example.com , HTTPS://b.example/?q=1;x=y")->rua ==
        Uris{"mailto:a@example.com", "HTTPS://b.example/?q=1"});
  CHECK(tlsrpt::parse_record("v=TLSRPTv1; rua=ftp://a.example,mailto:a@example.com")->rua ==
        Uris{"mailto:a@example.com"});
}

TEST_CASE("what is no record") {
  for (const View text : {"", "v=TLSRPTv1", "v=TLSRPTv1;", "v=TLSRPTv1; ruf=mailto:a@b.example",
                          "v=TLSRPTv1; rua=", "v=TLSRPTv1; rua=mailto:", "v=TLSRPTv1; rua=http://a.example",
                          "v=TLSRPTv2; rua=mailto:a@b.c", "v=TLSRPTv1; rua=mailto:a b@c.example"}) {
    CAPTURE(text);
    CHECK(!tlsrpt::parse_record(text));
  }
}

TEST_CASE("one record counts, two are none") {
  using Records = std::vector<dns::Record>;
  const dns::Record good = dns::Txt{"v=TLSRPTv1; rua=mailto:a@example.com"};
  CHECK(tlsrpt::find_record(Records{dns::Txt{"v=spf1"}, good}));
  CHECK(!tlsrpt::find_record(Records{good, good}));
  CHECK(!tlsrpt::find_record(Records{}));
}

TEST_CASE("limit of destinations") {
  std::string text = "v=TLSRPTv1; rua=mailto:a@example.com";
  for (std::size_t i = 0; i < 2 * tlsrpt::kMaxDestinations; ++i) text += ",mailto:a@example.com";
  CHECK(tlsrpt::parse_record(text)->rua.size() == tlsrpt::kMaxDestinations);
}

}  // namespace
}  // namespace posthorn
