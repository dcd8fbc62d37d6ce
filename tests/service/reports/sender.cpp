#include "posthorn/service/reports/sender.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/service/reports/aggregate_xml.h"
#include "posthorn/service/reports/dmarc_results.h"
#include "posthorn/service/reports/failures.h"
#include "posthorn/service/reports/tls_json.h"
#include "posthorn/service/reports/unpack.h"
#include "posthorn/testing/faulty_store.h"
#include "posthorn/testing/zone_resolver.h"

#include "service/queue/house.h"

using namespace posthorn;
using namespace posthorn::reports;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr View kZone = R"(
_dmarc.one.example.   TXT "v=DMARC1; p=reject; rua=mailto:r@one.example,mailto:r@two.example,mailto:r@three.example"
one.example._report._dmarc.two.example. TXT "v=DMARC1"
_dmarc.small.example. TXT "v=DMARC1; p=none; rua=mailto:r@small.example!1k"
_dmarc.ours.example.  TXT "v=DMARC1; p=none; rua=mailto:ann@example.net,mailto:x@nowhere.example"
ours.example._report._dmarc.example.net. TXT "v=DMARC1"
ours.example._report._dmarc.nowhere.example. TXT "v=DMARC1"
_dmarc.fail.example.  TXT "v=DMARC1; p=none; ruf=mailto:f@fail.example,mailto:f@three.example"
_smtp._tls.many.example. TXT "v=TLSRPTv1; rua=https://a.example/,https://b.example/,https://c.example/,mailto:t@many.example"
_smtp._tls.one.example. TXT "v=TLSRPTv1; rua=mailto:tls@one.example,https://one.example/"
)";

constexpr auto kNever = [] { return false; };

/// A queue, a zone and results that were counted yesterday.
struct Office {
  explicit Office(store::Store* other = nullptr)
      : house(other), rows(std::move(*house.store.open(queue::kQueueAccount))) {}
  void count(View domain, int messages = 1) {
    DmarcResults results(*rows, house.clock, house.random);
    dmarc::Verdict verdict{.status = dmarc::Status::fail, .author_domain = own(domain), .policy_domain = own(domain)};
    verdict.record = *dmarc::parse_record("v=DMARC1; p=none; rua=mailto:a@b.example");
    for (int i = 0; i < messages; ++i) results.add(verdict, dmarc::row_of(verdict, IpAddress()));
    REQUIRE(results.save());
  }
  void tomorrow() { house.clock.advance(hours(24)); }
  Sender sender(bool dry = false) {
    SenderOptions options{
        .host_name = "mx.example.net", .from = "dmarc@mx.example.net", .organization = "Example Net", .dry = dry};
    options.told = [this](const Told& report) {
      told.push_back(own(report.kind) + " " + report.domain + " " + (report.to.empty() ? "-" : report.to) + ": " +
                     report.what);
    };
    options.post = [this](const std::string& url, View content, const std::string& type, const Stop&) -> Result<void> {
      posted.push_back(url + " " + type);
      last_post = own(content);
      return post_error ? fail(*post_error) : Result<void>();
    };
    return {*house.queue, queue::House::router(), dns, house.clock, house.random, std::move(options)};
  }
  DmarcResults results() { return DmarcResults(*rows, house.clock, house.random); }

  testing::ZoneResolver dns{kZone};
  queue::House house;
  std::unique_ptr<store::Partition> rows;
  std::vector<std::string> told;
  std::vector<std::string> posted;
  std::string last_post;
  std::optional<Error> post_error;
};

std::vector<std::string> addresses(const queue::House& house) {
  std::vector<std::string> all;
  for (const auto& relayed : house.carrier->relayed) all.push_back(relayed.address);
  std::ranges::sort(all);
  return all;
}

std::string report_in(const std::string& octets) {
  const mime::Message message = mime::Message::index(octets);
  return *unpack(mime::decode_body(message, mime::PartId(2)));
}

}  // namespace

