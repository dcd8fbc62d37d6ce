// `posthorn reports read`: reports that others sent, in words or for programs.
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/grammar/mail/timestamp.h"
#include "posthorn/service/reports/received.h"
#include "posthorn/service/reports/tls_json.h"

#include "commands.h"
#include "json.h"
#include "shared/files.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

using dmarc::AggregateReport;
using dmarc::CountedRow;
using json::Json;
using json::list_of;
using json::object;
using mime::FeedbackReport;

struct Words {
  std::vector<std::string> files;
  bool json = false;
};

// --- in words --------------------------------------------------------------------------------------------------------

/// What a stranger wrote, on one line of a terminal.
std::string shown(View text) {
  std::string out = own(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = '?';
  }
  return out;
}

void tell(View name, View value) {
  if (!value.empty()) fmt::print("{}: {}\n", name, shown(value));
}

void tell_span(WallTime begin, WallTime end) {
  fmt::print("From {} to {}\n", mail::format_timestamp(begin), mail::format_timestamp(end));
}

std::string joined(const auto& items, auto word) {
  std::string all;
  for (const auto& item : items) all += (all.empty() ? "" : ", ") + word(item);
  return all;
}

std::string dkim_of(const CountedRow& counted) {
  return joined(counted.row.dkim, [](const dmarc::DkimResult& result) {
    return fmt::format("{} {}", dmarc::word_of(result.result), shown(result.domain));
  });
}

std::string spf_of(const CountedRow& counted) {
  return joined(counted.row.spf, [](const dmarc::SpfResult& result) {
    return fmt::format("{} {}", dmarc::word_of(result.result), shown(result.domain));
  });
}

void tell(const AggregateReport& report) {
  fmt::print("DMARC aggregate report for {}, policy {}\n", shown(report.policy.domain),
             dmarc::word_of(report.policy.policy));
  tell("By", report.organization + " (" + report.email + ")");
  tell("Report", report.id);
  tell_span(report.begin, report.end);
  for (const std::string& error : report.errors) tell("Error", error);
  std::vector<std::vector<std::string>> rows = {{"COUNT", "SOURCE", "FROM", "DMARC", "DONE", "WHY", "DKIM", "SPF"}};
  for (const CountedRow& counted : report.rows) {
    const dmarc::Row& row = counted.row;
    rows.push_back({std::to_string(counted.count), row.source.text(), shown(row.header_from),
                    row.dkim_aligned || row.spf_aligned ? "pass" : "fail", own(dmarc::word_of(row.disposition)),
                    joined(row.reasons, [](const auto& reason) { return own(dmarc::word_of(reason.type)); }),
                    dkim_of(counted), spf_of(counted)});
  }
  print_table(rows, "no messages");
}

std::string type_of(const tlsrpt::PolicyReport& policy) {
  return policy.type ? own(tlsrpt::word_of(*policy.type)) : "unknown";
}

void tell(const tlsrpt::Report& report) {
  fmt::print("TLS report\n");
  tell("By", report.organization + " (" + report.contact + ")");
  tell("Report", report.id);
  tell_span(report.begin, report.end);
  std::vector<std::vector<std::string>> rows = {{"SESSIONS", "DOMAIN", "POLICY", "RESULT", "HOST", "SENDER", "REASON"}};
  for (const tlsrpt::PolicyReport& policy : report.policies) {
    rows.push_back({std::to_string(policy.successes), shown(policy.domain), type_of(policy), "success", "", "", ""});
    std::uint64_t told = 0;
    for (const tlsrpt::FailureDetail& detail : policy.details) {
      rows.push_back({std::to_string(detail.sessions), shown(policy.domain), type_of(policy), shown(detail.result),
                      shown(detail.receiving_host), shown(detail.sending_ip), shown(detail.reason)});
      told += detail.sessions;
    }
    if (policy.failures > told)
      rows.push_back({std::to_string(policy.failures - told), shown(policy.domain), type_of(policy), "failure", "", "",
                      "not told"});
  }
  print_table(rows, "no sessions");
}

void tell(const FeedbackReport& report) {
  fmt::print("Feedback report: {}\n", shown(report.feedback_type));
  tell("By", report.user_agent);
  for (const std::string& domain : report.reported_domain) tell("Domain", domain);
  tell("Failed", report.auth.kind);
  tell("Not aligned", report.auth.identity_alignment);
  tell("Done with the message", report.auth.delivery_result);
  tell("Source", report.source_ip);
  if (report.original_mail_from) tell("Sender", "<" + *report.original_mail_from + ">");
  for (const std::string& recipient : report.original_rcpt_to) tell("Recipient", recipient);
  if (report.arrival_date) tell("Arrived", mail::format_timestamp(report.arrival_date->when));
  tell("DKIM domain", report.auth.dkim_domain);
  tell("DKIM selector", report.auth.dkim_selector);
  for (const std::string& results : report.authentication_results) tell("Authentication-Results", results);
  for (const std::string& uri : report.reported_uri) tell("Reported", uri);
}

