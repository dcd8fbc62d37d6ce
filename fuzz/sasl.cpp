// SASL exchanges, both ends: nobody gets in without the password, no server is believed that does not know it, and
// every exchange ends.
//
// input = the line "MECHANISM server" or "MECHANISM client" (who is attacked), then one message a line; the line "="
// stands for what an honest peer says.
#include <cstddef>
#include <string>
#include <variant>

#include "posthorn/protocol/sasl/mechanism.h"
#include "posthorn/testing/fake_verifier.h"
#include "posthorn/testing/fakes.h"

#include "check.h"
#include "fuzz.h"
#include "protocol/sasl/mechanisms/scram_message.h"

namespace {

using namespace posthorn;

constexpr View kPassword = "kept.from.the.fuzzer/0b1f7c9e";
const std::string kBinding(32, 'b');

struct Ends {
  testing::FakeVerifier verifier{{"ann", std::string(kPassword)}};
  testing::SeededRandom random{1};
  std::unique_ptr<sasl::ServerExchange> server;
  std::unique_ptr<sasl::ClientExchange> client;

  explicit Ends(const sasl::MechanismSpec& row) {
    server = row.serve({&verifier, &random, kBinding, row.needs_channel_binding});
    client = row.use({{}, "ann", Secret(kPassword), &random, row.needs_channel_binding ? kBinding : ""});
  }
};

View take_line(View& input) {
  const std::size_t end = input.find('\n');
  const View line = input.substr(0, end);
  input.remove_prefix(end == View::npos ? input.size() : end + 1);
  return line;
}

void attack_server(const sasl::MechanismSpec& row, View input) {
  Ends ends(row);
  std::string challenge;
  bool honest = false;
  for (int steps = 0; !input.empty(); ++steps) {
    std::string response = own(take_line(input));
    if (response == "=") {
      response = ends.client->respond(challenge).value_or(std::string());
      honest = true;
    }
    const sasl::Step step = ends.server->step(response);
    if (const auto* success = std::get_if<sasl::Success>(&step)) {
      fuzzing::check(success->login == "ann", "a login is the one whose password was shown");
      fuzzing::check(honest, "nobody gets in without the password");
      fuzzing::check(std::holds_alternative<Error>(ends.server->step("x")), "an exchange succeeds once");
      return;
    }
    if (std::holds_alternative<Error>(step)) {
      fuzzing::check(std::holds_alternative<Error>(ends.server->step("x")), "a refused exchange stays refused");
      return;
    }
    challenge = std::get<sasl::Challenge>(step).octets;
    fuzzing::check(steps < 4, "every exchange ends");
  }
}

void attack_client(const sasl::MechanismSpec& row, View input) {
  Ends ends(row);
  std::string response = ends.client->respond({}).value_or(std::string());
  bool honest = false;
  for (int steps = 0; !input.empty() && steps < 10; ++steps) {
    std::string challenge = own(take_line(input));
    if (challenge == "=") {
      const sasl::Step step = ends.server->step(response);
      if (const auto* c = std::get_if<sasl::Challenge>(&step)) challenge = c->octets;
      if (const auto* s = std::get_if<sasl::Success>(&step)) challenge = s->octets;
      honest = true;
    }
    const auto first = sasl::mechanism::scram::parse_server_first(challenge);
    if (first && first->iterations > 5000) return;  // allowed, and slow on purpose
    const auto next = ends.client->respond(challenge);
    const bool mutual = row.evidence == sasl::Evidence::password && (!row.needs_tls || row.needs_channel_binding);
    if (mutual) {
      fuzzing::check(honest || !ends.client->server_verified(), "a server is believed that knows the password");
    }
    if (!next) return;
    response = *next;
  }
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  const View first = take_line(input);
  const View name = first.substr(0, first.find(' '));
  const View attacked = first.substr(name.size());
  const sasl::MechanismSpec* row = sasl::find_mechanism(name);
  if (row == nullptr) return;
  if (attacked == " server") attack_server(*row, input);
  if (attacked == " client") attack_client(*row, input);
}
