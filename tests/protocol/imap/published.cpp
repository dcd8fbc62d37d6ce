// What other projects publish as valid or invalid: imap-codec's RFC traces and known answers, libetpan's files. Every
// line of them is read; where our verdict differs from theirs, a row says why and docs/imap-differences.md shows it.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/imap/response.h"
#include "posthorn/protocol/imap/spec.h"

#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {

/// A line that they and we judge differently.
struct Known {
  View suite;
  View text;  ///< begins the line; or the name of a file
  View why;
};
constexpr std::array kKnown = std::to_array<Known>({
    {"imap-codec traces", "A442 XPIG-LATIN",
     "an experimental command that nobody offers (RFC 3501 section 6.5.1); their runner leaves it out"},
    {"libetpan", "command-parameters/search-keyword-header-dates.imap",
     "a keyword in quotes: RFC 9051 section 9 has an atom there (flag-keyword)"},
    {"libetpan", "command-parameters/store-all-flags.imap",
     "a flag that begins with two backslashes: RFC 9051 section 9 has one (flag-extension)"},
    {"libetpan", "command-sender/uid-store.imap",
     "no space before the modifiers of STORE: RFC 4466 section 2.5 has one (store-modifiers)"},
    {"libetpan", "unsupported/esearch.imap", "a response of RFC 9051 section 7.3.4, which they do not read"},
    {"libetpan", "unsupported/fetch-binary-size.imap",
     "an item of RFC 9051 section 7.5.2 (BINARY.SIZE), which they do not read"},
    {"libetpan", "unsupported/fetch-binary.imap", "an item of RFC 9051 section 7.5.2 (BINARY), which they do not read"},
    {"libetpan", "unsupported/fetch-literal8.imap", "a literal8 of RFC 9051 section 9, which they do not read"},
    {"libetpan", "unsupported/list-extended-oldname.imap",
     "an extended item of RFC 9051 section 6.3.9.7 (OLDNAME), which they do not read"},
    {"libetpan", "unsupported/response-fatal-bye.imap",
     "BYE as an untagged response (RFC 9051 section 7.1.5); their entry point takes it as the end of the session only"},
    {"libetpan", "unsupported/status-rev2-deleted-size.imap",
     "items of RFC 9051 section 7.3.3 (DELETED, SIZE), which they do not read"},
});

// Of a command behind its tag. A command that we do not offer is refused.
bool is_command(View text) {
  if (same_word(text.substr(0, 4), "UID ")) text.remove_prefix(4);
  const std::size_t end = std::min(text.find(' '), text.size());
  const CommandSpec* row = find_command(all_commands(), text.substr(0, end));
  if (row == nullptr) return false;
  Cursor c(text.substr(end));
  return row->check(c).has_value();
}

bool is_response(View text) { return response::parse_response(text).has_value(); }

