#include "posthorn/protocol/auth_results/field.h"

#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "posthorn/protocol/auth_results/methods.h"

namespace posthorn::auth_results {
namespace {

using Properties = std::vector<Property>;

// Appendix B of RFC 8601.
TEST_CASE("nothing was done (B.2)") {
  const auto field = parse(" example.org 1; none");
  REQUIRE(field);
  CHECK(*field == Field{.authserv_id = "example.org"});
}

TEST_CASE("several results with comments (B.4)") {
  const auto field = parse(
      " example.com;\r\n          auth=pass (cleartext) smtp.auth=sender@example.net;\r\n"
      "          spf=pass smtp.mailfrom=example.net");
  REQUIRE(field);
  REQUIRE(field->results.size() == 2);
  CHECK(field->results[0] == MethodResult{.method = "auth",
                                          .result = "pass",
                                          .comment = "cleartext",
                                          .properties = Properties{{"smtp", "auth", "sender@example.net"}}});
  CHECK(field->results[1].properties == Properties{{"smtp", "mailfrom", "example.net"}});
}

TEST_CASE("reasons (B.6)") {
  const auto field = parse(
      " example.com;\r\n      dkim=pass reason=\"good signature\"\r\n        header.i=@mail-router.example.net;\r\n"
      "      dkim=fail reason=\"bad signature\"\r\n        header.i=@newyork.example.com");
  REQUIRE(field);
  REQUIRE(field->results.size() == 2);
  CHECK(field->results[0].reason == "good signature");
  CHECK(field->results[0].properties == Properties{{"header", "i", "@mail-router.example.net"}});
  CHECK(field->results[1].result == "fail");
}

TEST_CASE("comments everywhere (B.7)") {
  const auto field = parse(
      " foo.example.net (foobar) 1 (baz);\r\n    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
      "      policy (A dot can go here) . (like that) expired\r\n"
      "      (this surprised me) = (as I wasn't expecting it) 1362471462");
  REQUIRE(field);
  CHECK(field->authserv_id == "foo.example.net");
  REQUIRE(field->results.size() == 1);
  CHECK(field->results[0].method == "dkim");
  CHECK(field->results[0].result == "fail");
  CHECK(field->results[0].properties == Properties{{"policy", "expired", "1362471462"}});
}

TEST_CASE("values with quotes, and addresses") {
  const auto field = parse(
      "\"mx \\\"one\\\"\"; x-odd/2=hardfail smtp.mailfrom=\"a b\"@example.org header.b=\"a/b=\" "
      "smtp.rcptto=a+b=c/d@example.org policy.iprev=\"2001:db8::1\" smtp.auth=j\xC3\xB6@k\xC3\xB6ln.example");
  REQUIRE(field);
  CHECK(field->authserv_id == "mx \"one\"");
  CHECK(field->results[0].version == 2);
  CHECK(field->results[0].properties == Properties{{"smtp", "mailfrom", "\"a b\"@example.org"},
                                                   {"header", "b", "a/b="},
                                                   {"smtp", "rcptto", "a+b=c/d@example.org"},
                                                   {"policy", "iprev", "2001:db8::1"},
                                                   {"smtp", "auth", "j\xC3\xB6@k\xC3\xB6ln.example"}});
}

TEST_CASE("what the grammar of RFC 8601 section 2.2 does not allow") {
  for (const char* bad : {"",
                          "example.org",
                          "example.org;",
                          "example.org; none;",
                          "example.org; none x",
                          "example.org; spf",
                          "; spf=pass",
                          "example.org spf=pass",
                          "example.org; spf=pass;",
                          "example.org; spf=pass; none",
                          "example.org; spf=",
                          "example.org; =pass",
                          "example.org; spf=pass smtp",
                          "example.org; spf=pass smtp.mailfrom",
                          "example.org; spf=pass smtp.mailfrom=",
                          "example.org; spf=pass smtp.mailfrom=a=b",
                          "example.org; spf=pass header.b=a/b",
                          "example.org; spf=pass smtp=a",
                          "example.org; spf=pass reason=a reason=b",
                          "example.org; spf=pass smtp.helo=a reason=b",
                          "example.org; spf=pass.x=y",
                          "example.org; spf=pass (open",
                          "example.org; spf=pass reason=\"open",
                          "example.org; s_p=pass",
                          "example.org; spf-=pass",
                          "example.org; spf=pass\r\nx",
                          "example.org; spf=pass\nx.y=z",
                          "example.org; spf=pass \r\n",
                          "ex\x80mple.org; none",
                          "example.org; spf=pass smtp.mailfrom=a@b@c",
                          "example.org; spf=pass smtp.mailfrom=<a@b>",
                          "example.org x; none"}) {
    CAPTURE(std::string(bad));
    CHECK(!parse(bad));
  }
}

TEST_CASE("limits") {
  CHECK(parse("a; b=c", {.octets = 6}));
  CHECK(parse("a; b=c ", {.octets = 6}).error().code == Code::too_long);
  CHECK(parse("a; b=c; b=d", {.results = 2}));
  CHECK(parse("a; b=c; b=d", {.results = 1}).error().code == Code::too_many);
  CHECK(parse("a; b=c d.e=f d.e=g", {.properties = 2}));
  CHECK(parse("a; b=c d.e=f d.e=g", {.properties = 1}).error().code == Code::too_many);
  CHECK(!parse("a;" + std::string(60'000, '(')));
}

TEST_CASE("a field is written as RFC 8601 reads it") {
  CHECK(format({.authserv_id = "example.org"}) == "Authentication-Results: example.org; none\r\n");
  const Field field{
      .authserv_id = "mx.example.org",
      .results = {{.method = "spf",
                   .result = "pass",
                   .comment = "it (may)",
                   .properties = {{"smtp", "mailfrom", "joe@example.net"}, {"smtp", "helo", "mail.example.net"}}},
                  {.method = "iprev", .result = "pass", .properties = {{"policy", "iprev", "2001:db8::1"}}},
                  {.method = "dkim", .version = 2, .result = "fail", .reason = "a \"bad\" one"}}};
  CHECK(format(field) ==
        "Authentication-Results: mx.example.org;\r\n"
        " spf=pass (it \\(may\\)) smtp.mailfrom=joe@example.net\r\n"
        " smtp.helo=mail.example.net;\r\n"
        " iprev=pass policy.iprev=\"2001:db8::1\";\r\n"
        " dkim/2=fail reason=\"a \\\"bad\\\" one\"\r\n");
  CHECK(format({.authserv_id = "a.example"}, "ARC-Authentication-Results: i=1;") ==
        "ARC-Authentication-Results: i=1; a.example; none\r\n");
}

TEST_CASE("lines are not longer than 78 columns, and nothing gets out of them") {
  Field field{.authserv_id = "mx.example.org", .results = {{.method = "spf", .result = "permerror"}}};
  field.results[0].reason =
      "there is no record\r\nX-Evil: yes " + std::string(20, 'x') + " and a long text behind it\x01\xFF";
  field.results[0].comment = "a\r\n\r\nb)";
  const std::string text = format(field);
  View rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    REQUIRE(end != View::npos);
    CHECK(end <= 78);
    CHECK(rest.substr(0, end).find_first_of("\r\n\x01\xFF") == View::npos);
    CHECK((rest.front() == ' ' || rest.data() == text.data()));
    rest.remove_prefix(end + 2);
  }
  const auto again = parse(View(text).substr(23, text.size() - 25));
  REQUIRE(again);
  CHECK(again->results[0].reason ==
        "there is no record??X-Evil: yes " + std::string(20, 'x') + " and a long text behind it??");
  CHECK(again->results[0].comment == "a????b)");
}

TEST_CASE("names that are no keywords are left out") {
  const Field field{
      .authserv_id = "a.example",
      .results = {{.method = "x y", .result = "pass"},
                  {.method = "spf", .result = "pass", .properties = {{"a;b", "c", "d"}, {"smtp", "helo", ""}}}}};
  CHECK(format(field) == "Authentication-Results: a.example;\r\n spf=pass smtp.helo=\"\"\r\n");
}

TEST_CASE("the table of methods (RFC 8601 section 6.6)") {
  const Method* spf = find_method("SPF");
  REQUIRE(spf != nullptr);
  CHECK(has_word(spf->results, "softfail"));
  CHECK(!has_word(spf->results, "soft"));
  CHECK(has_word(spf->properties, "smtp.mailfrom"));
  CHECK(!has_word(find_method("dkim")->results, "softfail"));
  CHECK(!has_word(find_method("iprev")->results, "none"));
  CHECK(find_method("dkim-atps") == nullptr);
}

}  // namespace
}  // namespace posthorn::auth_results
