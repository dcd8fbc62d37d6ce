// SASL exchanges (RFC 4422) without a protocol around them.
//
// A protocol session carries the octets (base64, "*", line limits); its host owns the Exchange and steps it on a
// thread that may block, because verifying a password is slow on purpose.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::sasl {

/// What a server stores for SCRAM (RFC 5802 section 3): enough to verify, not enough to log in elsewhere.
struct ScramKeys {
  std::string salt;
  std::uint32_t iterations = 0;
  std::string stored_key;
  Secret server_key;
};

/// A bearer token as a client showed it (RFC 7628 section 3.1).
struct BearerToken {
  std::string authorize;   ///< whom to act as; empty: whom the token names
  std::string host;        ///< the server that the client means; empty: it does not say
  std::uint16_t port = 0;  ///< 0: it does not say
  Secret token;            ///< empty: the client asks what it should bring
};

/// Why a token does not let anybody in. The words are what the client is told (RFC 7628 section 3.2.2), when the code
/// is denied.
struct TokenRefusal {
  Error error;
  std::string status;         ///< "invalid_token" (RFC 6750 section 3.1); that when empty
  std::string scope;          ///< what a token should be good for; may be empty
  std::string configuration;  ///< URL of the OpenID configuration; may be empty
};
/// The login to act as, or why not.
using TokenVerdict = std::variant<std::string, TokenRefusal>;

/// Answers the questions of server-side mechanisms. All failures are one Code::denied; Code::unavailable when the
/// directory does not answer. May block.
class Verifier {
 public:
  virtual ~Verifier() = default;
  /// @param authorize whom to act as; empty: the login itself
  /// @returns the login name to act as
  virtual Result<std::string> check_password(View authorize, View login, const Secret& password) = 0;
  /// SCRAM keys of a login; for an unknown login keys that look real and never verify, the same ones each time.
  virtual Result<ScramKeys> scram_keys(View login) = 0;
  /// Called after a SCRAM proof was right: may the login be used, and act as `authorize`?
  /// @param client_key  the ClientKey that the proof showed (RFC 5802 section 3): a secret that only the password gives
  virtual Result<std::string> authorize(View authorize, View login, const Secret& client_key) = 0;

  // What only some hosts can judge; without it nobody gets in, and the mechanisms are not offered (Accepted).
  [[nodiscard]] virtual TokenVerdict check_token(const BearerToken& token);
  /// @param authorize  whom to act as; empty: whom the verified TLS certificate of the client names
  virtual Result<std::string> check_certificate(View authorize);
  /// @param trace  what the client says of itself (RFC 4505 section 2): for the log, if anything
  virtual Result<std::string> check_anonymous(View trace);
};

struct Challenge { std::string octets; };                    ///< send it, step with the answer
struct Success { std::string login; std::string octets; };   ///< octets: additional data, sent where it is not empty
using Step = std::variant<Challenge, Success, Error>;

/// One server-side authentication.
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;
  /// @param response the decoded response of the client; the first call gets the initial response, or nullopt when the
  ///                 client sent none
  [[nodiscard]] virtual Step step(std::optional<View> response) = 0;
};

/// What an exchange needs to know.
struct ServerOptions {
  Verifier* verifier = nullptr;
  Random* random = nullptr;
  std::string channel_binding;  ///< tls-exporter octets (RFC 9266), or empty
  bool plus_offered = false;    ///< whether a -PLUS mechanism is offered on this connection (downgrade check)
};

/// One client-side authentication.
class ClientExchange {
 public:
  virtual ~ClientExchange() = default;
  /// The next response to a challenge; the first call gets an empty challenge.
  [[nodiscard]] virtual Result<std::string> respond(View challenge) = 0;
  /// Whether the server proved that it knows the password too (always true for mechanisms without that).
  [[nodiscard]] virtual bool server_verified() const = 0;
};

struct ClientOptions {
  std::string authorize;  ///< empty: act as `login`
  std::string login;
  Secret password;
  Random* random = nullptr;
  std::string channel_binding;
  std::string host;        ///< of the server, for OAUTHBEARER; the password is the token
  std::uint16_t port = 0;  ///< 0: not told
};

/// What a client shows to be let in.
enum class Evidence : std::uint8_t { password, token, certificate, nothing };

/// What the host judges beside passwords.
struct Accepted {
  bool tokens = false;
  bool certificate = false;  ///< the client has shown one, and it is verified
  bool anonymous = false;
};

/// One row per mechanism, in mechanisms/all.h, best first.
struct MechanismSpec {
  View name;
  View rfc;
  bool needs_tls;              ///< sends the password in the clear
  bool needs_channel_binding;  ///< a -PLUS mechanism
  bool server_first;           ///< the server speaks first (LOGIN)
  std::unique_ptr<ServerExchange> (*serve)(ServerOptions options);
  std::unique_ptr<ClientExchange> (*use)(ClientOptions options);
  Evidence evidence = Evidence::password;
};

/// All mechanisms, best first.
[[nodiscard]] std::span<const MechanismSpec> mechanisms();

/// The row with this name (ASCII case ignored), or null.
[[nodiscard]] const MechanismSpec* find_mechanism(View name);

/// The rows that a server may offer now, best first: the one rule for all protocols.
/// @param tls       whether the connection is protected
/// @param bindable  whether a channel binding is known
/// @param clear     whether the listener accepts passwords without TLS
/// @param accepted  what is judged beside passwords
[[nodiscard]] std::vector<const MechanismSpec*> offered(bool tls, bool bindable, bool clear,
                                                        const Accepted& accepted = {});

}  // namespace posthorn::sasl
