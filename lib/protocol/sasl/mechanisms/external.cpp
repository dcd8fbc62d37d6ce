#include "protocol/sasl/mechanisms/external.h"

#include <utility>

#include "protocol/sasl/mechanisms/one_message.h"

namespace posthorn::sasl::mechanism::external {

namespace {
constexpr std::size_t kMostAuthorize = 1'000;

Result<std::string> judge(Verifier& verifier, View authorize) { return verifier.check_certificate(authorize); }
}  // namespace

std::unique_ptr<ServerExchange> serve(ServerOptions options) {
  return std::make_unique<OneMessageServer<judge>>(std::move(options), kMostAuthorize);
}
std::unique_ptr<ClientExchange> use(ClientOptions options) {
  return std::make_unique<OneMessageClient>(std::move(options.authorize));
}

}  // namespace posthorn::sasl::mechanism::external
