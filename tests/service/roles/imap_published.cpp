// The dialogues of Apache James' Mailbox Protocol Test (../shared/data/imap/james-mpt) against the whole role:
// directory, account and store in memory. James words its texts its own way and announces what we do not; compared are
// tagged status words and the untagged data that both servers must give.
#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "posthorn/service/mailbox/account.h"
#include "posthorn/service/roles/imap_role.h"
#include "posthorn/service/store/memory.h"

#include "service/roles/fakes.h"
#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::roles;

namespace {

struct Site : roles::testing::Site {
  std::unique_ptr<store::Store> memory = store::make_memory_store();
  std::unique_ptr<mailbox::Accounts> mail = mailbox::Accounts::make(*memory, clock);
  Services all{directory, guard, *mail, delivery, observer, clock, random};

  Site() {
    directory.accounts["imapuser"] = {.id = directory::AccountId(77), .address = "imapuser"};
    directory.verifier.add("imapuser", "password");
    REQUIRE((*mail->open(directory::AccountId(77), {}))->provision());
  }
};

struct Connected {
  std::unique_ptr<Conversation> role;
  roles::testing::Driver drive;
  std::string unread;

  explicit Connected(Site& site)
      : role(make_imap_role(site.all, {.host_name = "h", .remote = "192.0.2.1", .clear_login = true}, {})),
        drive{*role, site.clock} {}
  void say(View octets) { unread += drive(octets); }
};

struct Line {
  enum class Kind { client, server, session };
  Kind kind;
  std::string text;
};

void correct(std::vector<Line>& lines);

std::vector<Line> read_script(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.starts_with("C:")) {
      lines.push_back({Line::Kind::client, line.size() > 2 && line[2] == ' ' ? line.substr(3) : line.substr(2)});
    } else if (line.starts_with("S:")) {
      lines.push_back({Line::Kind::server, line.size() > 3 ? line.substr(3) : ""});
    } else if (line.starts_with("SESSION:")) {
      lines.push_back({Line::Kind::session, line.substr(8)});
    }
  }
  correct(lines);
  return lines;
}

// James takes spaces where RFC 9051 section 9 has none, and some sizes of its literals are not those of the lines that
// follow: commands are brought into the RFC's form before they are sent.
void correct(std::vector<Line>& lines) {
  static const std::regex kLiteral("^(\\S+ APPEND .*)\\{[0-9]+\\+?\\}$");
  static const std::regex kCommand("^\\S+ (STORE|STATUS|LSUB|LIST) .*");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].kind != Line::Kind::client) continue;
    std::string& text = lines[i].text;
    std::smatch found;
    if (std::regex_match(text, found, kLiteral)) {
      std::size_t octets = 0;
      std::size_t last = i;
      while (last + 1 < lines.size() && lines[last + 1].kind == Line::Kind::client)
        octets += lines[++last].text.size() + 2;
      if (last == i) continue;
      text = found[1].str() + "{" + std::to_string(octets - 2) + "+}";
      i = last;
    } else if (std::regex_match(text, kCommand)) {
      text = std::regex_replace(text, std::regex(" +"), " ");
      text = std::regex_replace(text, std::regex("\\( "), "(");
      text = std::regex_replace(text, std::regex(" \\)"), ")");
      text = std::regex_replace(text, std::regex(" $"), "");
    }
  }
}

// "a1 OK" of a tagged line or of the pattern for one; empty for any other line.
std::string tagged(const std::string& line) {
  static const std::regex kTagged("^([A-Za-z0-9.]+) (OK|NO|BAD)\\b.*");
  std::smatch found;
  return std::regex_match(line, found, kTagged) ? found[1].str() + " " + found[2].str() : "";
}

// Scripts in which some tagged answer differs, and why; every other script must agree in all of them, and a row whose
// difference is gone has to go too.
struct Known {
  View prefix;
  View why;
};
constexpr View kTheirNames =
    "James names mailboxes of others #user.NAME.x and own ones #private.x; ours are #Shared/NAME/x and x";
constexpr View kTheirDot = "their delimiter is a dot, ours a slash";
constexpr View kTheirState =
    "James plays it before a login or a SELECT, this runner after; we also say BAD where James says NO, and "
    "RFC 9051 section 7.1 leaves the choice";
constexpr View kSpaces = "spaces inside parentheses are not in RFC 9051 section 9";
constexpr View kEmptyFetch = "FETCH () is not in RFC 9051 section 9";
constexpr Known kKnown[] = {
    {"ACLCommandsOnOtherUser", kTheirNames},
    {"AuthenticatePlain", "a mechanism is an atom and a response no literal (RFC 9051 section 9)"},
    {"ConcurrentExistsResponse", "a message that the session was not told of has no number"},
    {"ConcurrentRenameSelectedSub", kTheirDot},
    {"CreateErrorWithLongName", "a name may have 512 octets here, fewer there"},
    {"Create", kTheirDot},
    {"FetchMultipartBodyStructure", kEmptyFetch},
    {"FetchPartial", "two lists of items and modifiers where RFC 9394 section 3.3 has PARTIAL of UID FETCH"},
    {"FetchSimpleBodyStructure", kEmptyFetch},
    {"FetchSingleMessage", "ALL, FULL and FAST stand alone (RFC 9051 section 6.4.5)"},
    {"FetchStructureComplex", kEmptyFetch},
    {"Id", "commas between the strings are not in RFC 2971 section 5"},
    {"ListPercentWildcard", kTheirDot},
    {"ListWithPercentWildcardInMailboxName", "a name with a wildcard in it is refused"},
    {"ListWithSharedMailbox", kTheirNames},
    {"MetadataWithLimitation", "the host of that test allows other numbers and sizes of annotations"},
    {"Metadata",
     "GETMETADATA names an entry at least (RFC 5464 section 5), MAXSIZE may be 0, and no vendor's names are refused"},
    {"MoveNoMSG", "UIDs of no message are passed over (RFC 9051 section 6.4.9)"},
    {"Quota", kTheirNames},
    {"RenameHierarchy", kTheirDot},
    {"RenameSharedMailbox", kTheirNames},
    {"SearchCombinations", kSpaces},
    {"SharedMailbox", kTheirNames},
    {"SharingAccess", kTheirNames},
    {"UidSearchCombinations", kSpaces},
    {"ValidAuthenticated", kTheirState},
    {"ValidSelected", kTheirState},
    {"XList", "XLIST is in no RFC; CREATE of Trash finds the one that every account has"},
};

