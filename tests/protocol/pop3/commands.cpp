#include <set>

#include <doctest/doctest.h>

#include "posthorn/testing/transcript.h"

#include "protocol/pop3/commands/all.h"
#include "protocol/pop3/maildrop_host.h"

using namespace posthorn;

namespace {

constexpr pop3::State kStates[] = {pop3::State::authorization, pop3::State::named, pop3::State::transaction};

// A session in a state, ready for the next command.
std::unique_ptr<testing::Pop3Stage> stage_in(pop3::State state, testing::FakeClock& clock) {
  auto options = testing::open_options();
  options.starttls = true;
  auto stage = std::make_unique<testing::Pop3Stage>(options, clock.now());
  const View way = state == pop3::State::authorization ? ""
                   : state == pop3::State::named       ? "C: USER ann\nS: +OK ...\n"
                                                       : "C: USER ann\nC: PASS secret pass\nS: +OK ...\nS: +OK ...\n";
  CHECK(testing::play("S: +OK ...\n" + own(way), stage->conversation, clock) == "");
  CHECK(stage->session.state() == state);
  return stage;
}

std::string first_answer(testing::Pop3Stage& stage, testing::FakeClock& clock, View command) {
  stage.session.receive(own(command) + "\r\n");
  while (stage.conversation.next(clock.now()) == Wants::again) {
  }
  const std::string said(stage.session.transmit());
  return said.substr(0, said.find("\r\n"));
}

}  // namespace

TEST_CASE("each row: its example parses, is refused in states it does not name and is in order in those it does") {
  for (const auto& row : pop3::all_commands()) {
    CAPTURE(row.name);
    CHECK(row.rfc.starts_with("RFC "));
    CHECK(row.example.starts_with(row.name));
    REQUIRE((row.check != nullptr));
    CHECK(pop3::find_command(pop3::all_commands(), row.name) == &row);
    Cursor cursor(row.example.substr(row.name.size()));
    CHECK(row.check(cursor).has_value());
    for (const pop3::State state : kStates) {
      testing::FakeClock clock;
      auto stage = stage_in(state, clock);
      const std::string said = first_answer(*stage, clock, row.example);
      const bool wrong_state = said == "-ERR Not in this state";
      CHECK(wrong_state == !row.states.has(state));
      if (!row.states.has(state)) CHECK(stage->session.state() == state);
    }
  }
}

TEST_CASE("keywords in any case; what follows a whole command is a syntax error") {
  for (const auto& row : pop3::all_commands()) {
    if (row.name == "PASS" || row.name == "USER") continue;  // take the rest of the line
    CAPTURE(row.name);
    std::string lower(row.name);
    for (char& c : lower) c = to_lower(c);
    CHECK(pop3::find_command(pop3::all_commands(), lower) == &row);
    const std::string tail = own(row.example.substr(row.name.size())) + " x";
    Cursor cursor(tail);
    CHECK_FALSE(row.check(cursor).has_value());
  }
  CHECK(pop3::find_command(pop3::all_commands(), "APOP") == nullptr);
  CHECK(pop3::find_command(pop3::all_commands(), "") == nullptr);
}

TEST_CASE("arguments at their edges") {
  const auto accepts = [](View line) {
    Cursor cursor(line);
    const auto* row = pop3::find_command(pop3::all_commands(), cursor.try_run(chars::kAlnum));
    return row != nullptr && row->check(cursor).has_value();
  };
  CHECK(accepts("RETR 4294967295"));
  CHECK_FALSE(accepts("RETR 4294967296"));
  CHECK_FALSE(accepts("RETR -1"));
  CHECK_FALSE(accepts("RETR  1"));
  CHECK_FALSE(accepts("RETR"));
  CHECK(accepts("LIST"));
  CHECK(accepts("TOP 1 0"));
  CHECK_FALSE(accepts("TOP 1"));
  CHECK_FALSE(accepts("USER "));
  CHECK(accepts("PASS  two leading spaces and \xC3\xA9"));
  CHECK(accepts("AUTH PLAIN ="));
  CHECK_FALSE(accepts("AUTH PLAIN ===="));
  CHECK_FALSE(accepts("AUTH"));
}

TEST_CASE("the transitions lead to what RFC 1939 says") {
  using pop3::after;
  using pop3::Change;
  using pop3::State;
  CHECK(after(State::authorization, Change::named) == State::named);
  CHECK(after(State::named, Change::refused) == State::authorization);
  CHECK(after(State::named, Change::logged_in) == State::transaction);
  CHECK(after(State::named, Change::protected_by_tls) == State::authorization);
  CHECK(after(State::named, Change::left) == State::closed);
  CHECK(after(State::transaction, Change::left) == State::update);
  CHECK(after(State::transaction, Change::logged_in) == State::transaction);
  CHECK(after(State::update, Change::finished) == State::closed);
  CHECK(after(State::closed, Change::logged_in) == State::closed);
}
