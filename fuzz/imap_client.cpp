// imap::ClientSession against any server: any split is heard the same, and what waits to be sent stays within bounds.
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/protocol/imap/client_session.h"
#include "posthorn/testing/fakes.h"

#include "check.h"
#include "fuzz.h"
#include "protocol/imap/told.h"

namespace {

using namespace posthorn;

imap::ClientLimits limits() {
  imap::ClientLimits limits;
  limits.response = {.response = 4000, .literal = 20, .literals = 50};
  limits.data = 15'000;
  return limits;
}

void ask_all(imap::ClientSession& client, bool logs_in, bool appends) {
  if (logs_in) (void)client.authenticate(*sasl::find_mechanism("LOGIN"), {{}, "ann", Secret(View("pw")), nullptr, {}});
  (void)client.send(imap::ask::capability());
  (void)client.send(imap::ask::create("\xc3\xbc"));
  (void)client.send(imap::ClientCommand("X").astring("a\r\nb"));
  if (appends) (void)client.send(imap::ask::append("INBOX", 30));
  (void)client.send(imap::ask::fetch(std::vector<imap::Range>{{1, 9}}, "BODY[]"));
  (void)client.send(imap::ask::idle());
  (void)client.send(imap::ask::enable("UTF8=ACCEPT"));
  (void)client.send(imap::ask::starttls());
  (void)client.send(imap::ask::logout());
}

/// What the host is told and what the server gets. How the two interleave depends on what has arrived: challenges are
/// answered before the event behind them is asked for.
struct Course {
  std::string told;
  std::string sent;
  bool operator==(const Course&) const = default;
};

Course heard(View input, std::size_t chunk, bool logs_in, bool appends = false) {
  testing::FakeClock clock;
  imap::ClientSession client(clock.now(), limits());
  ask_all(client, logs_in, appends);
  Course course;
  bool done = false;
  for (std::size_t at = 0; at < input.size() && !done; at += chunk) {
    client.receive(input.substr(at, chunk));
    for (std::size_t steps = 0; !done; ++steps) {
      fuzzing::check(steps < 100'000, "a bounded input has a bounded answer");
      const imap::ClientEvent event = client.next(clock.now());
      done = std::holds_alternative<imap::StartTls>(event) || std::holds_alternative<Closed>(event);
      if (std::holds_alternative<imap::WantContent>(event)) {
        client.content("0123456789");
      } else {
        course.told += testing::tell(event);
      }
      course.sent += client.transmit();
      client.transmitted(client.transmit().size());
      if (std::holds_alternative<NeedInput>(event)) break;
    }
  }
  return course;
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.empty()) return;
  if (input.size() > 20'000) input = input.substr(0, 20'000);
  const bool logs_in = (input[0] & 1) != 0;
  input.remove_prefix(1);
  const Course whole = heard(input, input.size() + 1, logs_in);
  fuzzing::check(heard(input, 1, logs_in) == whole, "any split is heard the same");
  fuzzing::check(heard(input, 7, logs_in) == whole, "any split is heard the same");
  // When content is asked for depends on what has arrived, so splits differ here.
  (void)heard(input, 11, logs_in, true);
}
