#include "shared/report_service.h"

#include <algorithm>

#include "posthorn/testing/zone_resolver.h"

#include "service/queue/house.h"

using namespace posthorn;
using servers::ReportService;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr View kZone =
    "_dmarc.a.example. TXT \"v=DMARC1; p=none; rua=mailto:d@a.example\"\n"
    "_dmarc.b.example. TXT \"v=DMARC1; p=none; ruf=mailto:f@b.example\"\n"
    "_smtp._tls.a.example. TXT \"v=TLSRPTv1; rua=mailto:t@a.example\"\n";

struct Office {
  explicit Office(const std::string& more = {}) : dns(own(kZone) + more) {
    settings.host_name = "mx.example.net";
    settings.reports_dmarc = settings.reports_tls = true;
  }
  std::unique_ptr<ReportService> service(servers::ReportWish wish = {}) {
    const ReportService::Ground ground{settings,     *rows, *house.queue, dns,     house.clock,
                                       house.random, tls,   log,          nullptr, post};
    return std::make_unique<ReportService>(ground, queue::House::router(), std::move(wish));
  }
  void count_dmarc(ReportService& service) {
    dmarc::Verdict verdict{.status = dmarc::Status::fail, .author_domain = "a.example", .policy_domain = "a.example"};
    verdict.record = *dmarc::parse_record("v=DMARC1; p=none; rua=mailto:d@a.example");
    REQUIRE(service.results() != nullptr);
    service.results()->add(verdict, dmarc::row_of(verdict, IpAddress()));
  }
  void count_tls(const std::string& domain) {
    outbound::Hop hop{.host = "mx." + domain, .policy_domain = domain};
    tls.count(hop, {}, true);
  }
  std::vector<std::string> recipients() {
    house.run(minutes(1));
    std::vector<std::string> all;
    for (const auto& relayed : house.carrier->relayed) all.push_back(relayed.address);
    std::ranges::sort(all);
    return all;
  }

  servers::Settings settings;
  queue::House house;
  std::unique_ptr<store::Partition> rows = std::move(*house.store.open(queue::kQueueAccount));
  testing::ZoneResolver dns;
  reports::Post post;
  servers::TlsReports tls{*rows, house.clock};
  servers::LineLog log{false, -1};
};

}  // namespace

TEST_CASE("reports of a day go in the first hours of the next one") {
  Office office;  // it is midnight
  const auto service = office.service();
  office.count_dmarc(*service);
  office.count_tls("a.example");
  service->save();
  office.house.clock.advance(hours(23));
  service->send();
  CHECK(office.recipients().empty());
  office.house.clock.advance(minutes(62));
  service->send();
  CHECK(office.recipients().empty());  // ten minutes after midnight at the earliest
  office.house.clock.advance(hours(5));
  service->send();
  service->send();
  CHECK(office.recipients() == std::vector<std::string>{"d@a.example", "t@a.example"});
  CHECK(office.house.carrier->relayed[0].sender == "reports@mx.example.net");
}

TEST_CASE("what is switched off is neither counted nor sent") {
  Office office;
  office.settings.reports_dmarc = office.settings.reports_tls = false;
  const auto service = office.service();
  CHECK(service->results() == nullptr);
  CHECK(service->failures() == nullptr);
  office.count_tls("a.example");
  service->save();
  office.house.clock.advance(hours(30));
  service->send();
  CHECK(office.recipients().empty());
  CHECK(office.tls.due(std::chrono::floor<std::chrono::days>(office.house.clock.wall()))->empty());
}

TEST_CASE("a domain that does not answer keeps nobody waiting") {
  Office office;
  const auto service = office.service();
  office.dns.fail("_smtp._tls.slow.example", dns::Outcome::timed_out);
  office.count_tls("a.example");
  office.count_tls("slow.example");
  service->save();
  office.house.clock.advance(hours(30));
  service->send();
  CHECK(office.recipients() == std::vector<std::string>{"t@a.example"});
  service->send();
  const std::size_t asked = office.dns.asked("_smtp._tls.slow.example");
  service->send();
  CHECK(office.dns.asked("_smtp._tls.slow.example") == asked);
  office.house.clock.advance(std::chrono::days(4));
  service->send();
  CHECK(office.tls.due(std::chrono::floor<std::chrono::days>(office.house.clock.wall()))->empty());
}