TEST_CASE("reports of yesterday go once to those who may have them") {
  Office office;
  office.count("one.example", 3);
  Sender sender = office.sender();
  auto results = office.results();
  CHECK(sender.send_due(results, 10, kNever) == 0U);  // the day is not over
  office.tomorrow();
  office.count("one.example");
  CHECK(sender.send_due(results, 10, kNever) == 1U);
  office.house.run(minutes(1));
  CHECK(addresses(office.house) == std::vector<std::string>{"r@one.example", "r@two.example"});
  CHECK(office.house.carrier->relayed[0].sender == "dmarc@mx.example.net");
  CHECK(sender.send_due(results, 10, kNever) == 0U);
  office.house.run(minutes(1));
  CHECK(office.house.carrier->relayed.size() == 2);
  CHECK(office.house.check().waiting == 0);
}

TEST_CASE("what stands in a report") {
  Office office;
  office.count("ours.example", 5);
  const auto day = std::chrono::floor<days>(office.house.clock.wall());
  office.tomorrow();
  Sender sender = office.sender();
  auto results = office.results();
  CHECK(sender.send_due(results, 10, kNever) == 1U);
  office.house.run(minutes(1));
  REQUIRE(office.house.local.mail["ann@example.net"].size() == 1);
  const auto report = parse_aggregate(report_in(office.house.local.mail["ann@example.net"][0]));
  REQUIRE(report);
  CHECK(report->organization == "Example Net");
  CHECK(report->email == "dmarc@mx.example.net");
  CHECK(report->begin == day);
  CHECK(report->rows.at(0).count == 5);
  CHECK(report->id.size() == 24);
}

TEST_CASE("whoever fails at any moment, each report goes once") {
  for (const bool lost : {false, true}) {
    for (std::uint64_t n = 1;; ++n) {
      const auto memory = store::make_memory_store();
      testing::FaultyStore faults(*memory);
      Office office(&faults);
      office.count("one.example");
      office.tomorrow();
      {
        Sender sender = office.sender();
        auto results = office.results();
        if (lost) {
          faults.lose_commit(n, environment_error(Code::unavailable));
        } else {
          faults.fail_at(n, environment_error(Code::unavailable));
        }
        static_cast<void>(sender.send_due(results, 10, kNever));
      }
      if (!faults.failed()) {  // it takes fewer operations than that
        CHECK(n > 3);
        break;
      }
      office.house.reopen();
      Sender sender = office.sender();
      auto results = office.results();
      REQUIRE(sender.send_due(results, 10, kNever));
      office.house.run(minutes(1));
      CAPTURE(n);
      CAPTURE(lost);
      CHECK(addresses(office.house) == std::vector<std::string>{"r@one.example", "r@two.example"});
      CHECK(results.due(std::chrono::floor<days>(office.house.clock.wall()), 10)->empty());
      office.house.check();
      REQUIRE(n < 100);
    }
  }
}

TEST_CASE("who wants none gets none") {
  Office office;
  for (const View domain : {"absent.example", "sub.one.example"}) office.count(domain);
  office.tomorrow();
  Sender sender = office.sender();
  auto results = office.results();
  CHECK(sender.send_due(results, 10, kNever) == 0U);
  CHECK(results.due(std::chrono::floor<days>(office.house.clock.wall()), 10)->empty());
  CHECK(office.house.queue->size() == 0);
}

// RFC 9989 section 4.8: such a size is obsolete, and who reports ignores it.
TEST_CASE("an address that once took small reports gets its report") {
  Office office;
  for (int i = 0; i < 30; ++i) office.count("small.example");
  office.tomorrow();
  Sender sender = office.sender();
  auto results = office.results();
  CHECK(sender.send_due(results, 10, kNever) == 1U);
  office.house.run(minutes(1));
  CHECK(addresses(office.house) == std::vector<std::string>{"r@small.example"});
}

