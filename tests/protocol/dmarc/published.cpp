// The cases of other implementations (data/dmarc/dmarc-vectors.json).
#include <doctest/doctest.h>

#include "posthorn/protocol/dmarc/evaluation.h"
#include "posthorn/protocol/dmarc/report_addresses.h"

#include "json.h"
#include "protocol/dnsbl/drive.h"
#include "shared_data.h"

namespace posthorn::dmarc {
namespace {

using testing::Json;

std::optional<Json> vectors() {
  const auto path = testing::shared_data("dmarc/dmarc-vectors.json");
  if (!path) return std::nullopt;
  const std::string text = testing::read_whole_file(*path);
  return testing::JsonReader(text).value();
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

testing::ZoneResolver zone_of(const Json& row) {
  std::string zone;
  for (const auto& [name, record] : row["dns"].members) zone += name + ". TXT " + quoted(record.text) + "\n";
  for (const Json& name : row["exists"].items) zone += name.text + ". A 192.0.2.1\n";
  return testing::ZoneResolver(zone);
}

std::string domain_of(const std::string& address) { return address.substr(address.find('@') + 1); }

Verdict judge(testing::ZoneResolver& dns, const Message& message) {
  REQUIRE(dns.problem().empty());
  Evaluation evaluation(message);
  return testing::drive(evaluation, dns);
}

View word_of_alignment(Alignment mode) { return mode == Alignment::strict ? "s" : "r"; }

void check_record(const Record& record, const Json& expected) {
  for (const auto& [tag, value] : expected.members) {
    CAPTURE(tag);
    if (tag == "p") CHECK(word_of(record.policy) == value.text);
    if (tag == "sp") CHECK(word_of(record.below(true)) == value.text);
    if (tag == "np") CHECK(word_of(record.below(false)) == value.text);
    if (tag == "adkim") CHECK(word_of_alignment(record.dkim) == value.text);
    if (tag == "aspf") CHECK(word_of_alignment(record.spf) == value.text);
    if (tag == "t") CHECK(record.testing == (value.text == "y"));
    if (tag == "psd") CHECK((record.public_suffix == PublicSuffix::yes) == (value.text == "y"));
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const Json& item = value.items[i];
      if (tag == "rua") CHECK(record.aggregate_to.at(i).uri == item.text);
      if (tag == "ruf") CHECK(record.failures_to.at(i).uri == item.text);
      if (tag == "rua_max") CHECK(record.aggregate_to.at(i).most_octets == static_cast<std::uint64_t>(item.number));
      if (tag == "fo") CHECK(record.failures.text().find(item.text) != std::string::npos);
    }
  }
}

TEST_CASE("published records") {
  const auto data = vectors();
  if (!data) return;
  for (const Json& row : (*data)["record_parse"].items) {
    CAPTURE(row["txt"].text);
    const auto record = parse_record(row["txt"].text);
    REQUIRE(record);
    check_record(*record, row["expect"]);
  }
  CHECK((*data)["record_parse"].items.size() == 6);
  for (const Json& row : (*data)["record_accept"].items) {
    CAPTURE(row["txt"].text);
    CHECK(parse_record(row["txt"].text).has_value() == (row["expect"].text == "ok"));
  }
  // Where OpenDMARC refuses the record, RFC 9989 has defaults; without a good policy it applies to nothing.
  for (const Json& row : (*data)["record_bad_value"]["cases"].items) {
    CAPTURE(row.text);
    const auto record = parse_record(row.text);
    REQUIRE(record);
    CHECK(record->unusable ==
          (row.text.find("p=none") == std::string::npos || row.text.find("sp=bob") != std::string::npos));
  }
}

TEST_CASE("published alignments") {
  const auto data = vectors();
  if (!data) return;
  for (const Json& row : (*data)["alignment"].items) {
    CAPTURE(row["a"].text);
    // The tree walk needs a record where the list of public suffixes had the organizational domain.
    const std::string& a = row["a"].text;
    std::string above = a;
    while (std::count(above.begin(), above.end(), '.') > 1) above = domain_of(above.replace(above.find('.'), 1, "@"));
    testing::ZoneResolver dns("_dmarc." + above + ". TXT \"v=DMARC1; p=none; aspf=" + row["mode"].text.substr(0, 1) +
                              "\"");
    CHECK(judge(dns, {{a}, {}, row["b"].text}).aligned_spf.empty() != row["aligned"].truth);
  }
}

TEST_CASE("published verdicts") {
  const auto data = vectors();
  if (!data) return;
  for (const Json& row : (*data)["verify"].items) {
    testing::ZoneResolver dns = zone_of(row);
    Message message{{domain_of(row["from"].text)}, {}, {}};
    if (row["dkim"].text == "pass") message.dkim = {row["dkim_d"].text};
    if (row["spf"].text == "pass") message.spf = row["mail_from_domain"].text;
    const Verdict verdict = judge(dns, message);
    CHECK(word_of(verdict.policy) == row["expect"]["policy"].text);
    CHECK(verdict.aligned_dkim.empty() == (row["expect"]["dkim"].text != "pass"));
    CHECK(verdict.aligned_spf.empty() == (row["expect"]["spf"].text != "pass"));
  }
  for (const Json& row : (*data)["policy_discovery"].items) {
    CAPTURE(row["why"].text);
    testing::ZoneResolver dns = zone_of(row);
    const Verdict verdict = judge(dns, {{domain_of(row["from"].text)}, {}, {}});
    CHECK(verdict.record.has_value() != row["policy"].is_null());
    if (verdict.record) CHECK(word_of(verdict.policy) == row["policy"].text);
  }
  for (const Json& row : (*data)["tree_walk_alignment"].items) {
    CAPTURE(row["why"].text);
    testing::ZoneResolver dns = zone_of(row);
    const Verdict verdict = judge(dns, {{domain_of(row["from"].text)}, {}, row["spf_pass_domain"].text});
    CHECK(verdict.aligned_spf.empty() != row["spf_aligned"].truth);
  }
}

TEST_CASE("published addresses of reports") {
  const auto data = vectors();
  if (!data) return;
  for (const Json& row : (*data)["report_address"].items) {
    testing::ZoneResolver dns = zone_of(row);
    Verdict verdict{
        .organizational_domain = row["domain"].text, .policy_domain = row["domain"].text, .record = Record()};
    for (const Json& address : row["rua"].items) verdict.record->aggregate_to.push_back({"mailto:" + address.text});
    ReportAddresses evaluation(verdict, ReportKind::aggregate);
    std::vector<std::string> allowed;
    for (const std::string& address : testing::drive(evaluation, dns).allowed) allowed.push_back(address);
    std::vector<std::string> expected;
    for (const Json& address : row["allowed"].items) expected.push_back(address.text);
    CHECK(allowed == expected);
  }
}

}  // namespace
}  // namespace posthorn::dmarc
