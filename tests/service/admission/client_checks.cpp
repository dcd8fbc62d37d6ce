#include "posthorn/service/admission/client_checks.h"

#include <map>
#include <string>
#include <utility>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::admission;
using dns::Outcome;
using dns::Type;

namespace {

IpAddress ip(View text) {
  const auto address = IpAddress::parse(text);
  REQUIRE(address);
  return *address;
}

Client client(const std::string& helo, const std::string& sender_domain = {}) {
  return {.address = ip("192.0.2.7"),
          .helo = helo,
          .sender_domain = sender_domain,
          .own_names = {"mx.posthorn.example", "posthorn.example"},
          .own_addresses = {ip("198.51.100.1")}};
}

// A zone; what is not in it does not exist.
struct Zone {
  std::map<std::pair<std::string, Type>, dns::Answer> answers;

  Zone& has(const std::string& name, Type type, std::vector<dns::Record> records) {
    answers[{name, type}] = {.outcome = Outcome::found, .records = std::move(records)};
    return *this;
  }
  Zone& says(const std::string& name, Type type, Outcome outcome) {
    answers[{name, type}] = {.outcome = outcome};
    return *this;
  }
  // @param last_first  the order of answers must not matter
  ClientVerdict judge(Client who, bool last_first = false) const {
    const auto evaluation = evaluate_client(std::move(who));
    for (int i = 0; i < 100 && !evaluation->wanted().empty(); ++i) {
      const std::size_t index = last_first ? evaluation->wanted().size() - 1 : 0;
      const dns::Question question = evaluation->wanted()[index];
      const auto found = answers.find({question.name, question.type});
      evaluation->answer(index, found == answers.end() ? dns::Answer{.outcome = Outcome::no_name} : found->second);
    }
    CHECK(evaluation->wanted().empty());
    return evaluation->verdict();
  }
};

std::string words(const ClientVerdict& verdict) {
  std::string text = std::to_string(verdict.score);
  for (const std::string& reason : verdict.reasons) text += " " + reason;
  if (verdict.refusal) text += " | " + std::to_string(verdict.refusal->code) + " " + verdict.refusal->status;
  return text;
}

Zone good_zone() {
  Zone zone;
  zone.has("7.2.0.192.in-addr.arpa", Type::ptr, {dns::Ptr{"mail.sender.example"}})
      .has("mail.sender.example", Type::a, {ip("192.0.2.7")})
      .says("mail.sender.example", Type::aaaa, Outcome::no_data)
      .has("sender.example", Type::mx, {dns::Mx{10, "mail.sender.example"}});
  return zone;
}

}  // namespace

TEST_CASE("EHLO is a full name or an address literal (RFC 5321 section 4.1.3)") {
  const auto kind = [](const char* helo) { return classify_helo(client(helo)); };
  for (const char* bad : {"", "localhost", "mail", "192.0.2.7", "a..example", "[192.0.2.7", "[2001:db8::1]", "[x]",
                          "mail sender.example", "-a.example", "[IPv6:192.0.2.300]", "mail.123"}) {
    CAPTURE(bad);
    CHECK(kind(bad) == Helo::malformed);
  }
  CHECK(kind("mail.sender.example") == Helo::name);
  CHECK(kind("mail.sender.example.") == Helo::name);
  CHECK(kind("m\xC3\xA4il.example") == Helo::name);
  CHECK(kind("[192.0.2.7]") == Helo::literal);
  CHECK(kind("[IPv6:::ffff:192.0.2.7]") == Helo::literal);
  CHECK(kind("[192.0.2.8]") == Helo::other_literal);
  CHECK(kind("[IPv6:2001:db8::1]") == Helo::other_literal);
  CHECK(kind("MX.Posthorn.Example") == Helo::ours);
  CHECK(kind("[198.51.100.1]") == Helo::ours);
  Client self = client("mx.posthorn.example");
  self.address = ip("127.0.0.1");
  CHECK(classify_helo(self) == Helo::name);
  self.address = ip("198.51.100.1");
  CHECK(classify_helo(self) == Helo::name);
}

TEST_CASE("a client that is as it should be has no points") {
  for (const bool last_first : {false, true}) {
    CHECK(words(good_zone().judge(client("mail.sender.example", "sender.example"), last_first)) == "0");
  }
}

TEST_CASE("words alone refuse without a question") {
  for (const auto& [helo, reply] :
       {std::pair("localhost", "0 | 501 5.5.2"), std::pair("posthorn.example", "0 | 550 5.7.1")}) {
    const auto evaluation = evaluate_client(client(helo, "sender.example"));
    CHECK(evaluation->wanted().empty());
    CHECK(words(evaluation->verdict()) == reply);
  }
}

