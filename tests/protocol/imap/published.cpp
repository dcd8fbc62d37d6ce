// Commands that other projects publish as valid: imap-codec's RFC traces and known answers, libetpan's command files.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/protocol/imap/spec.h"

#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::imap;

namespace {

enum class Verdict { taken, refused, not_offered };

// Of a command behind its tag.
Verdict judge(View text) {
  if (same_word(text.substr(0, 4), "UID ")) text.remove_prefix(4);
  const std::size_t end = std::min(text.find(' '), text.size());
  const CommandSpec* row = find_command(all_commands(), text.substr(0, end));
  if (row == nullptr) return Verdict::not_offered;
  Cursor c(text.substr(end));
  return row->check(c) ? Verdict::taken : Verdict::refused;
}

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

// Files of libetpan that RFC 9051 does not allow, or that want what is not offered.
bool is_wrong(View file) {
  return file == "select-condstore.imap" ||             // RFC 7162
         file == "uid-store.imap" ||                    // UNCHANGEDSINCE of RFC 7162, without its space
         file == "search-keyword-header-dates.imap" ||  // a keyword in quotes: section 9 has an atom there
         file == "store-all-flags.imap";                // a flag that starts with two backslashes
}

struct Count {
  int taken = 0;
  int not_offered = 0;
  void judge_one(View command, bool may_be_refused = false) {
    const Verdict verdict = judge(command);
    CHECK_MESSAGE((verdict != Verdict::refused || may_be_refused), command);
    (verdict == Verdict::taken ? taken : not_offered) += 1;
  }
};

}  // namespace

TEST_CASE("the client's lines of the traces in RFC 3501 and its extensions") {
  const auto file = testing::shared_data("imap/imap-codec/rfc-traces.txt");
  if (!file) return;
  Count count;
  std::istringstream in(testing::read_whole_file(*file));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("C: ")) continue;
    const View text = View(line).substr(3);
    const std::size_t space = text.find(' ');
    if (space == View::npos) continue;  // DONE and the like
    count.judge_one(text.substr(space + 1));
  }
  MESSAGE(count.taken << " taken, " << count.not_offered << " not offered");
  CHECK(count.taken >= 40);
}

TEST_CASE("known answers of imap-codec") {
  const auto file = testing::shared_data("imap/imap-codec/valid-lines.tsv");
  if (!file) return;
  Count count;
  std::istringstream in(testing::read_whole_file(*file));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("command\t")) continue;
    std::istringstream columns(line);
    std::string kind, input, rest;
    std::getline(columns, kind, '\t');
    std::getline(columns, input, '\t');
    std::getline(columns, rest, '\t');
    std::string octets = unescape(input);
    octets.resize(octets.size() - unescape(rest).size() - 2);  // and its CRLF
    const View command = View(octets).substr(octets.find(' ') + 1);
    count.judge_one(command);
  }
  MESSAGE(count.taken << " taken, " << count.not_offered << " not offered");
  CHECK(count.taken >= 40);
}

TEST_CASE("commands as libetpan sends them") {
  const auto folder = testing::shared_data("imap/libetpan");
  if (!folder) return;
  Count count;
  for (const char* name : {"command-sender", "command-parameters"}) {
    for (const auto& entry : std::filesystem::directory_iterator(*folder / name)) {
      std::string text = testing::read_whole_file(entry.path());
      while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
      CAPTURE(entry.path().filename().string());
      count.judge_one(text, is_wrong(entry.path().filename().string()));
    }
  }
  MESSAGE(count.taken << " taken, " << count.not_offered << " not offered");
  CHECK(count.taken >= 40);
}
