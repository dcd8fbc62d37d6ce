// Mechanisms whose client says one thing and whose server asks for it with an empty challenge: EXTERNAL, ANONYMOUS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/protocol/sasl/mechanism.h"

namespace posthorn::sasl::mechanism {

/// @tparam judge  `Result<std::string>(Verifier&, View message)`: the login
template <auto judge>
class OneMessageServer : public ServerExchange {
 public:
  /// @param most  longest message, octets
  OneMessageServer(ServerOptions options, std::size_t most) : options_(std::move(options)), most_(most) {}

  Step step(std::optional<View> response) override {
    if (over_) return caller_error(Code::bad_state, "the exchange is over");
    if (!response && !asked_) {
      asked_ = true;
      return Challenge{};
    }
    over_ = true;
    const View message = response.value_or(View{});
    const bool good = message.size() <= most_ && message.find('\0') == View::npos && codec::is_utf8(message);
    if (!good) return peer_error(Code::syntax, "no UTF-8, too long, or with NUL");
    auto login = judge(*options_.verifier, message);
    if (!login) return login.error();
    return Success{std::move(*login), {}};
  }

 private:
  ServerOptions options_;
  std::size_t most_;
  bool asked_ = false;
  bool over_ = false;
};

class OneMessageClient : public ClientExchange {
 public:
  explicit OneMessageClient(std::string message) : message_(std::move(message)) {}

  Result<std::string> respond(View challenge) override {
    if (over_) return fail(peer_error(Code::bad_state, "a challenge after the end"));
    over_ = true;
    if (!challenge.empty()) return fail(peer_error(Code::syntax, "the challenge is not empty"));
    const bool good = message_.find('\0') == std::string::npos && codec::is_utf8(message_);
    if (!good) return fail(caller_error(Code::misuse, "no UTF-8, or with NUL"));
    return message_;
  }
  bool server_verified() const override { return true; }

 private:
  std::string message_;
  bool over_ = false;
};

}  // namespace posthorn::sasl::mechanism