TEST_CASE("the name in EHLO is looked up") {
  CHECK(words(good_zone().judge(client("other.sender.example", "sender.example"))) == "2 helo-absent");
  CHECK(words(good_zone()
                  .has("other.sender.example", Type::aaaa, {ip("2001:db8::1")})
                  .judge(client("other.sender.example", "sender.example"))) == "0");
  CHECK(words(good_zone()
                  .says("other.sender.example", Type::a, Outcome::timed_out)
                  .judge(client("other.sender.example", "sender.example"))) == "0");
  CHECK(words(good_zone().judge(client("[192.0.2.7]", "sender.example"))) == "1 helo-literal");
  CHECK(words(good_zone().judge(client("[192.0.2.9]", "sender.example"))) == "2 helo-other-literal");
}

TEST_CASE("reverse DNS is confirmed by the address (RFC 8601 section 3)") {
  const auto with = [](Zone zone) { return words(zone.judge(client("mail.sender.example", "sender.example"))); };
  CHECK(with(good_zone().says("7.2.0.192.in-addr.arpa", Type::ptr, Outcome::no_name)) == "2 no-ptr");
  CHECK(with(good_zone().says("7.2.0.192.in-addr.arpa", Type::ptr, Outcome::no_data)) == "2 no-ptr");
  CHECK(with(good_zone().says("7.2.0.192.in-addr.arpa", Type::ptr, Outcome::unavailable)) == "0");
  CHECK(with(good_zone().has("7.2.0.192.in-addr.arpa", Type::ptr, {dns::Ptr{"x.example"}})) == "1 ptr-unconfirmed");
  CHECK(with(good_zone().has("7.2.0.192.in-addr.arpa", Type::ptr, {dns::Ptr{"bad name"}})) == "1 ptr-unconfirmed");
  CHECK(with(good_zone()
                 .has("7.2.0.192.in-addr.arpa", Type::ptr, {dns::Ptr{"x.example"}})
                 .says("x.example", Type::a, Outcome::unavailable)) == "0");
  CHECK(with(good_zone().has("7.2.0.192.in-addr.arpa", Type::ptr,
                             {dns::Ptr{"x.example"}, dns::Ptr{"mail.sender.example."}})) == "0");
  std::vector<dns::Record> many(kMaxReverseNames, dns::Ptr{"x.example"});
  many.emplace_back(dns::Ptr{"mail.sender.example"});
  CHECK(with(good_zone().has("7.2.0.192.in-addr.arpa", Type::ptr, many)) == "1 ptr-unconfirmed");
  many.erase(many.begin());
  CHECK(with(good_zone().has("7.2.0.192.in-addr.arpa", Type::ptr, many)) == "0");
}

TEST_CASE("IPv6 clients are looked up with AAAA") {
  Client six = client("mail.sender.example", "sender.example");
  six.address = ip("2001:db8::7");
  Zone zone = good_zone();
  zone.has(six.address.reverse_name(), Type::ptr, {dns::Ptr{"mail.sender.example"}})
      .has("mail.sender.example", Type::aaaa, {six.address});
  CHECK(words(zone.judge(six)) == "0");
}

TEST_CASE("the domain of the sender takes bounces") {
  const auto with = [](Zone zone, const std::string& domain = "from.example") {
    const std::string first = words(zone.judge(client("mail.sender.example", domain)));
    CHECK(words(zone.judge(client("mail.sender.example", domain), true)) == first);
    return first;
  };
  CHECK(with(good_zone()) == "0 | 550 5.1.8");
  CHECK(with(good_zone().says("from.example", Type::mx, Outcome::no_data)) == "0 | 550 5.1.8");
  CHECK(with(good_zone().has("from.example", Type::mx, {dns::Mx{0, ""}})) == "0 | 550 5.7.27");
  CHECK(with(good_zone().says("from.example", Type::mx, Outcome::timed_out)) == "0 | 451 4.4.3");
  Zone implicit = good_zone().says("from.example", Type::mx, Outcome::no_data);
  CHECK(with(Zone(implicit).has("from.example", Type::a, {ip("203.0.113.1")})) == "0");
  CHECK(with(Zone(implicit).has("from.example", Type::aaaa, {ip("2001:db8::2")})) == "0");
  CHECK(with(Zone(implicit).says("from.example", Type::a, Outcome::unavailable)) == "0 | 451 4.4.3");
  CHECK(with(Zone(implicit)
                 .says("from.example", Type::a, Outcome::unavailable)
                 .has("from.example", Type::aaaa, {ip("2001:db8::2")})) == "0");
  CHECK(with(good_zone(), "") == "0");
  CHECK(with(good_zone(), "bad domain") == "0 | 550 5.1.8");
  CHECK(with(good_zone(), "[192.0.2.7]") == "0");
}

TEST_CASE("answers that nobody asked for are passed over") {
  const auto evaluation = evaluate_client(client("mail.sender.example"));
  const std::size_t before = evaluation->wanted().size();
  evaluation->answer(before, {});
  CHECK(evaluation->wanted().size() == before);
}
