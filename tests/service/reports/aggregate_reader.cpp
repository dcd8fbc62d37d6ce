#include <doctest/doctest.h>

#include "posthorn/grammar/char_set.h"
#include "posthorn/service/reports/aggregate_xml.h"

#include "json.h"
#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::dmarc;
using reports::parse_aggregate;
using testing::Json;

namespace {

/// "trusted_forwarder" of "TrustedForwarder", "" of what they have no value for.
std::string word(const Json& theirs) {
  if (theirs.text == "Unspecified") return "";
  if (theirs.text == "MailFrom") return "mfrom";
  std::string out;
  for (const char c : theirs.text) {
    if (c >= 'A' && c <= 'Z' && !out.empty()) out += '_';
    out += to_lower(c);
  }
  return out;
}

void check_row(const CountedRow& ours, const Json& theirs) {
  const Json& row = theirs["row"];
  CHECK(ours.row.source.text() == row["source_ip"].text);
  CHECK(static_cast<double>(ours.count) == row["count"].number);
  const Json& evaluated = row["policy_evaluated"];
  CHECK(word_of(ours.row.disposition) == word(evaluated["disposition"]));
  CHECK(ours.row.dkim_aligned == (evaluated["dkim"].text == "Pass"));
  CHECK(ours.row.spf_aligned == (evaluated["spf"].text == "Pass"));
  REQUIRE(ours.row.reasons.size() == evaluated["reason"].items.size());
  for (std::size_t i = 0; i < ours.row.reasons.size(); ++i) {
    // They have no value for what RFC 9990 has dropped.
    const bool dropped = ours.row.reasons[i].type == OverrideType::sampled_out;
    CHECK((dropped ? "other" : word_of(ours.row.reasons[i].type)) == word(evaluated["reason"].items[i]["type_"]));
    CHECK(ours.row.reasons[i].comment == evaluated["reason"].items[i]["comment"].text);
  }
  CHECK(ours.row.header_from == theirs["identifiers"]["header_from"].text);
  CHECK(ours.row.envelope_from.value_or("") == theirs["identifiers"]["envelope_from"].text);
  const Json& dkim = theirs["auth_results"]["dkim"];
  REQUIRE(ours.row.dkim.size() == dkim.items.size());
  for (std::size_t i = 0; i < dkim.items.size(); ++i) {
    CHECK(ours.row.dkim[i].domain == dkim.items[i]["domain"].text);
    CHECK(ours.row.dkim[i].selector == dkim.items[i]["selector"].text);
    CHECK(word_of(ours.row.dkim[i].result) == word(dkim.items[i]["result"]));
    CHECK(ours.row.dkim[i].note == dkim.items[i]["human_result"].text);
  }
  const Json& spf = theirs["auth_results"]["spf"];
  REQUIRE(ours.row.spf.size() == spf.items.size());
  for (std::size_t i = 0; i < spf.items.size(); ++i) {
    CHECK(ours.row.spf[i].domain == spf.items[i]["domain"].text);
    CHECK(word_of(ours.row.spf[i].scope) == word(spf.items[i]["scope"]));
    CHECK(word_of(ours.row.spf[i].result) == word(spf.items[i]["result"]));
  }
}

constexpr View kHead = "<feedback><policy_published><domain>example.org</domain><p>none</p></policy_published>";
std::string with_row(View inner) { return own(kHead) + "<record><row>" + own(inner) + "</row></record></feedback>"; }

}  // namespace

TEST_CASE("aggregate reports that others have sent") {
  const auto folder = testing::shared_data("dmarc/aggregate-reports");
  if (!folder) return;
  for (const char* name : {"001", "002", "003", "004", "005"}) {
    CAPTURE(name);
    const std::string json = testing::read_whole_file(*folder / (std::string(name) + ".json"));
    const Json theirs = testing::JsonReader(json).value();
    const auto ours = parse_aggregate(testing::read_whole_file(*folder / (std::string(name) + ".xml")));
    REQUIRE_MESSAGE(ours, ours.error().note);
    const Json& metadata = theirs["report_metadata"];
    CHECK(ours->organization == metadata["org_name"].text);
    CHECK(ours->email == metadata["email"].text);
    CHECK(ours->extra_contact == metadata["extra_contact_info"].text);
    CHECK(ours->id == metadata["report_id"].text);
    CHECK(static_cast<double>(ours->begin.time_since_epoch().count()) == metadata["date_range"]["begin"].number);
    CHECK(static_cast<double>(ours->end.time_since_epoch().count()) == metadata["date_range"]["end"].number);
    const Json& policy = theirs["policy_published"];
    CHECK(ours->policy.domain == policy["domain"].text);
    CHECK(word_of(ours->policy.policy) == word(policy["p"]));
    CHECK((ours->policy.subdomains ? word_of(*ours->policy.subdomains) : View()) == word(policy["sp"]));
    CHECK(ours->policy.testing.value_or(false) == policy["testing"].truth);
    CHECK(ours->policy.failures == policy["fo"].text);
    CHECK(ours->policy.dkim.has_value() == (policy["adkim"].text != "Unspecified"));
    REQUIRE(ours->rows.size() == theirs["record"].items.size());
    for (std::size_t i = 0; i < ours->rows.size(); ++i) check_row(ours->rows[i], theirs["record"].items[i]);
  }
}