TEST_CASE("a domain that does not answer is asked again, for three days") {
  Office office;
  office.count("one.example");
  office.count("ours.example");
  office.dns.fail("one.example._report._dmarc.two.example", dns::Outcome::timed_out);
  office.tomorrow();
  Sender sender = office.sender();
  auto results = office.results();
  CHECK(sender.send_due(results, 1, kNever) == 0U);
  CHECK(sender.send_due(results, 1, kNever) == 1U);  // the other one is not kept waiting
  const std::size_t asked = office.dns.asked("_dmarc.one.example");
  CHECK(sender.send_due(results, 10, kNever) == 0U);
  CHECK(office.dns.asked("_dmarc.one.example") == asked);
  office.house.clock.advance(hours(1));
  office.dns.recover("one.example._report._dmarc.two.example");
  CHECK(sender.send_due(results, 10, kNever) == 1U);
  office.count("one.example");
  office.dns.fail("_dmarc.one.example", dns::Outcome::unavailable);
  for (int i = 0; i < 3; ++i) {
    office.tomorrow();
    CHECK(sender.send_due(results, 10, kNever) == 0U);
    CHECK(results.due(std::chrono::floor<days>(office.house.clock.wall()), 10)->size() == 1);
  }
  office.tomorrow();
  CHECK(sender.send_due(results, 10, kNever) == 0U);
  CHECK(results.due(std::chrono::floor<days>(office.house.clock.wall()), 10)->empty());
}

TEST_CASE("a stop holds between two domains") {
  Office office;
  office.count("one.example");
  office.count("ours.example");
  office.tomorrow();
  Sender sender = office.sender();
  auto results = office.results();
  int left = 1;
  CHECK(sender.send_due(results, 10, [&] { return left-- == 0; }) == 1U);
  CHECK(sender.send_due(results, 10, kNever) == 1U);
}

TEST_CASE("TLS reports go to addresses, even past TLS that is broken") {
  Office office;
  const WallTime day = std::chrono::floor<days>(office.house.clock.wall());
  office.tomorrow();
  Sender sender = office.sender();
  tlsrpt::Collector counts;
  counts.count({tlsrpt::PolicyType::sts, "one.example", "mx.one.example", tls::Failure::certificate_expired}, 2);
  const auto policies = tlsrpt::policies_of(counts, "one.example");
  CHECK(sender.send("one.example", policies, day, kNever) == Handed::sent);
  CHECK(sender.send("one.example", policies, day, kNever) == Handed::sent);  // it was: nothing goes twice
  CHECK(sender.send("two.example", policies, day, kNever) == Handed::nobody);
  office.dns.fail("_smtp._tls.three.example", dns::Outcome::timed_out);
  CHECK(sender.send("three.example", policies, day, kNever) == Handed::later);
  REQUIRE(office.house.queue->size() == 1);
  queue::Destination destination{"one.example", queue::TlsWish::optional};
  const auto work = office.house.queue->take(destination);
  REQUIRE((work && *work));
  CHECK((*work)->item.recipients.at(0).address == "tls@one.example");
  CHECK((*work)->item.recipients.at(0).notify.never);
  const auto report =
      parse_tls_report(report_in(*office.house.queue->read_body((*work)->message, 0, (*work)->message.octets)));
  REQUIRE(report);
  CHECK(report->policies == policies);
  CHECK(report->begin == day);
  CHECK(report->contact == "dmarc@mx.example.net");
}

TEST_CASE("it is told who gets a report, and why others do not") {
  using Lines = std::vector<std::string>;
  Office office;
  for (const View domain : {"absent.example", "one.example", "small.example", "slow.example"}) office.count(domain);
  office.dns.fail("_dmarc.slow.example", dns::Outcome::timed_out);
  office.tomorrow();
  auto results = office.results();
  const auto lines = [&](View sent) {
    return Lines{"DMARC absent.example -: the domain asks for no report any more",
                 "DMARC one.example r@three.example: has not agreed to get reports of this domain",
                 "DMARC one.example r@one.example: " + own(sent),
                 "DMARC one.example r@two.example: " + own(sent),
                 "DMARC slow.example -: the DNS does not answer: to be tried again",
                 "DMARC small.example r@small.example: " + own(sent)};
  };
  CHECK(office.sender(true).send_due(results, 10, kNever) == 2U);
  CHECK(office.told == lines("would be sent"));
  CHECK(office.house.queue->size() == 0);
  office.told.clear();
  CHECK(office.sender().send_due(results, 10, kNever) == 2U);
  CHECK(office.told == lines("in the queue"));
  office.told.clear();
  office.count("one.example");  // as if forgetting had failed
  CHECK(office.sender().send_due(results, 10, kNever) == 0U);
}