/// The first row for a script; nullptr: it must agree.
const Known* known_of(View script) {
  const auto* row =
      std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& k) { return script.starts_with(k.prefix); });
  return row == std::end(kKnown) ? nullptr : row;
}

struct Score {
  int agreed = 0;
  std::vector<std::string> differences;
};

class Player {
 public:
  Player(Site& site, bool log_in) : site_(site), log_in_(log_in) { current_ = &open("1"); }

  void play(const std::vector<Line>& lines, Score* score) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].kind == Line::Kind::session) current_ = &open(lines[i].text);
      if (lines[i].kind == Line::Kind::client) current_->say(lines[i].text + "\r\n");
      if (lines[i].kind == Line::Kind::client) said_ = lines[i].text;
      if (lines[i].kind == Line::Kind::server && score != nullptr) expect(lines[i].text, *score);
    }
  }
  Connected& open(const std::string& name) {
    auto& session = sessions_[name];
    if (!session) {
      session = std::make_unique<Connected>(site_);
      session->say(log_in_ ? "l LOGIN imapuser password\r\n" : "");
      session->unread.clear();
    }
    return *session;
  }
  void forget() { current_->unread.clear(); }

 private:
  void expect(const std::string& pattern, Score& score) {
    const std::string wanted = tagged(pattern);
    if (wanted.empty()) return;
    const std::string tag = wanted.substr(0, wanted.find(' '));
    while (!current_->unread.empty()) {
      const std::size_t end = std::min(current_->unread.find("\r\n"), current_->unread.size());
      const std::string line = current_->unread.substr(0, end);
      current_->unread.erase(0, std::min(end + 2, current_->unread.size()));
      const std::string got = tagged(line);
      if (got.empty() || got.substr(0, got.find(' ')) != tag) continue;
      if (got == wanted) {
        ++score.agreed;
      } else {
        score.differences.push_back(said_ + "| wanted " + pattern + " got " + line);
      }
      return;
    }
    score.differences.push_back(said_ + "| wanted " + pattern + " got nothing");
  }

  Site& site_;
  bool log_in_;
  std::map<std::string, std::unique_ptr<Connected>> sessions_;
  Connected* current_ = nullptr;
  std::string said_;
};

}  // namespace

TEST_CASE("dialogues of James") {
  const auto folder = posthorn::testing::shared_data("imap/james-mpt/scripts");
  if (!folder) return;
  const auto setup = read_script(posthorn::testing::read_whole_file(*folder / "SelectedStateSetup.test"));
  int agreed = 0;
  int different = 0;
  std::set<const Known*> used;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() != ".test") continue;
    const auto lines = read_script(posthorn::testing::read_whole_file(entry.path()));
    Site site;
    const std::string name = entry.path().stem().string();
    const auto first =
        std::find_if(lines.begin(), lines.end(), [](const Line& l) { return l.kind == Line::Kind::client; });
    if (first == lines.end()) continue;
    static const std::regex kLogin(".*\\b(LOGIN|AUTHENTICATE) .*", std::regex::icase);
    const bool logs_in = std::any_of(lines.begin(), lines.end(), [&](const Line& l) {
      return l.kind == Line::Kind::client && std::regex_match(l.text, kLogin);
    });
    static const std::regex kNeedsMailbox("^\\S+ (UID |FETCH|STORE|SEARCH|COPY|MOVE|EXPUNGE|CHECK|CLOSE).*",
                                          std::regex::icase);
    Player player(site, !logs_in);
    std::string all;
    bool selects = false, needs = false;
    for (const Line& l : lines) {
      if (l.kind != Line::Kind::client) continue;
      selects = selects || l.text.find("SELECT ") != std::string::npos || l.text.find("EXAMINE ") != std::string::npos;
      if (!selects && std::regex_match(l.text, kNeedsMailbox)) needs = true;
    }
    if (needs) player.play(setup, nullptr), player.forget();
    Score score;
    player.play(lines, &score);
    agreed += score.agreed;
    different += static_cast<int>(score.differences.size());
    const Known* row = known_of(name);
    for (const auto& d : score.differences) CHECK_MESSAGE(row != nullptr, name << ": " << d);
    if (row != nullptr && !score.differences.empty()) used.insert(row);
  }
  MESSAGE(agreed << " tagged answers as James gives them, " << different << " differ for known reasons");
  for (const Known& row : kKnown) CHECK_MESSAGE(used.contains(&row), row.prefix << " differs no more");
  CHECK(agreed > 2000);
}