TEST_CASE("web servers that do not answer keep nobody waiting") {
  std::string zone;
  for (int i = 100; i < 160; ++i)
    zone += "_smtp._tls.a" + std::to_string(i) + ".example. TXT \"v=TLSRPTv1; rua=https://h.example/" +
            std::to_string(i) + "\"\n";
  zone += "_smtp._tls.z.example. TXT \"v=TLSRPTv1; rua=mailto:t@z.example\"\n";
  for (const bool slow : {false, true}) {
    Office office(zone);
    std::vector<std::string> posted;
    office.post = [&](const std::string& url, View, const std::string&, const reports::Stop&) -> Result<void> {
      posted.push_back(url);
      if (slow) office.house.clock.advance(minutes(1));
      return fail(peer_error(Code::unavailable, "silence"));
    };
    const auto service = office.service();
    for (int i = 100; i < 160; ++i) office.count_tls("a" + std::to_string(i) + ".example");
    office.count_tls("z.example");
    service->save();
    office.house.clock.advance(hours(30));
    service->send();
    CHECK(posted.size() == (slow ? 5 : 50));  // of one pass: so many domains, or five minutes
    if (slow) {
      for (int i = 0; i < 12; ++i) service->send();  // an hour: the first may be asked again, and come last
    } else {
      service->send();
    }
    REQUIRE(posted.size() >= 60);
    posted.resize(60);
    CHECK(office.recipients() == std::vector<std::string>{"t@z.example"});
    std::ranges::sort(posted);
    CHECK(std::ranges::unique(posted).empty());
  }
}

TEST_CASE("after a stop nothing is posted") {
  Office office(
      "_smtp._tls.b.example. TXT \"v=TLSRPTv1; rua=https://b.example/1,https://b.example/2\"\n"
      "_smtp._tls.c.example. TXT \"v=TLSRPTv1; rua=https://c.example/\"\n");
  std::unique_ptr<ReportService> service;
  int posted = 0;
  office.post = [&](const std::string&, View, const std::string&, const reports::Stop& stop) -> Result<void> {
    CHECK(!stop());
    ++posted;
    service->stop();
    CHECK(stop());
    return {};
  };
  service = office.service();
  office.count_tls("b.example");
  office.count_tls("c.example");
  service->save();
  office.house.clock.advance(hours(30));
  service->send();
  CHECK(posted == 1);
}

TEST_CASE("after a stop nothing is asked of the resolver") {
  Office office;
  const auto service = office.service();
  office.count_dmarc(*service);
  office.count_tls("a.example");
  service->save();
  office.house.clock.advance(hours(30));
  service->stop();
  service->send();
  CHECK(office.dns.asked() == 0);
  CHECK(office.recipients().empty());
  const auto again = office.service();
  again->send();
  CHECK(office.recipients().size() == 2);
}

TEST_CASE("who wants reports now need not wait for the hour") {
  Office office;
  std::vector<std::string> told;
  const auto tell = [&](const reports::Told& report) { told.push_back(own(report.kind) + " " + report.to); };
  const auto counting = office.service();
  office.count_dmarc(*counting);
  office.count_tls("a.example");
  counting->save();
  const std::vector<std::string> both = {"DMARC d@a.example", "TLS t@a.example"};
  const auto send = [&](bool dry, bool today) {
    told.clear();
    REQUIRE(office.service({dry, today, tell})->send_now());
    return told;
  };
  CHECK(send(false, false).empty());
  CHECK(send(true, true) == both);
  CHECK(office.recipients().empty());
  CHECK(send(false, true) == both);
  CHECK(office.recipients().size() == 2);
  office.house.clock.advance(hours(24));
  CHECK(send(true, false) == both);  // a trial takes nothing away
  CHECK(send(false, false) == both);
  CHECK(office.recipients().size() == 4);
  CHECK(send(false, true).empty());
}

TEST_CASE("failures are told within minutes, as many as may be") {
  Office office;
  office.settings.reports_failure = true;
  office.settings.reports_failures_per_day = 2;
  const auto service = office.service();
  dmarc::Verdict verdict{.status = dmarc::Status::fail, .author_domain = "b.example", .policy_domain = "b.example"};
  verdict.record = *dmarc::parse_record("v=DMARC1; p=none; ruf=mailto:f@b.example");
  REQUIRE(service->failures() != nullptr);
  for (int i = 0; i < 3; ++i)
    REQUIRE(service->failures()->add(
        verdict, {.mail_from = "x@a.example", .arrived = office.house.clock.wall(), .user_agent = "Posthorn"},
        "From: x@b.example\r\n"));
  service->send();
  service->send();
  CHECK(office.recipients() == std::vector<std::string>{"f@b.example", "f@b.example"});
}