// RFC 9990 appendix B has these (and the report 004 of the published ones).
TEST_CASE("what RFC 9990 has added") {
  const auto folder = testing::shared_data("dmarc/aggregate-reports");
  if (!folder) return;
  const auto ours = parse_aggregate(testing::read_whole_file(*folder / "004.xml"));
  REQUIRE(ours);
  CHECK(ours->version == "1.0");
  CHECK(ours->generator == "Example DMARC Aggregate Reporter v1.2");
  CHECK(ours->policy.discovery == Discovery::tree_walk);
  CHECK(ours->policy.not_existing == Policy::none);
  CHECK(ours->rows.at(0).row.disposition == Disposition::pass);
  CHECK(ours->rows.at(0).row.envelope_from == "example.com");
}

TEST_CASE("what is no report") {
  for (const View xml : {"", "<", "feedback", "<html/>", "<feedback>", "<feedback/>",
                         "<feedback></feedback>\n<feedback/>", "{\"policies\":[]}"}) {
    CAPTURE(xml);
    const auto report = parse_aggregate(xml);
    REQUIRE(!report);
    CHECK(report.error().code == Code::syntax);
  }
  CHECK(parse_aggregate(own(kHead) + "</feedback>"));
  CHECK(parse_aggregate(with_row("<source_ip> 2001:db8::1 </source_ip><count>\n3\n</count>"))->rows.at(0).count == 3);
  for (const View inner :
       {"<count>1</count>", "<source_ip>x</source_ip>", "<source_ip>192.0.2.1</source_ip><count>many</count>",
        "<source_ip>192.0.2.1</source_ip><count>-1</count>",
        "<source_ip>192.0.2.1</source_ip><count>99999999999999999999</count>"}) {
    CAPTURE(inner);
    CHECK(parse_aggregate(with_row(inner)).error().code == Code::syntax);
  }
}

TEST_CASE("elements of extensions are passed over") {
  const auto report = parse_aggregate(
      "<feedback xmlns='urn:ietf:params:xml:ns:dmarc-2.0' "
      "xmlns:e='urn:e'><policy_published><e:domain>evil.example</e:domain>"
      "<domain>example.org</domain></policy_published><record><row><source_ip>192.0.2.1</source_ip><count>1</count>"
      "<e:count>7</e:count></row><e:x><count>9</count></e:x></record></feedback>");
  REQUIRE(report);
  CHECK(report->policy.domain == "example.org");
  CHECK(report->rows.at(0).count == 1);
}

TEST_CASE("words that nobody knows") {
  const auto report = parse_aggregate(
      own(kHead) +
      "<record><row><source_ip>192.0.2.1</source_ip><policy_evaluated><disposition>drop</disposition>"
      "<reason><type>luck</type></reason></policy_evaluated></row><auth_results>"
      "<spf><result>unknown</result></spf><spf><result>hardfail</result></spf><spf><result>x</result></spf>"
      "</auth_results></record></feedback>");
  REQUIRE(report);
  const Row& row = report->rows.at(0).row;
  CHECK(row.disposition == Disposition::none);
  CHECK(row.reasons.at(0).type == OverrideType::other);
  CHECK(row.spf.at(0).result == AuthResult::temperror);
  CHECK(row.spf.at(1).result == AuthResult::fail);
  CHECK(row.spf.at(2).result == AuthResult::none);
}

TEST_CASE("nothing is ever expanded") {
  std::string bomb = "<?xml version=\"1.0\"?><!DOCTYPE feedback [<!ENTITY a \"aaaaaaaaaa\">";
  for (char c = 'b'; c <= 'k'; ++c) {
    bomb += "<!ENTITY " + std::string(1, c) + " \"";
    for (int i = 0; i < 10; ++i) bomb += "&" + std::string(1, static_cast<char>(c - 1)) + ";";
    bomb += "\">";
  }
  bomb += "]><feedback><version>&k;</version></feedback>";
  CHECK(parse_aggregate(bomb).error().code == Code::unsupported);
  CHECK(parse_aggregate("<!DOCTYPE feedback SYSTEM \"file:///etc/passwd\"><feedback/>").error().code ==
        Code::unsupported);
  CHECK(parse_aggregate("<feedback><version>&k;</version></feedback>").error().code == Code::syntax);
}

TEST_CASE("limits of a report") {
  const reports::XmlLimits limits{.rows = 2, .text = 40, .depth = 4, .listed = 1};
  const std::string row = "<record><row><source_ip>192.0.2.1</source_ip></row></record>";
  CHECK(parse_aggregate(own(kHead) + row + row + "</feedback>", limits));
  CHECK(parse_aggregate(own(kHead) + row + row + row + "</feedback>", limits).error().code == Code::too_many);
  CHECK(parse_aggregate("<feedback><version>" + std::string(41, 'x') + "</version></feedback>", limits).error().code ==
        Code::too_long);
  CHECK(parse_aggregate("<feedback><a><b><c><d/></c></b></a></feedback>", limits).error().code == Code::too_many);
  CHECK(parse_aggregate("<feedback><report_metadata><error>a</error><error>b</error></report_metadata></feedback>",
                        limits)
            .error()
            .code == Code::too_many);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  CHECK(parse_aggregate("<feedback>" + deep).error().code == Code::too_many);
  std::string many = own(kHead) + "<record><auth_results>";
  for (std::size_t i = 0; i <= kMaxResults; ++i) many += "<dkim/>";
  CHECK(parse_aggregate(many).error().code == Code::too_many);
}
