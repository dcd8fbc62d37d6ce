// The public suite of check-sieve: verdicts on scripts, and what scripts do with messages.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include "protocol/sieve/stage.h"
#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {

/// Scripts that the suite judges otherwise, each with the clause.
const std::map<std::string, View> kOtherVerdicts{
    {"5183/environment_test.py test_environment_bogus", "RFC 5183 section 4: an unknown item makes the test false"},
    {"5228/commands_test.py test_single_test_parens_02", "RFC 5228 section 3.1: 'if' takes one test, not a list"},
    {"5229/variables_test.py test_numeral_varname", "RFC 5229 section 4: match variables cannot be set"},
    {"5232/actions_test.py test_setflag_with_variable", "RFC 5232 section 2: names of variables need \"variables\""},
    {"5232/actions_test.py test_addflag_with_var", "RFC 5232 section 2: names of variables need \"variables\""},
    {"5232/actions_test.py test_removeflag_with_var", "RFC 5232 section 2: names of variables need \"variables\""},
    {"5232/keep_test.py test_hasflag", "RFC 5232 section 2: names of variables need \"variables\""},
    {"5235/spamtest_test.py test_without_percent",
     "RFC 5228 section 3.2: a name with a line end in it is no extension"},
    {"5235/virustest_test.py test_virustest", "RFC 5228 section 3.2: a name with a line end in it is no extension"},
    {"5293/actions_test.py test_addheader_correct", "RFC 5293 section 3: needs require \"editheader\""},
    {"5293/actions_test.py test_addheader_correct_lasttag", "RFC 5293 section 3: needs require \"editheader\""},
    {"5293/actions_test.py test_add_and_delete_1", "RFC 5293 section 3: needs require \"editheader\""},
    {"5293/actions_test.py test_delete_header", "RFC 5293 section 3: needs require \"editheader\""},
    {"5463/error_test.py test_error", "RFC 5293 section 3: needs require \"editheader\""},
    {"5463/ihave_test.py test_ihave_index", "RFC 5293 section 3: needs require \"editheader\""},
    {"5703/actions_test.py test_mime", "RFC 5228 section 5.9: the limit of size is a number, not a string"},
    {"8580/examples_test.py test_example_1", "RFC 5228 section 2.6.2: tags stand in front of other arguments"},
    {"5232/tests_test.py test_hasflag", "RFC 5232 section 2: names of variables need \"variables\""},
};

/// Results that the suite gives otherwise, each with the clause.
const std::map<std::string, View> kOtherResults{
    {"rfc5229/match_vars_basic",
     "RFC 5229 section 3.2: ${2} is \"ACME.Example.COM\" in its example, not in lower case"},
    {"rfc5229/match_vars_reset_basic", "RFC 5229 section 3.2: only a test that matches changes them"},
    {"rfc5260/date_iso8601_basic", "RFC 3339 section 5.6: an offset is \"+00:00\" as well as \"Z\""},
    {"rfc5260/date_iso8601_multi_received", "RFC 3339 section 5.6: an offset is \"+00:00\" as well as \"Z\""},
};

/// Extensions of other vendors, or left out on purpose (docs/sieve.md).
constexpr std::array<View, 8> kForeign{
    "vnd.proton.expire",   "vnd.proton.eval", "vnd.dovecot.pipe", "vnd.dovecot.filter",
    "vnd.dovecot.execute", "processcalendar", "convert",          "vnd.dovecot.report"};

bool is_foreign(const std::string& said) {
  return std::ranges::any_of(
      kForeign, [&](View name) { return said.find("no extension \"" + own(name) + "\"") != std::string::npos; });
}

/// The actions as the suite names them, without those that change nothing outside of the run.
std::string in_their_words(const Outcome& outcome) {
  struct Words {
    static std::string flags(const Filing& filing) {
      if (!filing.flags || filing.flags->empty()) return "";
      std::string out;
      for (const std::string& each : *filing.flags) out += (out.empty() ? "" : " ") + each;
      return " :flags \"" + out + "\"";
    }
    std::string operator()(const Keep& keep) const {
      return (keep.implicit ? "keep (implicit)" : "keep") + flags(keep.filing);
    }
    std::string operator()(const FileInto& into) const {
      return "fileinto \"" + into.mailbox + "\"" + flags(into.filing);
    }
    std::string operator()(const Redirect& to) const { return "redirect \"" + to.address + "\""; }
    std::string operator()(const Discard& /*discard*/) const { return "discard"; }
    std::string operator()(const Reject& reject) const { return "reject \"" + reject.reason + "\""; }
    std::string operator()(const Vacation& answer) const { return "vacation \"" + answer.reason + "\""; }
    std::string operator()(const Notify& /*notify*/) const { return "notify"; }
  };
  std::string out;
  for (const Action& each : outcome.actions) out += (out.empty() ? "" : ", ") + std::visit(Words(), each);
  return out;
}

