#include "protocol/imap/commands/login.h"

#include <utility>

#include "protocol/imap/admission.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::login {

Result<Args> parse(Cursor& c) {
  Args args;
  std::string password;
  static_cast<void>(c.sp() && astring(c, args.name) && c.sp() && astring(c, password));
  args.password = Secret(std::move(password));
  return c.finish(std::move(args));
}

namespace {
class Login final : public Admission {
 public:
  Login(Args args, State& state) : Admission(state), args_(std::move(args)) {}

 private:
  Progress attempt(Responder& responder) override {
    if (!state().tls && !state().clear_login) {
      responder.finish(kNeedsTls);
      return Progress::done;
    }
    const auto login = state().gate->check_password(args_.name, args_.password);
    return login ? admit(*login, responder) : refuse(login.error(), responder);
  }
  Args args_;
};
}  // namespace

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<Login>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::login
