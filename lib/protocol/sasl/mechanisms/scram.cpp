#include "protocol/sasl/mechanisms/scram.h"

#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/protocol/sasl/prepare.h"
#include "posthorn/protocol/sasl/scram_keys.h"

#include "protocol/sasl/mechanisms/scram_message.h"

namespace posthorn::sasl::mechanism::scram {

namespace {

constexpr View kBindingName = "tls-exporter";
constexpr std::size_t kDigest = 32;
constexpr std::size_t kClientNonce = 20;  // 130 bits
constexpr std::size_t kServerNonce = 30;  // 196 bits

class Server : public ServerExchange {
 public:
  Server(ServerOptions options, bool plus) : options_(std::move(options)), plus_(plus) {}

  Step step(std::optional<View> response) override {
    switch (std::exchange(expected_, Expected::nothing)) {
      case Expected::start:
        if (!response) {
          expected_ = Expected::first;
          return Challenge{};
        }
        return take_first(*response);
      case Expected::first: return take_first(response.value_or(View{}));
      case Expected::last: return take_final(response.value_or(View{}));
      case Expected::nothing: break;
    }
    return caller_error(Code::bad_state, "SCRAM is over");
  }

 private:
  enum class Expected : std::uint8_t { start, first, last, nothing };

  // RFC 5802 section 6: what the client says about channel binding must fit what we offered.
  [[nodiscard]] std::optional<Error> judge_binding() const {
    if (plus_) {
      if (first_.binding != Binding::required) return peer_error(Code::syntax, "-PLUS without channel binding");
      if (first_.binding_name != kBindingName) return peer_error(Code::unsupported, "channel binding type");
      if (options_.channel_binding.empty()) return caller_error(Code::misuse, "-PLUS without channel binding octets");
      return std::nullopt;
    }
    if (first_.binding == Binding::required) return peer_error(Code::syntax, "channel binding without -PLUS");
    if (first_.binding == Binding::believed_missing && options_.plus_offered) {
      return peer_error(Code::denied, "somebody took -PLUS out of our list of mechanisms");
    }
    return std::nullopt;
  }

  Step take_first(View message) {
    auto first = parse_client_first(message);
    if (!first) return first.error();
    first_ = std::move(*first);
    if (auto error = judge_binding()) return *error;
    auto keys = options_.verifier->scram_keys(first_.login);
    if (!keys) return keys.error();
    keys_ = std::move(*keys);
    nonce_ = first_.nonce + make_nonce(*options_.random, kServerNonce);
    challenge_ = format(ServerFirst{nonce_, keys_.salt, keys_.iterations});
    expected_ = Expected::last;
    return Challenge{challenge_};
  }

  Step take_final(View message) {
    const auto last = parse_client_final(message);
    if (!last) return last.error();
    if (last->nonce != nonce_) return peer_error(Code::denied, "nonce is not ours");
    if (!equal_in_constant_time(last->binding, first_.gs2_header + (plus_ ? options_.channel_binding : ""))) {
      return peer_error(Code::denied, "channel binding differs: somebody is in between");
    }
    const std::string transcript = first_.bare + "," + challenge_ + "," + last->without_proof;
    const auto client_key = prove(last->proof, transcript);
    if (!client_key) return peer_error(Code::denied);
    auto login = options_.verifier->authorize(first_.authorize, first_.login, *client_key);
    if (!login) return login.error();
    const std::string signature = crypto::hmac_sha256(keys_.server_key.reveal(), transcript);
    return Success{std::move(*login), "v=" + codec::base64_encode(signature)};
  }

  // ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); its digest is what we keep.
  [[nodiscard]] std::optional<Secret> prove(View proof, View transcript) const {
    if (proof.size() != kDigest) return std::nullopt;
    const std::string signature = crypto::hmac_sha256(keys_.stored_key, transcript);
    Secret client_key(exclusive_or(proof, signature));
    if (!equal_in_constant_time(crypto::sha256(client_key.reveal()), keys_.stored_key)) return std::nullopt;
    return client_key;
  }

  ServerOptions options_;
  bool plus_;
  Expected expected_ = Expected::start;
  ClientFirst first_;
  ScramKeys keys_;
  std::string nonce_;
  std::string challenge_;
};

class Client : public ClientExchange {
 public:
  Client(ClientOptions options, bool plus) : options_(std::move(options)), plus_(plus) {}

