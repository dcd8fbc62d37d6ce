#include "shared/config.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "shared/config_rows.h"

using namespace posthorn;
using namespace posthorn::servers;

namespace {

constexpr View kWhole = R"(
host_name = "mail.example.org"
[limits]
recipients = 500
[log]
addresses = true
[[tls.certificate]]
certificate = "c.pem"
key = "k.pem"
names = ["mail.example.org", "*.example.org"]
[[listener]]
role = "imap"
port = 993
tls = "implicit"
)";

ConfigProblems problems_of(View text) {
  auto parsed = parse_config(text, "f");
  REQUIRE(!parsed);
  return parsed.error();
}

bool mentions(const ConfigProblems& problems, View what) {
  return std::any_of(problems.begin(), problems.end(),
                     [&](const auto& p) { return p.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("a file sets what it names and leaves the rest") {
  const auto parsed = parse_config(kWhole, "f");
  REQUIRE(parsed);
  CHECK(parsed->host_name == "mail.example.org");
  CHECK(parsed->recipients == 500);
  CHECK(parsed->log_addresses);
  CHECK(parsed->message_octets == Settings().message_octets);
  REQUIRE(parsed->listeners.size() == 1);
  CHECK(parsed->listeners[0].tls == "implicit");
  REQUIRE(parsed->certificates.size() == 1);
  CHECK(parsed->certificates[0].names == std::vector<std::string>{"mail.example.org", "*.example.org"});
}

TEST_CASE("a list that is written takes the place of its default") {
  const std::string start = "host_name = \"x\"\n[[listener]]\nrole = \"mx\"\nport = 25\ntls = \"none\"\n";
  CHECK(parse_config(start, "f")->authentication_exempt == Settings().authentication_exempt);
  CHECK(parse_config("authentication.exempt = []\n" + start, "f")->authentication_exempt.empty());
  CHECK(parse_config("authentication.exempt = [\"192.0.2.0/24\"]\n" + start, "f")->authentication_exempt ==
        std::vector<std::string>{"192.0.2.0/24"});
}

TEST_CASE("the printed configuration reads back to itself") {
  auto parsed = parse_config(kWhole, "f");
  REQUIRE(parsed);
  parsed->host_name = "quotes \" and \\ and \x01.example.org";
  const std::string printed = format_config(*parsed);
  const auto again = parse_config(printed, "printed");
  REQUIRE_MESSAGE(again, (again ? "" : again.error().front()));
  CHECK(format_config(*again) == printed);
  CHECK(again->host_name == parsed->host_name);
  for (const auto& key : config_keys())
    CHECK(printed.find(key.substr(key.rfind('.') + 1) + " = ") != std::string::npos);
}

TEST_CASE("unknown keys name the nearest known one and their line") {
  const auto problems =
      problems_of("hostname = \"x\"\nlimits.recipient = 7\nrecipients = 8\n[[listner]]\n[tls]\ncertificat = 1\n");
  CHECK(mentions(problems, "f:1: unknown key 'hostname'; did you mean 'host_name'?"));
  CHECK(mentions(problems, "unknown key 'limits.recipient'; did you mean 'limits.recipients'?"));
  CHECK(mentions(problems, "unknown key 'recipients'; did you mean 'limits.recipients'?"));
  CHECK(mentions(problems, "unknown key 'listner'; did you mean 'listener'?"));
  CHECK(mentions(problems, "unknown key 'tls.certificat'; did you mean 'tls.certificate'?"));
  CHECK(mentions(problems, "the key 'host_name' is missing"));
  CHECK(mentions(problems_of("host_name = \"x\"\n[[listener]]\nrole = \"mx\"\nport = 25\nadress = \"::\"\n"),
                 "f:5: unknown key 'adress' in [[listener]]; did you mean 'address'?"));
}

TEST_CASE("values out of range, of another type or outside the choices are refused") {
  const View start = "host_name = \"x\"\n";
  CHECK(mentions(problems_of(own(start) + "limits.recipients = 5\n"), "must be from 100 to 100000"));
  CHECK(mentions(problems_of(own(start) + "limits.recipients = -1\n"), "must be from 100 to 100000"));
  CHECK(mentions(problems_of(own(start) + "limits.recipients = \"many\"\n"), "must be a whole number"));
  CHECK(mentions(problems_of(own(start) + "log.addresses = 1\n"), "must be true or false"));
  CHECK(mentions(problems_of("host_name = 1\n"), "must be a text in quotes"));
  CHECK(mentions(problems_of("host_name = \"\"\n"), "must not be empty"));
  CHECK(mentions(problems_of(own(start) + "[[listener]]\nrole = \"http\"\nport = 1\n"),
                 "one of: mx submission lmtp imap pop3 managesieve"));
  CHECK(mentions(problems_of(own(start) + "[[listener]]\nrole = \"mx\"\nport = 70000\n"), "from 0 to 65535"));
  CHECK(mentions(problems_of(own(start) + "[listener]\nrole = \"mx\"\n"), "write [[listener]]"));
  CHECK(mentions(problems_of("host_name = \n"), "f:1"));
  CHECK(mentions(problems_of(own(start) + "[[listener]]\nrole = \"imap\"\nport = 993\ntls = \"implicit\"\n"),
                 "add [[tls.certificate]]"));
  CHECK(mentions(problems_of(own(start) + "group = \"mail\"\n"), "'group' without 'user'"));
  for (const char* prefix : {"Shared", "#", "#a/b", "#a*"})
    CHECK(mentions(problems_of(own(start) + "imap.shared_prefix = \"" + prefix + "\"\n"), "must be # and a name"));
  CHECK(mentions(problems_of(own(start) + "imap.shared_seen = \"mine\"\n"), "one of: private shared"));
}

TEST_CASE("texts that have no meaning are refused with their key and line") {
  const auto refused = [](View key, View value, View why) {
    const auto problems = problems_of("host_name = \"x\"\n" + own(key) + " = " + own(value) + "\n");
    REQUIRE(problems.size() == 1);
    CHECK_MESSAGE(problems[0].starts_with("f:2: '" + own(key) + "' is '"), problems[0]);
    CHECK_MESSAGE(problems[0].contains(why), problems[0]);
  };
  refused("outbound.tls", "\"sometimes\"", "'sometimes' is no TLS policy");
  refused("outbound.tls", "\"verify colour=red\"", "'colour=red' is no word of a TLS policy");
  refused("outbound.tls", "\"fingerprint=12\"", "no TLS policy");
  refused("outbound.tls", "\"fingerprint fingerprint=12\"", "");
  refused("outbound.tls", "\"mutual\"", "");  // without a certificate of ours
  refused("mx.proxies", "[\"192.0.2.1/33\"]", "no network");
  refused("mx.xclient", "[\"192.0.2.0/24\", \"mail.example.org\"]", "no network");
  refused("mx.lists", "[\"zen.example.org=\"]", "");
  refused("mx.lists", "[\"\"]", "one DNS list");
  refused("authentication.exempt", "[\"::1/129\"]", "no network");
  refused("authentication.trusted_sealers", "[\"Example.ORG\"]", "lower-case");
  CHECK(mentions(problems_of("host_name = \"x\"\nmx.proxies = [\n\"192.0.2.1\",\n\"here\"]\n"),
                 "f:4: 'mx.proxies' is 'here'"));
}

TEST_CASE("texts that have a meaning are taken") {
  const auto parsed = parse_config(
      "outbound.tls = \"mutual name=mx.example.net\"\noutbound.certificate = \"c.pem\"\noutbound.key = \"k.pem\"\n"
      "mx.proxies = [\"192.0.2.1\", \"2001:db8::/32\"]\nmx.xclient = [\"198.51.100.0/24\"]\n"
      "mx.lists = [\"zen.example.org=127.0.0.[2..11]*3\", \"good.example.org*-2\"]\nhost_name = \"x\"\n",
      "f");
  REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().front()));
  CHECK(parsed->mx_lists.size() == 2);
}

TEST_CASE("tokens: an issuer needs an audience and keys, and the rest needs an issuer") {
  const std::string start = "host_name = \"x\"\n[oauth]\n";
  const auto missing = problems_of(start + "issuer = \"https://as.example\"\nclaim = \"\"\n");
  CHECK(mentions(missing, "'oauth.issuer' needs 'oauth.audience'"));
  CHECK(mentions(missing, "'oauth.issuer' needs 'oauth.keys'"));
  CHECK(mentions(missing, "'oauth.issuer' needs 'oauth.claim'"));
  CHECK(mentions(problems_of(start + "scope = \"mail\"\n"), "'oauth.scope' without 'oauth.issuer'"));
  CHECK(mentions(problems_of(start + "type = \"JWT\"\n"), "'oauth.type' without 'oauth.issuer'"));
  const auto whole = parse_config(start +
                                      "issuer = \"https://as.example\"\naudience = \"mail\"\nkeys = \"k.json\"\n"
                                      "claim = \"email\"\n",
                                  "f");
  REQUIRE(whole);
  CHECK(whole->oauth_issuer == "https://as.example");
  CHECK(whole->oauth_claim == "email");
  CHECK(whole->oauth_type == "at+jwt");
}

TEST_CASE("every key stands in the manual with its range") {
  const std::string manual = format_config_manual();
  for (const auto& row : settings_keys()) CHECK(manual.find(row.name) != std::string::npos);
  CHECK(manual.find("number from 100 to 100000; default 100") != std::string::npos);
}

TEST_CASE("every default keeps to its own range") {
  const Settings defaults;
  for (const auto& row : settings_keys()) {
    if (const auto* number = std::get_if<std::uint64_t Settings::*>(&row.target)) {
      CHECK_MESSAGE(defaults.**number >= row.low, row.name);
      CHECK_MESSAGE(defaults.**number <= row.high, row.name);
    }
    CHECK_MESSAGE(row.help.ends_with('.'), row.name);
  }
}
