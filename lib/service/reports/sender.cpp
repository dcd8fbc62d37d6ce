#include "posthorn/service/reports/sender.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "posthorn/bytes/codec/gzip.h"
#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/mail/mailto.h"
#include "posthorn/protocol/dmarc/report_addresses.h"
#include "posthorn/protocol/tlsrpt/record.h"
#include "posthorn/service/reports/dmarc_results.h"
#include "posthorn/service/reports/failures.h"
#include "posthorn/service/reports/report_mail.h"
#include "posthorn/service/reports/tls_json.h"

#include "service/reports/ask.h"

namespace posthorn::reports {

namespace {

constexpr View kGenerator = "Posthorn";
constexpr std::size_t kIdOctets = 12;
constexpr std::chrono::hours kAskAgain(1);
constexpr std::size_t kMostUrls = 2;         // of one record: a web server may take a minute to say nothing
constexpr std::size_t kMostPosted = 10'000;  // what is forgotten goes twice at worst
// Words for people.
constexpr const char* kNoAnswer = "the DNS does not answer: to be tried again";
constexpr const char* kUnwanted = "the domain asks for no report any more";
constexpr const char* kRefused = "has not agreed to get reports of this domain";

std::uint64_t number_of(View octets) {
  std::uint64_t value = 0;
  for (const char c : octets) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

/// The id of a report: the same for the same subject, another one for each reporting host.
std::string report_id(View kind, View host, View domain, WallTime end) {
  const std::string all =
      own(kind) + " " + own(host) + " " + own(domain) + " " + std::to_string(end.time_since_epoch().count());
  return codec::hex_encode(crypto::sha256(all).substr(0, kIdOctets));
}

/// The name of a message in the queue, as of the end of its day: what came of a day is never older.
queue::MessageId message_id(View report, View to, WallTime end) {
  const std::string digest = crypto::sha256(own(report) + " " + own(to));
  constexpr unsigned kCount = 24;  // bits
  const auto seconds = static_cast<std::uint64_t>(end.time_since_epoch().count());
  return {(seconds << kCount) | number_of(View(digest).substr(0, 3)),
          static_cast<std::uint32_t>(number_of(View(digest).substr(3, 4)))};
}

/// The record of a TLS report's domain, as an evaluation of one question.
class TlsRecipients final : public dns::Evaluation<dns::Answer> {
 public:
  explicit TlsRecipients(View domain) : wanted_{{tlsrpt::record_name(domain), dns::Type::txt}} {}
  [[nodiscard]] std::span<const dns::Question> wanted() const override { return wanted_; }
  void answer(std::size_t, const dns::Answer& answer) override {
    wanted_.clear();
    answer_ = answer;
  }
  [[nodiscard]] const dns::Answer& verdict() const override { return answer_; }

 private:
  std::vector<dns::Question> wanted_;
  dns::Answer answer_;
};

}  // namespace

Sender::Sender(queue::Queue& queue, queue::Router router, dns::Resolver& resolver, const Clock& clock, Random& random,
               SenderOptions options)
    : queue_(queue),
      router_(std::move(router)),
      resolver_(resolver),
      clock_(clock),
      random_(random),
      options_(std::move(options)) {}

const std::string& Sender::organization() const {
  return options_.organization.empty() ? options_.host_name : options_.organization;
}
const std::string& Sender::contact() const { return options_.contact.empty() ? options_.from : options_.contact; }

ReportMail Sender::mail_to(const std::string& address) const {
  return {.from = options_.from, .submitter = options_.host_name, .to = address, .now = clock_.wall()};
}

Handed Sender::tell(const Subject& subject, std::string to, std::string what, Handed handed) const {
  if (options_.told) options_.told({subject.kind, subject.domain, subject.begin, std::move(to), std::move(what)});
  return handed;
}

Result<Handed> Sender::send(dmarc::AggregateReport report) {
  const Subject subject{"DMARC", report.policy.domain, report.begin, report.end};
  if (report.rows.empty()) return Handed::nobody;
  dmarc::Evaluation evaluation({.from = {subject.domain}}, options_.discovery);
  const dmarc::Verdict& policy = ask(evaluation, resolver_);
  if (policy.status == dmarc::Status::temperror && !policy.record) return tell(subject, {}, kNoAnswer, Handed::later);
  // A record that is gone, or moved to another domain, asks for nothing any more.
  if (!policy.record || policy.policy_domain != subject.domain || policy.record->aggregate_to.empty())
    return tell(subject, {}, kUnwanted, Handed::nobody);
  dmarc::ReportAddresses addresses(policy, dmarc::ReportKind::aggregate, options_.discovery);
  const dmarc::ReportAddressList& list = ask(addresses, resolver_);
  if (list.unsure) return tell(subject, {}, kNoAnswer, Handed::later);

  report.version = "1.0";
  report.organization = organization();
  report.email = contact();
  report.generator = kGenerator;
  report.id = report_id("dmarc", options_.host_name, subject.domain, report.end);
  Handed handed = Handed::nobody;
  for (const std::string& address : list.refused) tell(subject, address, kRefused, handed);
  for (const std::string& address : list.allowed) {
    auto message = compose(report, mail_to(address), random_);
    if (!message) continue;
    const queue::MessageId id = message_id(report.id, address, report.end);
    auto done = hand_over(subject, {id, address, std::move(*message)});
    if (!done) return done;
    if (*done == Handed::sent) handed = Handed::sent;
  }
  return handed;
}

Result<Handed> Sender::send(const std::string& domain, std::vector<tlsrpt::PolicyReport> policies, WallTime day,
                            const Stop& stop) {
  // A day that is not over ends now.
  const Subject subject{"TLS", domain, day,
                        std::min(day + std::chrono::days(1) - std::chrono::seconds(1), clock_.wall())};
  TlsRecipients question(domain);
  const dns::Answer& answer = ask(question, resolver_);
  if (answer.failed()) return tell(subject, {}, kNoAnswer, Handed::later);
  const auto record = tlsrpt::find_record(answer.records);
  if (!record || policies.empty()) return tell(subject, {}, kUnwanted, Handed::nobody);
  const tlsrpt::Report report{.organization = organization(),
                              .begin = day,
                              .end = subject.end,
                              .contact = contact(),
                              .id = report_id("tls", options_.host_name, domain, subject.end),
                              .policies = std::move(policies)};
  bool sent = false;
  bool later = false;
  std::size_t urls = 0;
  for (const std::string& uri : record->rua) {
    const auto mailbox = mail::parse_mailto(uri);
    if (!mailbox) {
      if (++urls > kMostUrls) {
        tell(subject, uri, "one URL too many", Handed::nobody);
        continue;
      }
      if (stop()) return Handed::later;
      const Handed posted = post(subject, uri, report, stop);
      sent |= posted == Handed::sent;
      later |= posted == Handed::later;
      continue;
    }
    const std::string to = mailbox->text();
    auto message = compose(report, domain, mail_to(to), random_);
    if (!message) continue;
    const auto done = hand_over(subject, {message_id(report.id, to, report.end), to, std::move(*message), true});
    if (!done) return done;
    sent |= *done == Handed::sent;
  }
  return later ? Handed::later : sent ? Handed::sent : Handed::nobody;
}

/// RFC 8460 section 5.4. What another URL or an address of the same record has taken does not go there again.
Handed Sender::post(const Subject& subject, const std::string& url, const tlsrpt::Report& report, const Stop& stop) {
  if (!options_.post) return Handed::nobody;
  if (options_.dry) return tell(subject, url, "would be sent", Handed::sent);
  const std::string name = report.id + " " + url;
  if (std::ranges::find(posted_, name) != posted_.end()) return Handed::sent;
  const auto posted = options_.post(url, codec::gzip(format_tls_report(report)), own(kTlsReportType), stop);
  if (!posted && posted.error().code == Code::syntax) return tell(subject, url, posted.error().note, Handed::nobody);
  if (!posted) return tell(subject, url, "failed: " + posted.error().note, Handed::later);
  if (posted_.size() == kMostPosted) posted_.clear();
  posted_.push_back(name);
  return tell(subject, url, "sent", Handed::sent);
}

Result<Handed> Sender::send(const mime::FeedbackReport& report, View header, View key) {
  const std::string domain = report.reported_domain.empty() ? std::string() : report.reported_domain.front();
  // Where the clock was set back it may be to come: the queue takes nothing in from the future.
  const WallTime arrived = std::min(report.arrival_date ? report.arrival_date->when : WallTime(), clock_.wall());
  const Subject subject{"failure", domain, arrived, arrived};
  dmarc::Evaluation evaluation({.from = {domain}}, options_.discovery);
  const dmarc::Verdict& policy = ask(evaluation, resolver_);
  if (policy.status == dmarc::Status::temperror && !policy.record) return tell(subject, {}, kNoAnswer, Handed::later);
  dmarc::ReportAddresses addresses(policy, dmarc::ReportKind::failure, options_.discovery);
  const dmarc::ReportAddressList& list = ask(addresses, resolver_);
  if (list.unsure) return tell(subject, {}, kNoAnswer, Handed::later);
  const std::string id = report_id(key, options_.host_name, domain, arrived);
  Handed handed = Handed::nobody;
  for (const std::string& address : list.refused) tell(subject, address, kRefused, handed);
  if (list.allowed.empty() && list.refused.empty()) tell(subject, {}, kUnwanted, handed);
  for (const std::string& address : list.allowed) {
    auto message = compose(report, header, id, mail_to(address), random_);
    if (!message) continue;
    auto done = hand_over(subject, {message_id(id, address, arrived), address, std::move(*message)});
    if (!done) return done;
    if (*done == Handed::sent) handed = Handed::sent;
  }
  return handed;
}

Result<Handed> Sender::hand_over(const Subject& subject, const Parcel& parcel) {
  auto items = router_(parcel.to);
  if (!items || items->empty()) return tell(subject, parcel.to, "there is no such mailbox", Handed::nobody);
  if (options_.dry) return tell(subject, parcel.to, "would be sent", Handed::sent);
  for (queue::Item& item : *items) {
    item.sender = options_.from;
    // Nobody reads what comes back.
    for (queue::Recipient& recipient : item.recipients) recipient.notify = {.never = true, .given = true};
  }
  auto body = queue_.write_body();
  if (!body) return fail(std::move(body.error()));
  if (auto written = (*body)->append(parcel.message); !written) return fail(std::move(written.error()));
  const auto blob = (*body)->finish();
  if (!blob) return fail(blob.error());
  queue::Message message{.sender = options_.from, .made_here = true, .body = *blob, .octets = parcel.message.size()};
  if (parcel.without_tls) message.tls = queue::TlsWish::optional;
  const auto taken = queue_.adopt(parcel.id, std::move(message), std::move(*items));
  if (!taken) return fail(taken.error());
  return tell(subject, parcel.to, *taken ? "in the queue" : "was sent before", Handed::sent);
}

Result<std::size_t> Sender::send_due(DmarcResults& results, std::size_t most, const Stop& stop) {
  const WallTime now = clock_.wall();
  const auto today = std::chrono::floor<std::chrono::days>(now);
  std::erase_if(waiting_, [&](const auto& row) { return row.second <= now; });
  const auto due = results.due(today, most + waiting_.size());
  if (!due) return fail(due.error());
  std::size_t sent = 0;
  for (const DayOf& subject : *due) {
    const std::string name = subject.domain + " " + std::to_string(subject.day.time_since_epoch().count());
    if (waiting_.contains(name)) continue;
    if (stop()) break;
    auto report = results.collected(subject);
    if (!report) return fail(std::move(report.error()));
    const auto handed = send(std::move(*report));
    if (!handed) return fail(handed.error());
    if (*handed == Handed::sent) ++sent;
    if (options_.dry) continue;
    if (*handed == Handed::later && today <= subject.day + options_.patience) {
      waiting_.emplace(name, now + kAskAgain);
      continue;
    }
    if (auto forgotten = results.forget(subject); !forgotten) return fail(std::move(forgotten.error()));
  }
  return sent;
}

Result<std::size_t> Sender::send_today(const DmarcResults& results, std::size_t most) {
  const WallTime now = clock_.wall();
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const auto subjects = results.due(today + std::chrono::days(1), most);
  if (!subjects) return fail(subjects.error());
  std::size_t sent = 0;
  for (const DayOf& subject : *subjects) {
    if (subject.day != today) continue;
    auto report = results.collected(subject);
    if (!report) return fail(std::move(report.error()));
    report->end = now;
    const auto handed = send(std::move(*report));
    if (!handed) return fail(handed.error());
    if (*handed == Handed::sent) ++sent;
  }
  return sent;
}

Result<std::size_t> Sender::send_failures(Failures& failures, std::size_t most, const Stop& stop) {
  const WallTime now = clock_.wall();
  std::erase_if(waiting_, [&](const auto& row) { return row.second <= now; });
  const auto all = failures.waiting(most + waiting_.size());
  if (!all) return fail(all.error());
  std::size_t sent = 0;
  std::optional<Error> failed;  // one alone keeps no other waiting
  for (const Failures::Waiting& one : *all) {
    if (waiting_.contains(one.key)) continue;
    if (stop()) break;
    const WallTime arrived = one.report.arrival_date ? one.report.arrival_date->when : WallTime();
    const bool given_up = now > arrived + options_.patience;
    const auto handed = given_up ? Handed::nobody : send(one.report, one.header, one.key);
    if (!handed) {
      failed = handed.error();
      waiting_.emplace(one.key, now + kAskAgain);
      continue;
    }
    if (*handed == Handed::sent) ++sent;
    if (options_.dry) continue;
    if (*handed == Handed::later) {
      waiting_.emplace(one.key, now + kAskAgain);
      continue;
    }
    if (auto forgotten = failures.forget(one.key); !forgotten) return fail(std::move(forgotten.error()));
  }
  return failed ? fail(std::move(*failed)) : Result<std::size_t>(sent);
}

}  // namespace posthorn::reports