  Result<std::string> respond(View challenge) override {
    switch (std::exchange(next_, Next::nothing)) {
      case Next::first: return say_first(challenge);
      case Next::last: return say_final(challenge);
      case Next::verify: return verify(challenge);
      case Next::nothing: break;
    }
    return fail(peer_error(Code::bad_state, "challenge after the end of SCRAM"));
  }
  bool server_verified() const override { return verified_; }

 private:
  enum class Next : std::uint8_t { first, last, verify, nothing };

  Result<std::string> say_first(View challenge) {
    if (!challenge.empty()) return fail(peer_error(Code::syntax, "SCRAM begins with the client"));
    if (plus_ && options_.channel_binding.empty()) return fail(caller_error(Code::misuse, "-PLUS without TLS"));
    const auto login = prepare(options_.login);
    if (!login) return fail(caller_error(Code::misuse, "login name cannot be prepared"));
    // "y" tells the server that we saw no -PLUS though we could: it knows whether that is true.
    const View flag = plus_ ? "p=tls-exporter" : options_.channel_binding.empty() ? "n" : "y";
    gs2_header_ = own(flag) + "," + (options_.authorize.empty() ? "" : "a=" + format_name(options_.authorize)) + ",";
    nonce_ = make_nonce(*options_.random, kClientNonce);
    bare_ = "n=" + format_name(*login) + ",r=" + nonce_;
    next_ = Next::last;
    return gs2_header_ + bare_;
  }

  Result<std::string> say_final(View challenge) {
    const auto first = parse_server_first(challenge);
    if (!first) return fail(first.error());
    if (!View(first->nonce).starts_with(nonce_) || first->nonce.size() == nonce_.size()) {
      return fail(peer_error(Code::denied, "the server did not continue our nonce"));
    }
    if (first->iterations < kMinIterations || first->iterations > kMaxIterations) {
      return fail(peer_error(Code::unsupported, "iteration count out of range"));
    }
    auto password = prepare(options_.password.reveal());
    if (!password) return fail(caller_error(Code::misuse, "password cannot be prepared"));
    const Secret prepared(std::move(*password));

    const Secret salted(crypto::pbkdf2_sha256(prepared.reveal(), first->salt, first->iterations));
    const Secret client_key(crypto::hmac_sha256(salted.reveal(), "Client Key"));
    const std::string stored_key = crypto::sha256(client_key.reveal());
    const std::string binding = codec::base64_encode(gs2_header_ + (plus_ ? options_.channel_binding : ""));
    const std::string without_proof = "c=" + binding + ",r=" + first->nonce;
    const std::string transcript = bare_ + "," + own(challenge) + "," + without_proof;
    const std::string proof = exclusive_or(client_key.reveal(), crypto::hmac_sha256(stored_key, transcript));
    const Secret server_key(crypto::hmac_sha256(salted.reveal(), "Server Key"));
    signature_ = crypto::hmac_sha256(server_key.reveal(), transcript);
    next_ = Next::verify;
    return without_proof + ",p=" + codec::base64_encode(proof);
  }

  Result<std::string> verify(View challenge) {
    const auto signature = parse_server_final(challenge);
    if (!signature) return fail(signature.error());
    if (!equal_in_constant_time(*signature, signature_)) {
      return fail(peer_error(Code::denied, "the server does not know the password"));
    }
    verified_ = true;
    return std::string();
  }

  ClientOptions options_;
  bool plus_;
  Next next_ = Next::first;
  bool verified_ = false;
  std::string gs2_header_;
  std::string bare_;
  std::string nonce_;
  std::string signature_;
};

}  // namespace

std::unique_ptr<ServerExchange> serve(ServerOptions options) {
  return std::make_unique<Server>(std::move(options), false);
}
std::unique_ptr<ServerExchange> serve_plus(ServerOptions options) {
  return std::make_unique<Server>(std::move(options), true);
}
std::unique_ptr<ClientExchange> use(ClientOptions options) {
  return std::make_unique<Client>(std::move(options), false);
}
std::unique_ptr<ClientExchange> use_plus(ClientOptions options) {
  return std::make_unique<Client>(std::move(options), true);
}

}  // namespace posthorn::sasl::mechanism::scram
