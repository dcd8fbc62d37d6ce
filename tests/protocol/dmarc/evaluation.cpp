#include "posthorn/protocol/dmarc/evaluation.h"

#include <doctest/doctest.h>

#include "protocol/dnsbl/drive.h"

namespace posthorn::dmarc {
namespace {

Verdict judge(testing::ZoneResolver& dns, const Message& message, Options options = {}) {
  REQUIRE(dns.problem().empty());
  Evaluation forward(message, options);
  Evaluation backward(message, options);
  const Verdict verdict = testing::drive(forward, dns);
  const Verdict other = testing::drive(backward, dns, true);
  CHECK(verdict.status == other.status);
  CHECK(verdict.policy == other.policy);
  CHECK(verdict.aligned_dkim == other.aligned_dkim);
  CHECK(verdict.aligned_spf == other.aligned_spf);
  return verdict;
}

constexpr View kZone = R"(
_dmarc.example.com.       TXT "v=DMARC1; p=reject; sp=quarantine; np=none; rua=mailto:d@example.com"
_dmarc.strict.example.    TXT "v=DMARC1; p=quarantine; adkim=s; aspf=s"
_dmarc.test.example.      TXT "v=DMARC1; p=reject; t=y"
_dmarc.calm.example.      TXT "v=DMARC1; p=quarantine; t=y"
_dmarc.twice.example.     TXT "v=DMARC1; p=reject"
_dmarc.twice.example.     TXT "v=DMARC1; p=none"
_dmarc.mixed.example.     TXT "v=spf1 -all"
_dmarc.mixed.example.     TXT "v=DMARC1; p=reject"
_dmarc.bad.example.       TXT "v=DMARC1; p=bob"
mail.example.com.         A 192.0.2.1
v6.example.com.           AAAA 2001:db8::1
mx.example.com.           MX 10 mail.example.com.
txt.example.com.          TXT "something"
)";

TEST_CASE("one aligned domain is a pass") {
  testing::ZoneResolver dns(kZone);
  Verdict verdict = judge(dns, {{"example.com"}, {"other.example", "Mail.Example.com"}, "example.org"});
  CHECK(verdict.status == Status::pass);
  CHECK(verdict.aligned_dkim == "mail.example.com");
  CHECK(verdict.aligned_spf.empty());
  CHECK(verdict.policy == Policy::reject);
  CHECK(verdict.requested == Policy::none);
  CHECK(verdict.policy_domain == "example.com");
  CHECK(verdict.organizational_domain == "example.com");
  CHECK(verdict.record->aggregate_to.at(0).uri == "mailto:d@example.com");
  verdict = judge(dns, {{"example.com"}, {}, "a.b.example.com"});
  CHECK(verdict.status == Status::pass);
  CHECK(verdict.aligned_spf == "a.b.example.com");
  CHECK(dns.asked("_dmarc.other.example") == 0);  // cannot be aligned, so it is not asked for
}

TEST_CASE("no aligned domain is a fail, with what the owner asks for") {
  testing::ZoneResolver dns(kZone);
  CHECK(judge(dns, {{"example.com"}, {"example.org"}, {}}).status == Status::fail);
  CHECK(judge(dns, {{"example.com"}, {}, {}}).requested == Policy::reject);
  CHECK(judge(dns, {{"strict.example"}, {"mail.strict.example"}, "mail.strict.example"}).status == Status::fail);
  CHECK(judge(dns, {{"strict.example"}, {"strict.example"}, {}}).status == Status::pass);
  CHECK(judge(dns, {{"notexample.com"}, {}, {}}).status == Status::none);
}

TEST_CASE("a test lowers what is asked by one step (RFC 9989 section 4.7, t)") {
  testing::ZoneResolver dns(kZone);
  Verdict verdict = judge(dns, {{"test.example"}, {}, {}});
  CHECK(verdict.policy == Policy::reject);
  CHECK(verdict.requested == Policy::quarantine);
  CHECK(judge(dns, {{"calm.example"}, {}, {}}).requested == Policy::none);
}

TEST_CASE("subdomains that exist and others (RFC 9989 section 3.2.13)") {
  testing::ZoneResolver dns(kZone);
  for (const std::string name : {"mail.example.com", "v6.example.com", "mx.example.com", "txt.example.com"}) {
    CAPTURE(name);
    CHECK(judge(dns, {{name}, {}, {}}).policy == Policy::quarantine);
  }
  CHECK(judge(dns, {{"ghost.example.com"}, {}, {}}).policy == Policy::none);
  // Where a name does not answer it may exist: nobody knows the policy, unless the message passes anyway.
  dns.fail("ghost.example.com", dns::Outcome::timed_out, dns::Type::mx);
  CHECK(judge(dns, {{"ghost.example.com"}, {}, {}}).status == Status::temperror);
  CHECK(judge(dns, {{"ghost.example.com"}, {"example.com"}, {}}).status == Status::pass);
  dns.fail("mail.example.com", dns::Outcome::unavailable, dns::Type::mx);
  CHECK(judge(dns, {{"mail.example.com"}, {}, {}}).policy == Policy::quarantine);
}

TEST_CASE("authors") {
  testing::ZoneResolver dns(kZone);
  CHECK(judge(dns, {}).status == Status::none);
  CHECK(judge(dns, {{"example.com", "example.org"}, {"example.com"}, {}}).status == Status::permerror);
  CHECK(judge(dns, {{"example.com", "EXAMPLE.COM"}, {"example.com"}, {}}).status == Status::pass);
  CHECK(judge(dns, {{"exa mple.com"}, {}, {}}).status == Status::permerror);
  CHECK(judge(dns, {{"[192.0.2.1]"}, {}, {}}).status == Status::permerror);
  testing::ZoneResolver idn("_dmarc.xn--kln-sna.example. TXT \"v=DMARC1; p=none\"");
  CHECK(judge(idn, {{"K\xC3\xB6ln.example"}, {"xn--kln-sna.example"}, {}}).status == Status::pass);
}

TEST_CASE("records that do not count") {
  testing::ZoneResolver dns(kZone);
  CHECK(judge(dns, {{"twice.example"}, {"twice.example"}, {}}).status == Status::none);
  CHECK(judge(dns, {{"mixed.example"}, {}, {}}).requested == Policy::reject);
  const Verdict verdict = judge(dns, {{"bad.example"}, {"bad.example"}, {}});
  CHECK(verdict.status == Status::permerror);
  CHECK(verdict.requested == Policy::none);
}

TEST_CASE("no answer is another thing than no record") {
  testing::ZoneResolver dns(kZone);
  dns.fail("_dmarc.silent.example", dns::Outcome::timed_out);
  CHECK(judge(dns, {{"silent.example"}, {"silent.example"}, {}}).status == Status::temperror);
  CHECK(judge(dns, {{"absent.example"}, {}, {}}).status == Status::none);
  dns.fail("_dmarc.example.com", dns::Outcome::unavailable);
  CHECK(judge(dns, {{"mail.example.com"}, {}, {}}).status == Status::temperror);
  dns.recover("_dmarc.example.com");
  // A top-level domain that is silent stops no mail.
  dns.fail("_dmarc.com", dns::Outcome::timed_out);
  CHECK(judge(dns, {{"example.com"}, {"mail.example.com"}, {}}).status == Status::pass);
  // Names above the record that do not answer matter for a message that would fail otherwise.
  testing::ZoneResolver deep("_dmarc.a.b.example. TXT \"v=DMARC1; p=reject\"\n");
  deep.fail("_dmarc.b.example", dns::Outcome::timed_out);
  CHECK(judge(deep, {{"a.b.example"}, {"b.example"}, {}}).status == Status::temperror);
  CHECK(judge(deep, {{"a.b.example"}, {"c.a.b.example"}, {}}).status == Status::pass);
  CHECK(judge(deep, {{"a.b.example"}, {}, {}}).status == Status::fail);
  deep.fail("_dmarc.c.a.b.example", dns::Outcome::timed_out);
  CHECK(judge(deep, {{"a.b.example"}, {"c.a.b.example"}, {}}).status == Status::temperror);
}

TEST_CASE("an identifier that nobody knows makes a message unsure only where it would be aligned") {
  testing::ZoneResolver dns(kZone);
  const auto unknown = [](const std::string& author, std::vector<std::string> signers, const std::string& sender = {}) {
    return Message{.from = {author}, .dkim_unknown = std::move(signers), .spf_unknown = sender};
  };
  Verdict verdict = judge(dns, unknown("example.com", {"other.example", "mail.example.com"}));
  CHECK(verdict.status == Status::temperror);
  CHECK(verdict.requested == Policy::none);
  CHECK(verdict.at_worst == Policy::reject);
  CHECK(judge(dns, unknown("example.com", {}, "example.com")).status == Status::temperror);
  CHECK(judge(dns, unknown("example.com", {"other.example"}, "other.example")).status == Status::fail);
  CHECK(judge(dns, unknown("strict.example", {"mail.strict.example"})).status == Status::fail);
  CHECK(judge(dns, unknown("test.example", {"test.example"})).at_worst == Policy::quarantine);  // t=y
  Message known = unknown("example.com", {"example.com"}, "example.com");
  known.spf = "example.com";
  CHECK(judge(dns, known).status == Status::pass);
  CHECK(judge(dns, known).at_worst == Policy::none);
  // np=none, sp=quarantine: what is not known of the name itself counts at worst too.
  dns.fail("ghost.example.com", dns::Outcome::timed_out, dns::Type::mx);
  CHECK(judge(dns, {{"ghost.example.com"}, {}, {}}).at_worst == Policy::quarantine);
}

// RFC 9989 section 4.10: the names of its example.
TEST_CASE("a walk asks eight names at most") {
  testing::ZoneResolver dns("");
  Evaluation evaluation({{"a.b.c.d.e.f.g.h.i.j.mail.example.com"}, {}, {}});
  std::vector<std::string> asked;
  while (!evaluation.wanted().empty()) {
    REQUIRE(evaluation.wanted().size() == 1);
    asked.push_back(evaluation.wanted()[0].name);
    evaluation.answer(0, dns::Answer{.outcome = dns::Outcome::no_name});
  }
  CHECK(asked == std::vector<std::string>{"_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
                                          "_dmarc.g.h.i.j.mail.example.com", "_dmarc.h.i.j.mail.example.com",
                                          "_dmarc.i.j.mail.example.com", "_dmarc.j.mail.example.com",
                                          "_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com"});
  CHECK(evaluation.verdict().status == Status::none);
  Evaluation eight({{"a.b.c.d.e.f.g.com"}, {}, {}});
  std::size_t count = 0;
  for (; !eight.wanted().empty(); ++count) eight.answer(0, dns::Answer{.outcome = dns::Outcome::no_data});
  CHECK(count == 8);
}

// RFC 9989 section 4.10.2: its three examples, and what stands around them.
TEST_CASE("organizational domains") {
  const auto found = [](View zone, const std::string& author) {
    testing::ZoneResolver dns(zone);
    return judge(dns, {{author}, {}, {}}).organizational_domain;
  };
  constexpr View kTwo =
      "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none\"\n_dmarc.example.com. TXT \"v=DMARC1; p=none\"\n";
  CHECK(found(kTwo, "a.mail.example.com") == "example.com");
  CHECK(
      found("_dmarc.mail.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n_dmarc.example.com. TXT \"v=DMARC1; p=none\"\n",
            "a.mail.example.com") == "mail.example.com");
  CHECK(found("_dmarc.com. TXT \"v=DMARC1; p=none; psd=y\"\n", "a.mail.example.com") == "example.com");
  CHECK(found("", "a.mail.example.com") == "a.mail.example.com");
  CHECK(found("_dmarc.bank. TXT \"v=DMARC1; p=none; psd=y\"\n", "bank") == "bank");
  CHECK(found("_dmarc.b.c.d.e.f.g.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n_dmarc.example.com. TXT \"v=DMARC1; "
              "p=none\"\n",
              "mail.a.b.c.d.e.f.g.example.com") == "example.com");  // section 5.1.8: it is never seen
}

TEST_CASE("psd ends a walk, and a public suffix speaks for domains without a record") {
  testing::ZoneResolver dns(
      "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n"
      "_dmarc.bank. TXT \"v=DMARC1; p=reject; sp=quarantine; psd=y\"\n"
      "_dmarc.giant.bank. TXT \"v=DMARC1; p=none\"\n");
  CHECK(judge(dns, {{"a.mail.example.com"}, {}, {}}).policy_domain == "mail.example.com");
  CHECK(dns.asked("_dmarc.example.com") == 0);
  const Verdict verdict = judge(dns, {{"www.mega.bank"}, {"mega.bank"}, {}});
  CHECK(verdict.policy_domain == "bank");
  CHECK(verdict.organizational_domain == "mega.bank");
  CHECK(verdict.policy == Policy::quarantine);
  CHECK(verdict.status == Status::pass);
  CHECK(judge(dns, {{"mega.bank"}, {"giant.bank", "bank"}, {}}).status == Status::fail);
  CHECK(judge(dns, {{"giant.bank"}, {}, {}}).policy == Policy::none);
}

TEST_CASE("many signers ask for no more than lies in the author's domain") {
  testing::ZoneResolver dns(kZone);
  Message message{{"example.com"}, {}, {}};
  for (int i = 0; i < 1000; ++i) message.dkim.push_back("s" + std::to_string(i) + ".example.net");
  CHECK(judge(dns, message).status == Status::fail);
  CHECK(dns.asked() == 4);  // two evaluations, two names
  message.dkim.emplace_back("example.com");
  CHECK(judge(dns, message).status == Status::fail);  // behind kMaxSigners
}

class FakeSuffixes final : public PublicSuffixes {
 public:
  [[nodiscard]] std::string organizational_domain(View domain) const override {
    for (const View known : {"example.co.test", "example.com"}) {
      if (domain.ends_with(known)) return own(known);
    }
    return own(domain);
  }
};

TEST_CASE("a list of public suffixes instead of the walk") {
  const FakeSuffixes list;
  testing::ZoneResolver dns(
      "_dmarc.example.co.test. TXT \"v=DMARC1; p=reject; sp=none\"\n"
      "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none\"\n");
  const Verdict verdict = judge(dns, {{"a.b.example.co.test"}, {"c.example.co.test"}, {}}, {.suffixes = &list});
  CHECK(verdict.status == Status::pass);
  CHECK(verdict.discovery == Discovery::public_suffix_list);
  CHECK(word_of(verdict.discovery) == "psl");
  CHECK(verdict.policy_domain == "example.co.test");
  CHECK(verdict.policy == Policy::none);
  CHECK(dns.asked("_dmarc.b.example.co.test") == 0);
  CHECK(judge(dns, {{"a.mail.example.com"}, {}, {}}, {.suffixes = &list}).status == Status::none);
}

TEST_CASE("steps for people") {
  testing::ZoneResolver dns(kZone);
  Evaluation evaluation({{"mail.example.com"}, {"example.com"}, "example.org"}, {.explain = true});
  CHECK(testing::drive(evaluation, dns).steps ==
        std::vector<std::string>{"_dmarc.mail.example.com: no record",
                                 "_dmarc.example.com: p=reject sp=quarantine np=none", "_dmarc.com: no record",
                                 "the organizational domain is example.com",
                                 "the record of example.com applies: quarantine", "DKIM example.com is aligned",
                                 "SPF example.org is not aligned", "dmarc=pass, requested: none"});
  CHECK(judge(dns, {{"mail.example.com"}, {}, {}}).steps.empty());
}

TEST_CASE("answers nobody asked for change nothing") {
  Evaluation evaluation({{"example.com"}, {}, {}});
  evaluation.answer(7, {});
  CHECK(evaluation.wanted().size() == 1);
  Evaluation none(Message{});
  none.answer(0, {});
  CHECK(word_of(none.verdict().status) == "none");
}

}  // namespace
}  // namespace posthorn::dmarc
