// The scripts of Apache James for SMTP (../shared/data/smtp/james-mpt): the same dialogue must come to the same class of
// replies. James's own wording is not compared, and two of its choices are not ours: it talks before EHLO
// (authplain), and it answers 451 where we drop what was injected behind STARTTLS.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "protocol/smtp/dialogue.h"

using namespace posthorn;
using namespace posthorn::smtp;
using smtp::testing::codes;
using smtp::testing::Host;

namespace {

struct Script {
  std::string client;
  std::string classes;  // first digits of the final lines of all replies
};

/// C: and S: lines; an S: line is no final one when the next S: line continues it.
Script read_script(const std::string& name) {
  const char* place = std::getenv("POSTHORN_SHARED_DATA");
  std::ifstream file(std::string(place != nullptr ? place : "../shared/data") + "/smtp/james-mpt/" + name);
  Script script;
  std::vector<std::string> replies;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("C:")) {
      std::string text = line.substr(std::min<std::size_t>(line.size(), 3));
      for (std::size_t at = text.find("\\r\\n"); at != std::string::npos; at = text.find("\\r\\n")) text.replace(at, 4, "\r\n");
      script.client += text + "\r\n";
    }
    if (line.starts_with("S: ")) replies.push_back(line.substr(3));
  }
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const bool more = i + 1 < replies.size() && (replies[i + 1].substr(3, 1) == "-" || replies[i].substr(3, 1) == "-");
    if (!more) script.classes += replies[i].front();
  }
  return script;
}

std::string classes(View sent) {
  std::string out;
  const std::string all = codes(sent);
  for (std::size_t i = 0; i < all.size(); i += 4) out += all[i];
  return out;
}

struct Run {
  Host host;
  ServerSession session{{.starttls = true, .mechanisms = "LOGIN PLAIN", .clear_login = true}, {}};
  std::string operator()(const std::string& client) {
    host.feed(session, client);
    return classes(host.take());
  }
};

}  // namespace

TEST_CASE("James's scripts") {
  int played = 0;
  for (const char* name : {"helo.test", "data_starts_with_starttls.test", "data_with_starttls.test", "rcpt_with_starttls.test",
                           "starttls.test", "starttls_session_fixation.test"}) {
    const Script script = read_script(name);
    if (script.client.empty()) continue;
    CAPTURE(name);
    CHECK(Run()(script.client) == script.classes);
    ++played;
  }
  if (played == 0) MESSAGE("skipped: 7 scripts of ../shared/data/smtp/james-mpt are not there");

  const Script injection = read_script("starttls_with_injection.test");
  if (injection.client.empty()) return;
  CHECK(played == 6);
  Run run;
  run(injection.client);
  CHECK(run.host.heard == "hello yopmail.com\nupgrade\n");  // the injected MAIL was never run
}
