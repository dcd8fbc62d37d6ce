#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/service/reports/aggregate_xml.h"

namespace posthorn::reports {

namespace {

using namespace dmarc;

constexpr View kNamespace = "urn:ietf:params:xml:ns:dmarc-2.0";

/// Writes elements, each on its own line.
class Writer {
 public:
  void open(View name) {
    indent();
    out_ += "<" + own(name) + ">\n";
    ++depth_;
  }
  void close(View name) {
    --depth_;
    indent();
    out_ += "</" + own(name) + ">\n";
  }
  void element(View name, View text) {
    indent();
    out_ += "<" + own(name) + ">";
    escape(text);
    out_ += "</" + own(name) + ">\n";
  }
  void element(View name, std::uint64_t number) { element(name, std::to_string(number)); }
  /// Nothing where there is no text.
  void optional(View name, View text) {
    if (!text.empty()) element(name, text);
  }
  void begin() {
    out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback xmlns=\"" + own(kNamespace) + "\">\n";
    depth_ = 1;
  }
  [[nodiscard]] std::string finish() { return out_ + "</feedback>\n"; }
  [[nodiscard]] std::size_t octets() const { return out_.size(); }

 private:
  void indent() { out_.append(2 * depth_, ' '); }
  void escape(View text) {
    // U+FFFE and U+FFFF are UTF-8, but no characters of XML.
    const bool good =
        codec::is_utf8(text) && text.find("\xEF\xBF\xBE") == View::npos && text.find("\xEF\xBF\xBF") == View::npos;
    for (const char c : text) {
      if (c == '&') {
        out_ += "&amp;";
      } else if (c == '<') {
        out_ += "&lt;";
      } else if (c == '>') {
        out_ += "&gt;";
      } else {
        out_ += chars::kCtl[c] || (!good && chars::kEightBit[c]) ? '?' : c;
      }
    }
  }

  std::string out_;
  std::size_t depth_ = 0;
};

std::uint64_t seconds_of(WallTime time) {
  const auto seconds = time.time_since_epoch().count();
  return seconds > 0 ? static_cast<std::uint64_t>(seconds) : 0;
}

View word_of(Alignment mode) { return mode == Alignment::strict ? "s" : "r"; }
View passed(bool aligned) { return aligned ? "pass" : "fail"; }

void write_metadata(Writer& out, const AggregateReport& report) {
  out.open("report_metadata");
  out.element("org_name", report.organization);
  out.element("email", report.email);
  out.optional("extra_contact_info", report.extra_contact);
  out.element("report_id", report.id);
  out.open("date_range");
  out.element("begin", seconds_of(report.begin));
  out.element("end", seconds_of(report.end));
  out.close("date_range");
  for (const std::string& error : report.errors) out.element("error", error);
  out.optional("generator", report.generator);
  out.close("report_metadata");
}

void write_policy(Writer& out, const PublishedPolicy& policy) {
  out.open("policy_published");
  out.element("domain", policy.domain);
  if (policy.discovery) out.element("discovery_method", dmarc::word_of(*policy.discovery));
  out.element("p", dmarc::word_of(policy.policy));
  if (policy.subdomains) out.element("sp", dmarc::word_of(*policy.subdomains));
  if (policy.not_existing) out.element("np", dmarc::word_of(*policy.not_existing));
  out.optional("fo", policy.failures);
  if (policy.dkim) out.element("adkim", word_of(*policy.dkim));
  if (policy.spf) out.element("aspf", word_of(*policy.spf));
  if (policy.testing) out.element("testing", *policy.testing ? "y" : "n");
  out.close("policy_published");
}

void write_evaluated(Writer& out, const Row& row) {
  out.open("policy_evaluated");
  out.element("disposition", dmarc::word_of(row.disposition));
  out.element("dkim", passed(row.dkim_aligned));
  out.element("spf", passed(row.spf_aligned));
  for (const OverrideReason& reason : row.reasons) {
    out.open("reason");
    out.element("type", dmarc::word_of(reason.type));
    out.optional("comment", reason.comment);
    out.close("reason");
  }
  out.close("policy_evaluated");
}

void write_results(Writer& out, const Row& row) {
  out.open("auth_results");
  for (const DkimResult& dkim : row.dkim) {
    out.open("dkim");
    out.element("domain", dkim.domain);
    out.element("selector", dkim.selector);
    out.element("result", dmarc::word_of(dkim.result));
    out.optional("human_result", dkim.note);
    out.close("dkim");
  }
  for (const SpfResult& spf : row.spf) {
    out.open("spf");
    out.element("domain", spf.domain);
    out.optional("scope", dmarc::word_of(spf.scope));
    out.element("result", dmarc::word_of(spf.result));
    out.optional("human_result", spf.note);
    out.close("spf");
  }
  out.close("auth_results");
}

void write_record(Writer& out, const CountedRow& counted) {
  const auto& [row, count] = counted;
  out.open("record");
  out.open("row");
  out.element("source_ip", row.source.text());
  out.element("count", count);
  write_evaluated(out, row);
  out.close("row");
  out.open("identifiers");
  out.element("header_from", row.header_from);
  if (row.envelope_from) out.element("envelope_from", *row.envelope_from);
  out.optional("envelope_to", row.envelope_to);
  out.close("identifiers");
  write_results(out, row);
  out.close("record");
}

}  // namespace

std::string format_aggregate(const AggregateReport& report) {
  Writer out;
  out.begin();
  out.optional("version", report.version);
  write_metadata(out, report);
  write_policy(out, report.policy);
  for (const CountedRow& row : report.rows) write_record(out, row);
  return out.finish();
}

std::size_t formatted_octets(const CountedRow& row) {
  Writer out;
  out.begin();
  const std::size_t before = out.octets();
  write_record(out, row);
  return out.octets() - before;
}

}  // namespace posthorn::reports