TEST_CASE("a trial of today takes nothing away from the report of the day") {
  Office office;
  office.count("ours.example", 2);
  office.house.clock.advance(hours(5));
  const WallTime now = office.house.clock.wall();
  Sender sender = office.sender();
  auto results = office.results();
  CHECK(sender.send_today(results, 10) == 1U);
  CHECK(sender.send_today(results, 10) == 1U);  // the same report again
  office.house.run(minutes(1));
  office.house.clock.advance(hours(20));
  CHECK(sender.send_today(results, 10) == 0U);
  CHECK(sender.send_due(results, 10, kNever) == 1U);
  office.house.run(minutes(1));
  const auto& mail = office.house.local.mail["ann@example.net"];
  REQUIRE(mail.size() == 2);
  const auto trial = parse_aggregate(report_in(mail[0]));
  const auto whole = parse_aggregate(report_in(mail[1]));
  REQUIRE((trial && whole));
  CHECK(trial->end == now);
  CHECK(whole->begin == trial->begin);
  CHECK(whole->end == trial->begin + hours(24) - std::chrono::seconds(1));
  CHECK(trial->rows == whole->rows);
  CHECK(trial->id != whole->id);
}

TEST_CASE("TLS reports go to URLs too, until each has taken its own once") {
  Office office;
  const WallTime day = std::chrono::floor<days>(office.house.clock.wall());
  office.tomorrow();
  Sender sender = office.sender();
  tlsrpt::Collector counts;
  counts.count({tlsrpt::PolicyType::sts, "one.example", "mx.one.example", std::nullopt}, 2);
  const auto policies = tlsrpt::policies_of(counts, "one.example");
  office.post_error = peer_error(Code::unavailable, "no connection");
  CHECK(sender.send("one.example", policies, day, kNever) == Handed::later);
  CHECK(office.told.back() == "TLS one.example https://one.example/: failed: no connection");
  office.post_error.reset();
  CHECK(sender.send("one.example", policies, day, kNever) == Handed::sent);
  CHECK(sender.send("one.example", policies, day, kNever) == Handed::sent);
  CHECK(office.posted == std::vector<std::string>(2, "https://one.example/ application/tlsrpt+gzip"));
  const auto report = parse_tls_report(*unpack(office.last_post));
  REQUIRE(report);
  CHECK(report->policies == policies);
  CHECK(office.house.queue->size() == 1);
}

TEST_CASE("two URLs of a record get TLS reports, and none after a stop") {
  Office office;
  const WallTime day = std::chrono::floor<days>(office.house.clock.wall());
  office.tomorrow();
  tlsrpt::Collector counts;
  counts.count({tlsrpt::PolicyType::sts, "many.example", "mx.many.example", std::nullopt}, 2);
  const auto policies = tlsrpt::policies_of(counts, "many.example");
  Sender sender = office.sender();
  const auto after = [&](std::size_t most) { return [&office, most] { return office.posted.size() >= most; }; };
  CHECK(sender.send("many.example", policies, day, after(0)) == Handed::later);
  CHECK(office.posted.empty());
  CHECK(sender.send("many.example", policies, day, after(1)) == Handed::later);
  CHECK(office.posted.size() == 1);
  CHECK(sender.send("many.example", policies, day, kNever) == Handed::sent);
  CHECK(office.posted == std::vector<std::string>{"https://a.example/ application/tlsrpt+gzip",
                                                  "https://b.example/ application/tlsrpt+gzip"});
  CHECK(office.told.at(office.told.size() - 2) == "TLS many.example https://c.example/: one URL too many");
  CHECK(office.told.back() == "TLS many.example t@many.example: in the queue");
}

