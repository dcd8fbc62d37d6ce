#include "posthorn/protocol/sasl/scram_keys.h"

#include "posthorn/bytes/crypto/hash.h"

namespace posthorn::sasl {

ScramKeys make_scram_keys(const Secret& password, View salt, std::uint32_t iterations) {
  const Secret salted(crypto::pbkdf2_sha256(password.reveal(), salt, iterations));
  const Secret client_key(crypto::hmac_sha256(salted.reveal(), "Client Key"));
  return {own(salt), iterations, crypto::sha256(client_key.reveal()),
          Secret(crypto::hmac_sha256(salted.reveal(), "Server Key"))};
}

ScramKeys decoy_scram_keys(const Secret& seed, View login, std::uint32_t iterations) {
  const auto derive = [&](View purpose) { return crypto::hmac_sha256(seed.reveal(), own(purpose) + own(login)); };
  return {derive("salt:").substr(0, 16), iterations, derive("stored:"), Secret(derive("server:"))};
}

}  // namespace posthorn::sasl
