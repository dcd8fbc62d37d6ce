// Joins a client exchange and a server exchange, as a protocol session would.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl {

struct Outcome {
  std::string login;             ///< whom the server let in
  std::optional<Error> refused;  ///< what the server said otherwise
  std::optional<Error> gave_up;  ///< why the client stopped
  bool server_verified = false;
};

/// Changes a message on its way; `number` counts from 0 over both directions.
using Tamper = std::function<void(int number, std::string& message)>;

/// Runs the exchange to its end, with or without an initial response.
inline Outcome converse(
    ServerExchange& server, ClientExchange& client, bool initial_response,
    const Tamper& tamper = [](int, std::string&) {}) {
  int number = 0;
  std::optional<std::string> response;
  if (initial_response) {
    auto first = client.respond({});
    if (!first) return {.gave_up = first.error()};
    response = std::move(*first);
    tamper(number++, *response);
  }
  for (int round = 0; round < 20; ++round) {
    Step step = server.step(response ? std::optional<View>(*response) : std::nullopt);
    if (const auto* error = std::get_if<Error>(&step)) return {.refused = *error};
    auto* success = std::get_if<Success>(&step);
    std::string challenge = success != nullptr ? success->octets : std::get<Challenge>(step).octets;
    tamper(number++, challenge);
    if (success != nullptr && challenge.empty()) {
      return {.login = success->login, .server_verified = client.server_verified()};
    }
    auto next = client.respond(challenge);
    if (!next) return {.gave_up = next.error()};
    if (success != nullptr) return {.login = success->login, .server_verified = client.server_verified()};
    response = std::move(*next);
    tamper(number++, *response);
  }
  return {.refused = peer_error(Code::too_many, "the exchange does not end")};
}

}  // namespace posthorn::sasl