/// "set "x", fileinto :copy "y", stop": without what is no action, and without ":copy", which the keep shows.
std::string expected(View line) {
  std::string out;
  while (!line.empty()) {
    std::size_t end = 0;
    for (bool quoted = false; end < line.size() && (quoted || line[end] != ','); ++end) quoted ^= line[end] == '"';
    std::string each = own(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end + 2));
    const std::string word = each.substr(0, each.find(' '));
    if (word == "set" || word == "stop" || word.ends_with("flag")) continue;
    if (const std::size_t copy = each.find(" :copy"); copy != std::string::npos) each.erase(copy, 6);
    for (std::size_t at = each.find("\\\\"); at != std::string::npos; at = each.find("\\\\", at + 1)) each.erase(at, 1);
    out += (out.empty() ? "" : ", ") + each;
  }
  return out;
}

}  // namespace

TEST_CASE("the verdicts of check-sieve on 249 scripts") {
  const auto folder = testing::shared_data("sieve/check-sieve");
  if (!folder) return;
  std::size_t equal = 0;
  std::size_t foreign = 0;
  std::size_t other = 0;
  for (const YAML::Node& each : YAML::Load(testing::read_whole_file(*folder / "syntax.json"))) {
    const std::string name = each["file"].as<std::string>() + " " + each["name"].as<std::string>();
    INFO(name);
    const std::string said = errors(each["script"].as<std::string>());
    if (is_foreign(said)) {
      ++foreign;
      continue;
    }
    const bool same = said.empty() == each["valid"].as<bool>();
    const bool listed = kOtherVerdicts.contains(name);
    CHECK_MESSAGE(same != listed, said);
    ++(listed ? other : equal);
  }
  CHECK(equal + foreign + other == 249);
  CHECK(other == kOtherVerdicts.size());
  MESSAGE(equal, " verdicts are equal, ", other, " differ with a clause, ", foreign, " are about others' extensions");
}

TEST_CASE("what check-sieve says scripts do: 184 results") {
  const auto folder = testing::shared_data("sieve/check-sieve");
  if (!folder) return;
  std::ifstream rows(*folder / "actions.tsv");
  std::size_t count = 0;
  std::string row;
  std::getline(rows, row);  // the names of the columns
  while (std::getline(rows, row)) {
    const std::size_t tab = row.find('\t');
    const std::filesystem::path result = *folder / row.substr(0, tab);
    // NAME_MESSAGE.out, where both halves may hold more of those strokes.
    const std::string stem = result.stem();
    std::filesystem::path script;
    std::filesystem::path message;
    for (std::size_t at = stem.find('_'); at != std::string::npos; at = stem.find('_', at + 1)) {
      const auto s = result.parent_path() / (stem.substr(0, at) + ".sieve");
      const auto m = result.parent_path() / (stem.substr(at + 1) + ".eml");
      if (std::filesystem::exists(s) && std::filesystem::exists(m)) script = s, message = m;
    }
    INFO(row);
    REQUIRE(!script.empty());
    Stage stage;
    stage.envelope.from = "sender@example.com";
    stage.envelope.to = "recipient@example.com";
    stage.world.items = {{"domain", "example.com"},
                         {"host", "mail.example.com"},
                         {"location", "MTA"},
                         {"name", "check-sieve"},
                         {"phase", "during"}};
    const std::string said = stage.run(testing::read_whole_file(script), testing::read_whole_file(message));
    const bool same = in_their_words(stage.outcome) == expected(View(row).substr(tab + 1));
    CHECK_MESSAGE(same != kOtherResults.contains(result.parent_path().filename().string() + "/" + stem), said);
    ++count;
  }
  CHECK(count == 184);
}