// --- as JSON ---------------------------------------------------------------------------------------------------------

Json json_of(const CountedRow& counted) {
  const dmarc::Row& row = counted.row;
  Json made =
      object("count", counted.count, "source", row.source.text(), "header_from", row.header_from, "disposition",
             dmarc::word_of(row.disposition), "dkim_aligned", row.dkim_aligned, "spf_aligned", row.spf_aligned);
  if (row.envelope_from) put(made, "envelope_from", *row.envelope_from);
  if (!row.envelope_to.empty()) put(made, "envelope_to", row.envelope_to);
  put(made, "reasons",
      list_of(
          row.reasons,
          [](const auto& reason) { return object("type", dmarc::word_of(reason.type), "comment", reason.comment); }),
      "dkim",
      list_of(row.dkim,
              [](const auto& result) {
                return object("domain", result.domain, "selector", result.selector, "result",
                              dmarc::word_of(result.result));
              }),
      "spf", list_of(row.spf, [](const auto& result) {
        return object("domain", result.domain, "scope", dmarc::word_of(result.scope), "result",
                      dmarc::word_of(result.result));
      }));
  return made;
}

Json json_of(const AggregateReport& report) {
  return object("kind", View("dmarc-aggregate"), "organization", report.organization, "email", report.email, "id",
                report.id, "begin", mail::format_timestamp(report.begin), "end", mail::format_timestamp(report.end),
                "domain", report.policy.domain, "policy", dmarc::word_of(report.policy.policy), "errors", report.errors,
                "rows", list_of(report.rows, [](const CountedRow& row) { return json_of(row); }));
}

/// The report as it is defined, which is JSON already.
Json json_of(const tlsrpt::Report& report) {
  const std::string text = reports::format_tls_report(report);
  return object("kind", View("tls"), "report", Json(json_loadb(text.data(), text.size(), 0, nullptr)));
}

Json json_of(const FeedbackReport& report) {
  Json made =
      object("kind", View("feedback"), "feedback_type", report.feedback_type, "user_agent", report.user_agent,
             "domains", report.reported_domain, "source", report.source_ip, "recipients", report.original_rcpt_to,
             "authentication_results", report.authentication_results, "auth_failure", report.auth.kind,
             "delivery_result", report.auth.delivery_result, "identity_alignment", report.auth.identity_alignment,
             "dkim_domain", report.auth.dkim_domain, "dkim_selector", report.auth.dkim_selector);
  if (report.original_mail_from) put(made, "mail_from", *report.original_mail_from);
  if (report.arrival_date) put(made, "arrived", mail::format_timestamp(report.arrival_date->when));
  return made;
}

int read(const Words& words) {
  int status = 0;
  Json all(json_array());
  bool first = true;
  for (const std::string& file : words.files) {
    const auto report = then(read_file(file), [](const std::string& octets) { return reports::read_report(octets); });
    if (!report) {
      status = complain("read " + file, report.error());
      continue;
    }
    if (words.json) {
      std::visit([&](const auto& kind) { json_array_append_new(all.get(), json_of(kind).release()); }, *report);
      continue;
    }
    if (!std::exchange(first, false)) fmt::print("\n");
    std::visit([](const auto& kind) { tell(kind); }, *report);
  }
  if (words.json) json::print(all);
  return status;
}

}  // namespace

void add_reports_command(CLI::App& app, Action& chosen) {
  const auto words = std::make_shared<Words>();
  CLI::App* reports =
      app.add_subcommand("reports", "reports that others sent, and those of this host (DMARC, TLS, abuse)");
  reports->require_subcommand(1);
  CLI::App* reading = reports->add_subcommand(
      "read",
      "tell what reports say: DMARC aggregate and failure reports, TLS reports and feedback reports. Ends with "
      "1 when one of the files is none.");
  reading
      ->add_option("FILE", words->files,
                   "messages, or attachments of such (.xml, .json, .gz, .zip); - is standard "
                   "input")
      ->required();
  reading->add_flag("--json", words->json, "the same for programs, a list with one item for each report");
  reading->callback([words] {
    if (const int status = read(*words); status != 0) throw CLI::RuntimeError(status);
  });
  add_report_sending(*reports, chosen);
}

}  // namespace posthorn::servers