std::string unescape(View text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'r': out += '\r'; break;
      case 'n': out += '\n'; break;
      case 'x':
        out += static_cast<char>(std::stoi(own(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default: out += text[i];
    }
  }
  return out;
}

/// What a suite says and what we say.
class Comparison {
 public:
  explicit Comparison(View suite) : suite_(suite) {}
  void add(View text, bool ours, bool theirs = true) {
    ++lines_;
    if (ours == theirs) return;
    const auto row = std::find_if(kKnown.begin(), kKnown.end(),
                                  [&](const Known& k) { return k.suite == suite_ && text.starts_with(k.text); });
    CHECK_MESSAGE(row != kKnown.end(), own(suite_) << (ours ? ": taken: " : ": refused: ") << own(text));
    if (row != kKnown.end()) met_.push_back(&*row);
  }
  /// @param lines  of the suite
  void finish(int lines) const {
    CHECK(lines_ == lines);
    for (const Known& row : kKnown) {
      const bool met = row.suite != suite_ || std::find(met_.begin(), met_.end(), &row) != met_.end();
      CHECK_MESSAGE(met, own(suite_) << ": no difference any more: " << own(row.text));
    }
  }

 private:
  View suite_;
  int lines_ = 0;
  std::vector<const Known*> met_;
};

// "kind", text without its CRLF, of one line of the known answers. What their parser leaves is cut off.
std::pair<std::string, std::string> known_answer(const std::string& line) {
  std::istringstream columns(line);
  std::string kind, input, rest;
  std::getline(columns, kind, '\t');
  std::getline(columns, input, '\t');
  std::getline(columns, rest, '\t');
  std::string octets = unescape(input);
  octets.resize(octets.size() - unescape(rest).size());
  REQUIRE(octets.ends_with("\r\n"));
  octets.resize(octets.size() - 2);
  return {kind, octets};
}

bool is_known_answer(const std::string& kind, View text) {
  if (kind == "command") return is_command(text.substr(text.find(' ') + 1));
  if (kind == "authenticate_data") return text == "*" || codec::base64_decode(text).has_value();
  if (kind == "done") return same_word(text, "DONE");
  return is_response(text);
}

// The files have the line ends of their repository.
std::string with_crlf(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) {
    if (at == 0 || text[at - 1] != '\r') text.insert(at, "\r");
  }
  return text;
}

// The whole of a file with a literal, or all of its lines.
bool are_responses(const std::string& text) {
  if (text.find("{") != std::string::npos) return is_response(text);
  std::istringstream lines(text);
  bool all = true;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    all = all && is_response(line);
  }
  return all;
}

std::string page() {
  std::string out;
  for (View suite : {"imap-codec traces", "imap-codec known answers", "libetpan"}) {
    for (const Known& row : kKnown) {
      if (row.suite == suite) out += "* " + own(suite) + ", `" + own(row.text) + "`: " + own(row.why) + "\n";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("traces of RFC 3501 and its extensions") {
  const auto file = testing::shared_data("imap/imap-codec/rfc-traces.txt");
  if (!file) return;
  Comparison comparison("imap-codec traces");
  std::istringstream in(testing::read_whole_file(*file));
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.starts_with("//")) line.erase(0, 2);  // left out by their runner, not by ours
    const View text = View(line).substr(std::min<std::size_t>(3, line.size()));
    if (line.starts_with("C: ")) comparison.add(text, is_command(text.substr(text.find(' ') + 1)));
    if (line.starts_with("S: ")) comparison.add(text, is_response(text));
  }
  comparison.finish(196);
}

TEST_CASE("known answers of imap-codec") {
  const auto file = testing::shared_data("imap/imap-codec/valid-lines.tsv");
  if (!file) return;
  Comparison comparison("imap-codec known answers");
  std::istringstream in(testing::read_whole_file(*file));
  std::string line;
  std::getline(in, line);  // the names of the columns
  while (std::getline(in, line)) {
    const auto [kind, text] = known_answer(line);
    comparison.add(text, is_known_answer(kind, text));
  }
  comparison.finish(126);
}

TEST_CASE("files of libetpan") {
  const auto folder = testing::shared_data("imap/libetpan");
  if (!folder) return;
  Comparison comparison("libetpan");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    if (entry.path().extension() != ".imap") continue;
    const std::string name = entry.path().filename().string();
    const std::string group = entry.path().parent_path().filename().string();
    const std::string text = with_crlf(testing::read_whole_file(entry.path()));
    const bool theirs = name.find("nested-invalid") == std::string::npos && name != "fetch-literal-overflow.imap" &&
                        group != "unsupported";
    comparison.add(group + "/" + name, group.starts_with("command") ? is_command(text) : are_responses(text), theirs);
  }
  comparison.finish(96);
}

TEST_CASE("docs/imap-differences.md shows the differences") {
  std::ifstream file("docs/imap-differences.md");
  std::stringstream text;
  text << file.rdbuf();
  INFO("put this into docs/imap-differences.md:\n", page());
  CHECK(text.str().find(page()) != std::string::npos);
}
