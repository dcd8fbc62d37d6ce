#include "protocol/sasl/mechanisms/login.h"

#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::sasl::mechanism::login {

namespace {

bool is_acceptable(View answer) { return !answer.empty() && answer.find('\0') == View::npos && codec::is_utf8(answer); }

class Server : public ServerExchange {
 public:
  explicit Server(ServerOptions options) : options_(std::move(options)) {}

  Step step(std::optional<View> response) override {
    switch (expected_) {
      case Expected::start:
        // Some clients send the login name as the initial response.
        if (response && !response->empty()) return take_login(*response);
        expected_ = Expected::login;
        return Challenge{"Username:"};
      case Expected::login: return take_login(response.value_or(View{}));
      case Expected::password: return take_password(response.value_or(View{}));
      case Expected::nothing: break;
    }
    return caller_error(Code::bad_state, "LOGIN is over");
  }

 private:
  enum class Expected : std::uint8_t { start, login, password, nothing };

  Step take_login(View answer) {
    expected_ = Expected::nothing;
    if (!is_acceptable(answer)) return peer_error(Code::syntax, "malformed login name");
    login_ = own(answer);
    expected_ = Expected::password;
    return Challenge{"Password:"};
  }
  Step take_password(View answer) {
    expected_ = Expected::nothing;
    if (!is_acceptable(answer)) return peer_error(Code::syntax, "malformed password");
    auto login = options_.verifier->check_password({}, login_, Secret(answer));
    if (!login) return login.error();
    return Success{std::move(*login), {}};
  }

  ServerOptions options_;
  Expected expected_ = Expected::start;
  std::string login_;
};

// The draft fixes the prompts, but servers word them differently ("User Name", "username:"): the first letters decide,
// and the order for a prompt that begins with neither.
class Client : public ClientExchange {
 public:
  explicit Client(ClientOptions options) : options_(std::move(options)) {}

  Result<std::string> respond(View challenge) override {
    if (over_) return fail(peer_error(Code::bad_state, "challenge after the end of LOGIN"));
    if (!options_.authorize.empty() && options_.authorize != options_.login) {
      return fail(caller_error(Code::misuse, "LOGIN cannot act as somebody else"));
    }
    if (!is_acceptable(options_.login) || !is_acceptable(options_.password.reveal())) {
      return fail(caller_error(Code::misuse, "login or password is empty, no UTF-8 or has a NUL"));
    }
    const bool wants_login = same_word(challenge.substr(0, 4), "user");
    const bool wants_password = same_word(challenge.substr(0, 4), "pass");
    if (challenge.empty() && !login_sent_) return options_.login;  // an initial response, if the protocol sends it
    if (wants_password || (login_sent_ && !wants_login)) {
      over_ = true;
      return own(options_.password.reveal());
    }
    if (login_sent_) return fail(peer_error(Code::syntax, "asked twice for the login name"));
    login_sent_ = true;
    return options_.login;
  }
  bool server_verified() const override { return true; }

 private:
  ClientOptions options_;
  bool login_sent_ = false;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<ServerExchange> serve(ServerOptions options) { return std::make_unique<Server>(std::move(options)); }
std::unique_ptr<ClientExchange> use(ClientOptions options) { return std::make_unique<Client>(std::move(options)); }

}  // namespace posthorn::sasl::mechanism::login
