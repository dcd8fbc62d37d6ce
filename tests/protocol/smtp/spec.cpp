// Walks the tables: every command row, every extension row, every row of the state table.
#include "posthorn/protocol/smtp/spec.h"

#include <string>

#include <doctest/doctest.h>

#include "protocol/smtp/dialogue.h"
#include "protocol/smtp/parameters.h"

using namespace posthorn;
using namespace posthorn::smtp;
using smtp::testing::codes;
using smtp::testing::Host;

namespace {

constexpr std::array kPhases = {Phase::connected, Phase::ready, Phase::mail, Phase::recipients, Phase::chunks};

/// Every extension that a row knows; REQUIRETLS and a needed login would change what the rest means.
ServerOptions everything(bool lmtp) {
  ServerOptions options{.lmtp = lmtp, .starttls = true, .mechanisms = "PLAIN", .clear_login = true};
  options.offers = {.dsn = true, .binary = true, .priority = true, .deliver_by = true, .etrn = true, .xclient = true};
  return options;
}

/// A sender with all parameters that outlive MAIL; BINARYMIME where no DATA and no bare line end is to come.
std::string sender(bool binary) {
  return "MAIL FROM:<a@b.example> SMTPUTF8 RET=FULL ENVID=x MT-PRIORITY=3 BY=60;R" +
         std::string(binary ? " BODY=BINARYMIME" : "") + "\r\n";
}

struct Run {
  Host host;
  ServerSession session;
  explicit Run(bool lmtp) : session(everything(lmtp), {}) {}
  std::string operator()(View octets) {
    host.feed(session, octets);
    return host.take();
  }
  void to(Phase phase, bool lmtp, bool binary = false) {
    (*this)("");
    if (phase == Phase::connected) return;
    (*this)(lmtp ? "LHLO c\r\n" : "EHLO c\r\n");
    if (phase == Phase::ready) return;
    (*this)(sender(binary));
    if (phase == Phase::mail) return;
    (*this)("RCPT TO:<c@d.example>\r\n");
    if (phase == Phase::chunks) (*this)("BDAT 2\r\nab");
    REQUIRE(session.state().phase == phase);
  }
};

bool has_source(View text) { return text.starts_with("RFC ") || text == "Postfix XCLIENT_README"; }
bool is_lmtp(const CommandSpec& row) { return row.family == Family::lmtp; }

// What a client says to bring a verb to an outcome; empty where the session alone decides or a command cannot fail.
std::string words(Verb verb, Outcome outcome) {
  const bool well = outcome == Outcome::accepted;
  switch (verb) {
    case Verb::ehlo: return well ? "EHLO c\r\n" : "EHLO\r\n";
    case Verb::helo: return well ? "HELO c\r\n" : "HELO\r\n";
    case Verb::lhlo: return well ? "LHLO c\r\n" : "LHLO\r\n";
    case Verb::mail: return well ? sender(true) : "MAIL FROM:<unknown@b.example> SMTPUTF8 BODY=BINARYMIME\r\n";
    case Verb::rcpt: return well ? "RCPT TO:<c@d.example> NOTIFY=NEVER\r\n" : "RCPT TO:<unknown@d.example>\r\n";
    case Verb::data: return well ? "DATA\r\n" : "DATA x\r\n";
    case Verb::content: return well ? "x\r\n.\r\n" : "x\ny\r\n.\r\n";
    case Verb::bdat: return well ? "BDAT 3\r\nabc" : "BDAT 3\r\na\nc";
    case Verb::bdat_last: return well ? "BDAT 3 LAST\r\nabc" : "BDAT 3 LAST\r\na\nc";
    case Verb::rset: return "RSET\r\n";
    case Verb::noop: return "NOOP\r\n";
    case Verb::vrfy: return "VRFY a\r\n";
    case Verb::expn: return "EXPN a\r\n";
    case Verb::help: return "HELP\r\n";
    case Verb::quit: return "QUIT\r\n";
    case Verb::starttls: return well ? "STARTTLS\r\n" : "STARTTLS x\r\n";
    case Verb::etrn: return well ? "ETRN b.example\r\n" : "ETRN unknown.example\r\n";
    case Verb::xclient: return well ? "XCLIENT NAME=c\r\n" : "XCLIENT NAME=unknown\r\n";
    case Verb::xclient_login: return well ? "XCLIENT NAME=c LOGIN=ann\r\n" : "XCLIENT NAME=unknown LOGIN=ann\r\n";
    case Verb::auth: return well ? "AUTH PLAIN eA==\r\n" : "AUTH PLAIN =\r\n";
  }
  return {};
}

}  // namespace

