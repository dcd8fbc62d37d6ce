#include "posthorn/service/reports/sender.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/mail/mailto.h"
#include "posthorn/protocol/dmarc/report_addresses.h"
#include "posthorn/protocol/tlsrpt/record.h"
#include "posthorn/service/reports/dmarc_results.h"
#include "posthorn/service/reports/report_mail.h"

#include "service/reports/ask.h"

namespace posthorn::reports {

namespace {

constexpr View kGenerator = "Posthorn";
constexpr std::size_t kIdOctets = 12;
constexpr std::chrono::hours kAskAgain(1);

std::uint64_t number_of(View octets) {
  std::uint64_t value = 0;
  for (const char c : octets) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

/// The id of a report: the same for the same subject, another one for each reporting host.
std::string report_id(View kind, View host, View domain, WallTime begin) {
  const std::string all =
      own(kind) + " " + own(host) + " " + own(domain) + " " + std::to_string(begin.time_since_epoch().count());
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

Result<Handed> Sender::send(dmarc::AggregateReport report) {
  if (report.rows.empty()) return Handed::nobody;
  const std::string domain = report.policy.domain;
  dmarc::Evaluation evaluation({.from = {domain}}, options_.discovery);
  const dmarc::Verdict& policy = ask(evaluation, resolver_);
  if (policy.status == dmarc::Status::temperror && !policy.record) return Handed::later;
  // A record that is gone, or moved to another domain, asks for nothing any more.
  if (!policy.record || policy.policy_domain != domain) return Handed::nobody;
  dmarc::ReportAddresses addresses(policy, dmarc::ReportKind::aggregate, options_.discovery);
  const dmarc::ReportAddressList& list = ask(addresses, resolver_);
  if (list.unsure) return Handed::later;

  report.version = "1.0";
  report.organization = organization();
  report.email = contact();
  report.generator = kGenerator;
  report.id = report_id("dmarc", options_.host_name, domain, report.begin);
  Handed handed = Handed::nobody;
  for (const dmarc::ReportAddress& address : list.allowed) {
    auto message = compose(report, mail_to(address.address), random_);
    // RFC 9990 section 3.3: a limit is one of the whole message, and who has one that is too low gets nothing.
    if (!message || (address.most_octets > 0 && message->size() > address.most_octets)) continue;
    const queue::MessageId id = message_id(report.id, address.address, report.end);
    if (auto done = hand_over({id, address.address, std::move(*message)}); !done) return fail(std::move(done.error()));
    handed = Handed::sent;
  }
  return handed;
}

Result<Handed> Sender::send(const std::string& domain, std::vector<tlsrpt::PolicyReport> policies, WallTime day) {
  TlsRecipients question(domain);
  const dns::Answer& answer = ask(question, resolver_);
  if (answer.failed()) return Handed::later;
  const auto record = tlsrpt::find_record(answer.records);
  if (!record || policies.empty()) return Handed::nobody;
  tlsrpt::Report report{
      .organization = organization(), .begin = day, .contact = contact(), .policies = std::move(policies)};
  report.end = day + std::chrono::days(1) - std::chrono::seconds(1);
  report.id = report_id("tls", options_.host_name, domain, day);
  Handed handed = Handed::nobody;
  for (const std::string& uri : record->rua) {
    const auto mailbox = mail::parse_mailto(uri);
    if (!mailbox) continue;
    const std::string to = mailbox->text();
    auto message = compose(report, domain, mail_to(to), random_);
    if (!message) continue;
    if (auto done = hand_over({message_id(report.id, to, report.end), to, std::move(*message), true}); !done)
      return fail(std::move(done.error()));
    handed = Handed::sent;
  }
  return handed;
}

Result<void> Sender::hand_over(const Parcel& parcel) {
  auto items = router_(parcel.to);
  if (!items || items->empty()) return {};  // nobody is there
  for (queue::Item& item : *items) {
    item.sender = options_.from;
    if (parcel.without_tls && !item.destination.is_local()) item.destination.tls = queue::TlsWish::optional;
    // Nobody reads what comes back.
    for (queue::Recipient& recipient : item.recipients) recipient.notify = {.never = true, .given = true};
  }
  auto body = queue_.write_body();
  if (!body) return fail(std::move(body.error()));
  if (auto written = (*body)->append(parcel.message); !written) return written;
  const auto blob = (*body)->finish();
  if (!blob) return fail(blob.error());
  queue::Message message{
      .sender = options_.from, .made_here = true, .body = *blob, .octets = parcel.message.size()};
  const auto taken = queue_.adopt(parcel.id, std::move(message), std::move(*items));
  return taken ? Result<void>() : fail(taken.error());
}

Result<std::size_t> Sender::send_due(DmarcResults& results, std::size_t most, const std::function<bool()>& stop) {
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
    if (*handed == Handed::later && today <= subject.day + options_.patience) {
      waiting_.emplace(name, now + kAskAgain);
      continue;
    }
    if (auto forgotten = results.forget(subject); !forgotten) return fail(std::move(forgotten.error()));
    if (*handed == Handed::sent) ++sent;
  }
  return sent;
}

}  // namespace posthorn::reports
