#include "protocol/sasl/mechanisms/anonymous.h"

#include <utility>

#include "protocol/sasl/mechanisms/one_message.h"

namespace posthorn::sasl::mechanism::anonymous {

namespace {
/// A token has 255 characters at most (RFC 4505 section 2), of four octets at most.
constexpr std::size_t kMostTrace = 1'020;

Result<std::string> judge(Verifier& verifier, View trace) { return verifier.check_anonymous(trace); }
}  // namespace

std::unique_ptr<ServerExchange> serve(ServerOptions options) {
  return std::make_unique<OneMessageServer<judge>>(std::move(options), kMostTrace);
}
std::unique_ptr<ClientExchange> use(ClientOptions options) {
  return std::make_unique<OneMessageClient>(std::move(options.login));
}

}  // namespace posthorn::sasl::mechanism::anonymous
