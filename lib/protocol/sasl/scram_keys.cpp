#include "posthorn/protocol/sasl/scram_keys.h"

#include "posthorn/bytes/crypto/hash.h"

namespace posthorn::sasl {

MadeScramKeys make_scram_keys_and_client_key(const Secret& password, View salt, std::uint32_t iterations) {
  const Secret salted(crypto::pbkdf2_sha256(password.reveal(), salt, iterations));
  Secret client_key(crypto::hmac_sha256(salted.reveal(), "Client Key"));
  ScramKeys keys{own(salt), iterations, crypto::sha256(client_key.reveal()),
                 Secret(crypto::hmac_sha256(salted.reveal(), "Server Key"))};
  return {std::move(keys), std::move(client_key)};
}

ScramKeys make_scram_keys(const Secret& password, View salt, std::uint32_t iterations) {
  return make_scram_keys_and_client_key(password, salt, iterations).keys;
}

ScramKeys decoy_scram_keys(const Secret& seed, View login, std::uint32_t iterations) {
  const auto derive = [&](View purpose) { return crypto::hmac_sha256(seed.reveal(), own(purpose) + own(login)); };
  return {derive("salt:").substr(0, 16), iterations, derive("stored:"), Secret(derive("server:"))};
}

}  // namespace posthorn::sasl