TEST_CASE("every row of the state table does what it says, in every phase it names") {
  int walked = 0;
  for (const Transition& row : kTransitions) {
    for (Phase from : {Phase::connected, Phase::ready, Phase::mail, Phase::recipients, Phase::content, Phase::chunks}) {
      if (!holds(row.from, from)) continue;
      const bool lmtp = row.verb == Verb::lhlo;
      Run run(lmtp);
      const bool by_lines =
          row.verb == Verb::data || row.verb == Verb::content || row.verb == Verb::bdat || row.verb == Verb::bdat_last;
      run.to(from == Phase::content ? Phase::recipients : from, lmtp, !by_lines);
      if (from == Phase::content) run("DATA\r\n");
      const State before = run.session.state();
      const std::string said = words(row.verb, row.outcome);
      run(said);
      const State now = run.session.state();
      CAPTURE(said);
      CAPTURE(static_cast<int>(from));
      CHECK(now.phase == (row.stays ? from : row.to));
      const auto changed = [](Change change, auto old, decltype(old) grown) {
        return change == Change::keep ? old : change == Change::clear ? decltype(old){} : grown;
      };
      CHECK(now.mail == changed(row.mail, before.mail, true));
      CHECK(now.recipients == changed(row.recipients, before.recipients, before.recipients + 1));
      CHECK(now.offset == changed(row.offset, before.offset, before.offset + 3));
      CHECK(now.login == changed(row.login, before.login, true));
      CHECK(now.tls == changed(row.tls, before.tls, true));
      CHECK(now.announced == changed(row.mail, before.announced, Announced{.utf8 = true, .binary = true}));
      CHECK(before.announced == Announced{.utf8 = before.mail, .binary = before.mail && !by_lines});
      // A transaction that is gone without the host's doing is reported.
      const bool told = run.host.heard.find("reset") != std::string::npos;
      const bool by_host =
          (row.verb == Verb::content || row.verb == Verb::bdat_last) && row.outcome == Outcome::accepted;
      CHECK(told == (before.mail && !now.mail && !by_host && row.verb != Verb::quit));
      ++walked;
    }
  }
  CHECK(walked > 80);
}

TEST_CASE("a verb changes nothing in a phase that no row names") {
  for (const CommandSpec& row : command_rows()) {
    for (Phase from : kPhases) {
      if (holds(row.phases, from)) continue;
      Run run(is_lmtp(row));
      run.to(from, is_lmtp(row));
      const State before = run.session.state();
      const std::string heard = run.host.heard;
      CAPTURE(row.name);
      CHECK(codes(run(own(row.example) + "\r\n")) == "503");
      CHECK(run.session.state() == before);
      CHECK(run.host.heard == heard);
    }
  }
}

TEST_CASE("phases of a command are those of the state table") {
  for (const CommandSpec& row : command_rows()) {
    CAPTURE(row.name);
    for (const Transition& t : kTransitions) {
      if (t.verb == row.verb) CHECK((t.from & row.phases) == t.from);
    }
    for (Phase phase : kPhases) {
      // DATA and BDAT run before a recipient is accepted too, to say that there is none.
      if (phase == Phase::mail && (row.verb == Verb::data || row.verb == Verb::bdat)) continue;
      const bool moves = transition(row.verb, Outcome::accepted, phase) != nullptr ||
                         transition(row.verb, Outcome::refused, phase) != nullptr;
      CHECK(moves == holds(row.phases, phase));
    }
  }
}

