#include <doctest/doctest.h>

#include "posthorn/testing/transcript.h"

#include "protocol/managesieve/commands/all.h"
#include "protocol/managesieve/scripts_host.h"

using namespace posthorn;
using managesieve::State;

namespace {

constexpr State kStates[] = {State::unauthenticated, State::authenticated};

// A session in a state, ready for the next command.
std::unique_ptr<testing::SieveStage> stage_in(State state, testing::FakeClock& clock) {
  auto options = testing::open_options();
  options.starttls = true;
  auto stage = std::make_unique<testing::SieveStage>(options, clock.now());
  const View way = state == State::unauthenticated
                       ? "S*\nS: OK ...\n"
                       : "S*\nS: OK ...\nC: AUTHENTICATE \"PLAIN\" \"AGFubgBzZWNyZXQgcGFzcw==\"\nS: OK ...\n";
  CHECK(testing::play(way, stage->conversation, clock) == "");
  CHECK(stage->session.state() == state);
  return stage;
}

// The last line of the answer to a command.
std::string last_answer(testing::SieveStage& stage, testing::FakeClock& clock, View command) {
  stage.session.receive(own(command) + "\r\n");
  while (stage.conversation.next(clock.now()) == Wants::again) {
  }
  std::string said(stage.session.transmit());
  if (said.ends_with("\r\n")) said.resize(said.size() - 2);
  return said.substr(said.rfind("\r\n") + (said.find("\r\n") == std::string::npos ? 1 : 2));
}

}  // namespace

TEST_CASE("each row: its example parses, is refused in states it does not name and is in order in those it does") {
  for (const auto& row : managesieve::all_commands()) {
    CAPTURE(row.name);
    CHECK(row.rfc.starts_with("RFC 5804 section 2."));
    CHECK(row.example.starts_with(row.name));
    REQUIRE((row.check != nullptr));
    CHECK(managesieve::find_command(managesieve::all_commands(), row.name) == &row);
    Cursor cursor(row.example.substr(row.name.size()));
    CHECK(row.check(cursor).has_value());
    for (const State state : kStates) {
      testing::FakeClock clock;
      auto stage = stage_in(state, clock);
      const std::string said = last_answer(*stage, clock, row.example);
      const bool wrong_state = said == "NO \"Log in first\"" || said == "NO \"Logged in already\"";
      CHECK(wrong_state == !row.states.has(state));
      if (!row.states.has(state)) CHECK(stage->session.state() == state);
    }
  }
}

TEST_CASE("keywords in any case; what follows a whole command is a syntax error") {
  for (const auto& row : managesieve::all_commands()) {
    CAPTURE(row.name);
    std::string lower(row.name);
    for (char& c : lower) c = to_lower(c);
    CHECK(managesieve::find_command(managesieve::all_commands(), lower) == &row);
    const std::string tail = own(row.example.substr(row.name.size())) + " \"x\" \"y\"";
    Cursor cursor(tail);
    CHECK_FALSE(row.check(cursor).has_value());
  }
  CHECK(managesieve::find_command(managesieve::all_commands(), "RETR") == nullptr);
  CHECK(managesieve::find_command(managesieve::all_commands(), "") == nullptr);
}

TEST_CASE("arguments at their edges") {
  const auto accepts = [](View line) {
    Cursor cursor(line);
    const auto* row = managesieve::find_command(managesieve::all_commands(), cursor.try_run(chars::kAlnum));
    return row != nullptr && row->check(cursor).has_value();
  };
  CHECK(accepts("HAVESPACE \"a\" 4294967295"));
  CHECK(accepts("HAVESPACE {1+}\r\na 0"));
  CHECK_FALSE(accepts("HAVESPACE \"a\""));
  CHECK_FALSE(accepts("HAVESPACE \"a\" -1"));
  CHECK_FALSE(accepts("HAVESPACE  \"a\" 1"));
  CHECK_FALSE(accepts("HAVESPACE \"\" 1"));
  CHECK(accepts("SETACTIVE \"\""));
  CHECK_FALSE(accepts("SETACTIVE \"\x01\""));
  CHECK_FALSE(accepts("SETACTIVE"));
  CHECK(accepts("PUTSCRIPT \"a\" \"\""));
  CHECK_FALSE(accepts("PUTSCRIPT \"\" \"keep;\""));
  CHECK_FALSE(accepts("PUTSCRIPT a {5+}\r\nkeep;"));
  CHECK(accepts("NOOP"));
  CHECK(accepts("NOOP \"\""));
  CHECK_FALSE(accepts("NOOP "));
  CHECK(accepts("AUTHENTICATE \"plain\""));
  CHECK(accepts("AUTHENTICATE \"PLAIN\" \"\""));
  CHECK(accepts("AUTHENTICATE {5+}\r\nPLAIN {4+}\r\nAAAA"));
  CHECK_FALSE(accepts("AUTHENTICATE PLAIN"));
  CHECK_FALSE(accepts("AUTHENTICATE \"PLAIN\" \"=\""));
  CHECK_FALSE(accepts("AUTHENTICATE \"PLA IN\""));
}

TEST_CASE("the transitions lead to what RFC 5804 says") {
  using managesieve::after;
  using managesieve::Change;
  CHECK(after(State::unauthenticated, Change::logged_in) == State::authenticated);
  CHECK(after(State::authenticated, Change::forgotten) == State::unauthenticated);
  CHECK(after(State::unauthenticated, Change::forgotten) == State::unauthenticated);
  CHECK(after(State::authenticated, Change::left) == State::closed);
  CHECK(after(State::closed, Change::logged_in) == State::closed);
}
