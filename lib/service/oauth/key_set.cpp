#include "service/oauth/key_set.h"

#include <algorithm>
#include <optional>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/service/oauth/access_token_judge.h"

#include "service/oauth/algorithms.h"
#include "service/oauth/json.h"

namespace posthorn::oauth {

namespace {

/// A member in base64url; what is absent or malformed is empty, which is no part of any key.
std::string octets(const Json& key, View name) {
  return codec::base64url_decode(key.text(name).value_or(View())).value_or(std::string());
}

/// One kind of keys: the members that make it (RFC 7518 section 6, RFC 8037 section 2).
struct Kind {
  View type;   ///< "kty"
  View curve;  ///< "crv"; empty: it has none
  crypto::SignatureScheme scheme;
  Result<crypto::PublicKey> (*make)(const Json& key);
};
constexpr Kind kKinds[] = {
    {"RSA", "", crypto::SignatureScheme::rsa_pkcs1_sha256,
     [](const Json& key) { return crypto::PublicKey::rsa(octets(key, "n"), octets(key, "e")); }},
    {"EC", "P-256", crypto::SignatureScheme::ecdsa_p256_sha256,
     [](const Json& key) { return crypto::PublicKey::p256(octets(key, "x"), octets(key, "y")); }},
    {"OKP", "Ed25519", crypto::SignatureScheme::ed25519,
     [](const Json& key) { return crypto::PublicKey::ed25519(octets(key, "x")); }},
};

const Kind* kind_of(const Json& key) {
  const View type = key.text("kty").value_or(View());
  const View curve = key.text("crv").value_or(View());
  const auto* row = std::ranges::find_if(
      kKinds, [&](const Kind& kind) { return kind.type == type && (kind.curve.empty() || kind.curve == curve); });
  return row == std::ranges::end(kKinds) ? nullptr : row;
}

/// Whether the key says that it is for signatures like these (RFC 7517 sections 4.2 to 4.4).
bool is_for(const Json& key, crypto::SignatureScheme scheme) {
  if (key.has("use") && key.text("use") != "sig") return false;
  if (key.has("key_ops")) {
    const auto operations = key.texts("key_ops");
    if (!operations || std::ranges::find(*operations, "verify") == operations->end()) return false;
  }
  if (!key.has("alg")) return true;
  const Algorithm* algorithm = find_algorithm(key.text("alg").value_or(View()));
  return algorithm != nullptr && algorithm->scheme == scheme;
}

}  // namespace

Result<KeySet> KeySet::parse(View text) {
  if (text.size() > kMaxKeySetOctets) return fail(peer_error(Code::too_long, "the key set is too long"));
  const auto document = Json::parse_object(text);
  if (!document) return fail(peer_error(Code::syntax, "the key set is no object of JSON, or has a name twice"));
  const auto keys = document->objects("keys");
  if (!keys) return fail(peer_error(Code::syntax, "the key set has no list of objects 'keys'"));
  if (keys->size() > kMaxKeys) return fail(peer_error(Code::too_many, "the key set has too many keys"));
  KeySet set;
  for (std::size_t i = 0; i < keys->size(); ++i) {
    const Json& key = (*keys)[i];
    const Kind* kind = kind_of(key);
    if (kind == nullptr || !is_for(key, kind->scheme)) continue;
    Result<crypto::PublicKey> made = kind->make(key);
    if (!made) return fail(peer_error(Code::syntax, "key " + std::to_string(i + 1) + ": " + made.error().note));
    set.keys_.push_back({own(key.text("kid").value_or(View())), std::move(*made)});
  }
  if (set.keys_.empty()) return fail(peer_error(Code::syntax, "the key set has no key for RS256, ES256 or EdDSA"));
  return set;
}

KeySet::Finding KeySet::verify(const SignedToken& token) const {
  bool known = false;
  for (const Key& key : keys_) {
    if (key.key.scheme() != token.scheme || (!token.key_id.empty() && key.id != token.key_id)) continue;
    if (key.key.verifies(token.signed_octets, token.signature)) return Finding::verified;
    known = !token.key_id.empty();
  }
  return known ? Finding::refused : Finding::unknown;
}

}  // namespace posthorn::oauth