TEST_CASE("every example is accepted by its own row") {
  for (const CommandSpec& row : command_rows()) {
    CAPTURE(row.name);
    CHECK(has_source(row.rfc));
    CHECK(row.example.starts_with(row.name));
    CHECK(find_command(row.name, is_lmtp(row)) == &row);
    const ServerOptions options = everything(is_lmtp(row));
    const State state{.phase = Phase::recipients, .mail = true, .recipients = 1};
    const Facts facts{options, state, true, true, true, true};
    Cursor cursor(row.example.substr(row.name.size()));
    const Answer answer = row.run(cursor, facts);
    if (const auto* reply = std::get_if<Reply>(&answer)) CHECK(reply->positive() == (row.verb != Verb::expn));
    if (const auto* chunk = std::get_if<Chunk>(&answer)) CHECK_FALSE(chunk->refused.has_value());
    CHECK_FALSE(std::holds_alternative<Fatal>(answer));
  }
}

TEST_CASE("families") {
  CHECK(find_command("ehlo", false) != nullptr);
  CHECK(find_command("EHLO", true) == nullptr);
  CHECK(find_command("LHLO", false) == nullptr);
  CHECK(find_command("LHLO", true) != nullptr);
  CHECK(find_command("", false) == nullptr);
}

namespace {

template <class Params>
void check_parameters(std::span<const ParameterSpec<Params>> rows) {
  ServerOptions options = everything(false);
  options.require_login = options.offers.future_release = options.offers.require_tls = true;
  const State state{.tls = true};
  const Facts facts{options, state, true, true, true, true};
  const Facts helo{options, state, false, true, true, true};
  const ServerOptions nothing;
  const State clear;
  const Facts modest{nothing, clear, true, true, true, true};
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(row.rfc.starts_with("RFC "));
    const auto taken = [&](const std::string& text, const Facts& known) {
      Params params;
      Cursor c(text);
      return take_parameters(c, known, params);
    };
    const std::string text = " " + own(row.example);
    CHECK_FALSE(taken(text, facts).has_value());
    CHECK(taken(text + text, facts) == say(Said::bad_argument));  // at most once
    CHECK(taken(text, helo) == say(Said::unknown_parameter));
    const bool always = row.extension.empty() || is_offered(row.extension, modest);
    CHECK((taken(text, modest) == say(Said::unknown_parameter)) == !always);
    const bool valued = row.example.find('=') != View::npos;
    CHECK(taken(" " + own(row.name) + (valued ? "" : "=x"), facts) == say(Said::bad_argument));
  }
}

}  // namespace

TEST_CASE("extensions and parameters have their source, and parameters are known while their extension is offered") {
  for (const ExtensionSpec& row : extension_rows()) CHECK(has_source(row.rfc));
  check_parameters(mail_parameters());
  check_parameters(rcpt_parameters());
}

TEST_CASE("nothing of a transaction reaches the next one") {
  for (View end : {"RSET", "EHLO c", "BDAT 0 LAST", "BDAT 1\r\n"}) {
    CAPTURE(end);
    Run run(false);
    run.to(Phase::recipients, false, true);
    const std::string octet(end.ends_with('\n') ? "" : "\r\n");
    run(own(end) + octet + (end.ends_with('\n') ? "x" : ""));
    if (run.session.state().phase == Phase::chunks) run("RSET\r\n");
    REQUIRE(run.session.state() == State{.phase = Phase::ready});
    const std::string heard = run.host.heard;
    CHECK(codes(run("MAIL FROM:<a@b.example>\r\nRCPT TO:<\xC3\xA4@d.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")) ==
          "250 553 250 354");
    CHECK(run.host.heard == heard + "mail a@b.example\nrcpt c@d.example\n");
  }
}
