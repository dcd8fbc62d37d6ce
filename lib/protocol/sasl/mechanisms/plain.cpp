#include "protocol/sasl/mechanisms/plain.h"

#include <utility>

#include "posthorn/bytes/codec/utf8.h"

namespace posthorn::sasl::mechanism::plain {

namespace {

// message = [authzid] UTF8NUL authcid UTF8NUL passwd   (RFC 4616 section 2)
struct Message {
  View authorize;
  View login;
  View password;
};

std::optional<Message> parse(View octets) {
  const std::size_t first = octets.find('\0');
  const std::size_t second = first == View::npos ? first : octets.find('\0', first + 1);
  if (second == View::npos || octets.find('\0', second + 1) != View::npos || !codec::is_utf8(octets)) {
    return std::nullopt;
  }
  const Message m{octets.substr(0, first), octets.substr(first + 1, second - first - 1), octets.substr(second + 1)};
  if (m.login.empty() || m.password.empty()) return std::nullopt;
  return m;
}

class Server : public ServerExchange {
 public:
  explicit Server(ServerOptions options) : options_(std::move(options)) {}

  Step step(std::optional<View> response) override {
    if (over_) return caller_error(Code::bad_state, "PLAIN is over");
    if (!response && !asked_) {
      asked_ = true;
      return Challenge{};
    }
    over_ = true;
    const auto message = parse(response.value_or(View{}));
    if (!message) return peer_error(Code::syntax, "malformed PLAIN message");
    auto login = options_.verifier->check_password(message->authorize, message->login, Secret(message->password));
    if (!login) return login.error();
    return Success{std::move(*login), {}};
  }

 private:
  ServerOptions options_;
  bool asked_ = false;
  bool over_ = false;
};

class Client : public ClientExchange {
 public:
  explicit Client(ClientOptions options) : options_(std::move(options)) {}

  Result<std::string> respond(View challenge) override {
    if (over_) return fail(peer_error(Code::bad_state, "challenge after the end of PLAIN"));
    over_ = true;
    if (!challenge.empty()) return fail(peer_error(Code::syntax, "PLAIN has an empty challenge only"));
    std::string message = options_.authorize + '\0' + options_.login + '\0' + own(options_.password.reveal());
    if (!parse(message)) return fail(caller_error(Code::misuse, "login or password is empty, no UTF-8 or has a NUL"));
    return message;
  }
  bool server_verified() const override { return true; }

 private:
  ClientOptions options_;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<ServerExchange> serve(ServerOptions options) { return std::make_unique<Server>(std::move(options)); }
std::unique_ptr<ClientExchange> use(ClientOptions options) { return std::make_unique<Client>(std::move(options)); }

}  // namespace posthorn::sasl::mechanism::plain