TEST_CASE("failures are told to those who asked for them and may be told") {
  Office office;
  office.dns.fail("_dmarc.slow.example", dns::Outcome::timed_out);
  Failures failures(*office.rows, office.house.clock, office.house.random);
  const WallTime arrived = office.house.clock.wall();
  for (const View domain : {"fail.example", "one.example", "slow.example"}) {
    dmarc::Verdict verdict{.status = dmarc::Status::fail, .author_domain = own(domain), .policy_domain = own(domain)};
    verdict.record = *dmarc::parse_record("v=DMARC1; p=none; ruf=mailto:a@b.example");
    REQUIRE(failures.add(verdict, {.mail_from = "x@a.example", .arrived = arrived, .user_agent = "Posthorn"},
                         "From: x@fail.example\r\nSubject: =?utf-8?q?gr=C3=BCn?=\r\n"));
  }
  Sender sender = office.sender();
  CHECK(sender.send_failures(failures, 10, kNever) == 1U);
  std::ranges::sort(office.told);
  CHECK(office.told ==
        std::vector<std::string>{"failure fail.example f@fail.example: in the queue",
                                 "failure fail.example f@three.example: has not agreed to get reports of this domain",
                                 "failure one.example -: the domain asks for no report any more",
                                 "failure slow.example -: the DNS does not answer: to be tried again"});
  CHECK(failures.waiting(10)->size() == 1);
  office.house.run(minutes(1));
  REQUIRE(office.house.carrier->relayed.size() == 1);
  CHECK(office.house.carrier->relayed[0].address == "f@fail.example");
  office.house.clock.advance(days(4));
  CHECK(sender.send_failures(failures, 10, kNever) == 0U);
  CHECK(failures.waiting(10)->empty());  // nobody waits for it any more
}

TEST_CASE("one failure that cannot be sent keeps no other waiting") {
  const auto memory = store::make_memory_store();
  testing::FaultyStore faults(*memory);
  Office office(&faults);
  Failures failures(*office.rows, office.house.clock, office.house.random);
  dmarc::Verdict verdict{
      .status = dmarc::Status::fail, .author_domain = "fail.example", .policy_domain = "fail.example"};
  verdict.record = *dmarc::parse_record("v=DMARC1; p=none; ruf=mailto:a@b.example");
  for (int i = 0; i < 2; ++i)
    REQUIRE(failures.add(verdict, {.mail_from = "x@a.example", .arrived = office.house.clock.wall(), .user_agent = "P"},
                         "From: x@fail.example\r\n"));
  Sender sender = office.sender();
  faults.fail_at(2, environment_error(Code::unavailable));  // the first is what waiting() reads
  CHECK(!sender.send_failures(failures, 10, kNever));
  CHECK(faults.failed());
  CHECK(failures.waiting(10)->size() == 1);
  CHECK(sender.send_failures(failures, 10, kNever) == 0U);
  office.house.clock.advance(hours(1));
  CHECK(sender.send_failures(failures, 10, kNever) == 1U);
  CHECK(failures.waiting(10)->empty());
}

TEST_CASE("a failure from before the clock was set back is sent") {
  Office office;
  Failures failures(*office.rows, office.house.clock, office.house.random);
  dmarc::Verdict verdict{
      .status = dmarc::Status::fail, .author_domain = "fail.example", .policy_domain = "fail.example"};
  verdict.record = *dmarc::parse_record("v=DMARC1; p=none; ruf=mailto:a@b.example");
  const WallTime later = office.house.clock.wall() + hours(2);
  REQUIRE(failures.add(verdict, {.mail_from = "x@a.example", .arrived = later, .user_agent = "P"},
                       "From: x@fail.example\r\n"));
  Sender sender = office.sender();
  CHECK(sender.send_failures(failures, 10, kNever) == 1U);
  CHECK(failures.waiting(10)->empty());
  office.house.run(minutes(1));
  CHECK(office.house.carrier->relayed.size() == 1);
}
