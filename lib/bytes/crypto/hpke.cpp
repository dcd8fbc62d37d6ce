#include "posthorn/bytes/crypto/hpke.h"

#include <span>

#include <sodium.h>

#include "posthorn/bytes/crypto/aead.h"
#include "posthorn/bytes/crypto/kdf.h"

namespace posthorn::crypto {

namespace {

// RFC 9180 section 7: the numbers of DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20Poly1305.
constexpr View kKemSuite("KEM\x00\x20", 5);
constexpr View kSuite("HPKE\x00\x20\x00\x01\x00\x03", 10);
constexpr View kVersion = "HPKE-v1";
constexpr std::size_t kNonceOctets = 12;

const unsigned char* octets_of(View octets) { return reinterpret_cast<const unsigned char*>(octets.data()); }
unsigned char* octets_of(std::string& octets) { return reinterpret_cast<unsigned char*>(octets.data()); }

// Section 4: LabeledExtract and LabeledExpand.
Secret labeled_extract(View suite, View salt, View label, View key_material) {
  std::string input;
  input.reserve(64 + key_material.size());
  input.append(kVersion).append(suite).append(label).append(key_material);
  Secret out = hkdf_extract(salt, input);
  wipe(input.data(), input.size());
  return out;
}

Secret labeled_expand(View suite, const Secret& key, View label, View info, std::uint8_t count) {
  std::string labeled{'\0', static_cast<char>(count)};
  labeled.append(kVersion).append(suite).append(label).append(info);
  return hkdf_expand(key.reveal(), labeled, count);
}

/// Section 5.1: KeySchedule in base mode.
HpkeKeys schedule(const Secret& shared, View info) {
  std::string context(1, '\0');
  context += labeled_extract(kSuite, {}, "psk_id_hash", {}).reveal();
  context += labeled_extract(kSuite, {}, "info_hash", info).reveal();
  const Secret secret = labeled_extract(kSuite, shared.reveal(), "secret", {});
  return {labeled_expand(kSuite, secret, "key", context, kAeadKeyOctets),
          own(labeled_expand(kSuite, secret, "base_nonce", context, kNonceOctets).reveal())};
}

/// Section 4.1: the secret of both sides. nullopt where the other's key has small order.
std::optional<Secret> shared_secret(View mine, View theirs, View encapsulated, View recipient) {
  std::string point(kHpkeKeyOctets, '\0');
  const bool good = crypto_scalarmult_curve25519(octets_of(point), octets_of(mine), octets_of(theirs)) == 0;
  const Secret dh(std::move(point));
  if (!good) return std::nullopt;
  const Secret extracted = labeled_extract(kKemSuite, {}, "eae_prk", dh.reveal());
  return labeled_expand(kKemSuite, extracted, "shared_secret", own(encapsulated).append(recipient), 32);
}

}  // namespace

HpkeKeyPair make_hpke_key_pair(Random& random) {
  std::string key(kHpkeKeyOctets, '\0');
  random.fill(std::as_writable_bytes(std::span(key)));
  HpkeKeyPair pair;
  pair.private_key = Secret(std::move(key));
  pair.public_key = hpke_public_key(pair.private_key.reveal()).value_or(std::string());
  return pair;
}

Result<std::string> hpke_public_key(View private_key) {
  if (private_key.size() != kHpkeKeyOctets) return fail(caller_error(Code::misuse, "a private key has 32 octets"));
  std::string key(kHpkeKeyOctets, '\0');
  crypto_scalarmult_curve25519_base(octets_of(key), octets_of(private_key));
  return key;
}

std::string HpkeKeys::nonce(std::uint64_t sequence) const {
  std::string nonce = base_nonce_;
  for (std::size_t i = 0; i < sizeof sequence; ++i) {
    char& octet = nonce[nonce.size() - 1 - i];
    octet = static_cast<char>(octet ^ static_cast<char>(sequence >> (8 * i)));
  }
  return nonce;
}

std::string HpkeKeys::seal(std::uint64_t sequence, View associated, View plain) const {
  return chacha20_poly1305_seal(key_.reveal(), nonce(sequence), associated, plain);
}

Result<Secret> HpkeKeys::open(std::uint64_t sequence, View associated, View sealed) const {
  Secret plain;
  if (!chacha20_poly1305_open(key_.reveal(), nonce(sequence), associated, sealed, plain)) {
    return fail(peer_error(Code::denied, "not sealed to this key, or changed"));
  }
  return plain;
}

Result<HpkeSender> hpke_send_with(View ephemeral_private_key, View public_key, View info) {
  auto encapsulated = hpke_public_key(ephemeral_private_key);
  if (!encapsulated) return fail(encapsulated.error());
  if (public_key.size() != kHpkeKeyOctets) return fail(caller_error(Code::misuse, "a public key has 32 octets"));
  const auto shared = shared_secret(ephemeral_private_key, public_key, *encapsulated, public_key);
  if (!shared) return fail(caller_error(Code::misuse, "no public key"));
  return HpkeSender{std::move(*encapsulated), schedule(*shared, info)};
}

Result<HpkeSender> hpke_send(View public_key, View info, Random& random) {
  const HpkeKeyPair ephemeral = make_hpke_key_pair(random);
  return hpke_send_with(ephemeral.private_key.reveal(), public_key, info);
}

Result<HpkeKeys> hpke_receive(View private_key, View public_key, View encapsulated, View info) {
  if (private_key.size() != kHpkeKeyOctets) return fail(caller_error(Code::misuse, "a private key has 32 octets"));
  if (encapsulated.size() != kHpkeKeyOctets) return fail(peer_error(Code::corrupt, "encapsulated key"));
  const auto shared = shared_secret(private_key, encapsulated, encapsulated, public_key);
  if (!shared) return fail(peer_error(Code::corrupt, "encapsulated key"));
  return schedule(*shared, info);
}

}  // namespace posthorn::crypto
