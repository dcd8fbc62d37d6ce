// The four messages of SCRAM (RFC 5802 section 7) as values, and the proofs over them (section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::sasl::mechanism::scram {

/// What the client says about channel binding (gs2-cbind-flag).
enum class Binding : std::uint8_t {
  unsupported,       ///< "n"
  believed_missing,  ///< "y": the client could, and believes that the server cannot
  required,          ///< "p="
};

/// client-first-message
struct ClientFirst {
  Binding binding = Binding::unsupported;
  std::string binding_name;  ///< of "p=", else empty
  std::string authorize;
  std::string login;
  std::string nonce;
  std::string gs2_header;  ///< as sent
  std::string bare;        ///< client-first-message-bare as sent
};

/// server-first-message
struct ServerFirst {
  std::string nonce;
  std::string salt;
  std::uint32_t iterations = 0;
};

/// client-final-message
struct ClientFinal {
  std::string binding;  ///< gs2-header and channel binding octets, decoded
  std::string nonce;
  std::string proof;          ///< decoded
  std::string without_proof;  ///< as sent
};

/// @errors syntax; unsupported for a mandatory extension ("m=")
[[nodiscard]] Result<ClientFirst> parse_client_first(View message);
[[nodiscard]] Result<ServerFirst> parse_server_first(View message);
[[nodiscard]] Result<ClientFinal> parse_client_final(View message);
/// The server's signature. @errors denied for "e=" (the server refuses), syntax
[[nodiscard]] Result<std::string> parse_server_final(View message);

[[nodiscard]] std::string format(const ServerFirst& message);
/// saslname: "=" and "," escaped.
[[nodiscard]] std::string format_name(View name);

/// `count` printable characters other than ",", at least 6.5 random bits each.
[[nodiscard]] std::string make_nonce(Random& random, std::size_t count);

/// The octets with each bit set in `mask` turned; both have the same length.
[[nodiscard]] std::string exclusive_or(View octets, View mask);

}  // namespace posthorn::sasl::mechanism::scram
