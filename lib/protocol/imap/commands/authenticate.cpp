#include "protocol/imap/commands/authenticate.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/sasl/mechanism.h"

#include "protocol/imap/admission.h"
#include "protocol/imap/commands/capability.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::authenticate {

namespace {
constexpr CharSet kBase64 = chars::kAlnum + CharSet("+/=");

class Authenticate final : public Admission {
 public:
  Authenticate(Args args, State& state) : Admission(state), args_(std::move(args)) {}
  void line(View text) override { line_ = text; }

 private:
  Progress attempt(Responder& responder) override {
    if (exchange_ == nullptr) return begin(responder);
    if (line_ == "*") return end(kCancelled, responder);
    const auto response = codec::base64_decode(line_);
    if (!response) return end(kBadBase64, responder);
    if (!login_.empty()) return admit(login_, responder);
    return exchange(View(*response), responder);
  }

  Progress begin(Responder& responder) {
    const sasl::MechanismSpec* mechanism = sasl::find_mechanism(args_.mechanism);
    const auto offered = capability::offered(state());
    if (std::find(offered.begin(), offered.end(), mechanism) == offered.end()) {
      return end(mechanism != nullptr && mechanism->needs_tls && !state().tls ? kNeedsTls : kNoMechanism, responder);
    }
    std::optional<std::string> initial;
    if (args_.initial) {
      initial = *args_.initial == "=" ? std::string() : codec::base64_decode(*args_.initial);
      if (!initial) return end(kBadBase64, responder);
    }
    auto started = state().gate->exchange(*mechanism);
    if (!started) return refuse(started.error(), responder);
    exchange_ = std::move(*started);
    return exchange(initial ? std::optional<View>(*initial) : std::nullopt, responder);
  }

  Progress exchange(std::optional<View> response, Responder& responder) {
    sasl::Step answer = exchange_->step(response);
    if (auto* challenge = std::get_if<sasl::Challenge>(&answer)) return ask(challenge->octets, responder);
    if (auto* error = std::get_if<Error>(&answer)) return refuse(*error, responder);
    auto& success = std::get<sasl::Success>(answer);
    if (success.octets.empty()) return admit(success.login, responder);
    // IMAP has no place for data with the success: it goes as a last challenge (RFC 9051 section 6.2.2).
    login_ = success.login;
    return ask(success.octets, responder);
  }

  static Progress ask(View octets, Responder& responder) {
    responder.continuation(codec::base64_encode(octets));
    return Progress::line;
  }
  static Progress end(const Reply& reply, Responder& responder) {
    responder.finish(reply);
    return Progress::done;
  }

  Args args_;
  std::unique_ptr<sasl::ServerExchange> exchange_;
  std::string line_;
  std::string login_;  // not empty: verified, the client owes an empty line
};
}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  View mechanism;
  static_cast<void>(c.sp() && atom(c, mechanism));
  args.mechanism = mechanism;
  if (c.try_sp()) {
    View initial;
    c.run(kBase64, initial);
    args.initial = own(initial);
  }
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return std::make_unique<Authenticate>(std::move(args), state);
}

}  // namespace posthorn::imap::commands::authenticate
