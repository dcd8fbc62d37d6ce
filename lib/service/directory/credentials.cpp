#include "service/directory/credentials.h"

#include <algorithm>
#include <span>

#include "posthorn/bytes/crypto/password.h"
#include "posthorn/protocol/sasl/prepare.h"
#include "posthorn/protocol/sasl/scram_keys.h"

namespace posthorn::directory {

namespace {

class Turn {
 public:
  explicit Turn(std::counting_semaphore<>& turns) : turns_(turns) { turns_.acquire(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { turns_.release(); }

 private:
  std::counting_semaphore<>& turns_;
};

// 32 letters of 5 bits: 160 bits. Without i, l, o and u (as Crockford's base 32), which people mix up.
constexpr View kLetters = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kTokenLetters = 32;
constexpr std::size_t kGroup = 4;

}  // namespace

Credentials::Credentials(Random& random, const Options& options)
    : random_(random), options_(options), turns_(std::max(1, options.parallel_hashings)) {}

std::string Credentials::random_octets(std::size_t count) {
  std::string octets(count, '\0');
  random_.fill(std::as_writable_bytes(std::span(octets)));
  return octets;
}

std::uint32_t Credentials::scram_iterations() const {
  return std::max(options_.scram_iterations,
                  options_.scram_opens_sealed ? kSealedScramIterations : sasl::kMinIterations);
}

Result<Credentials::Made> Credentials::set(rows::MailboxRow& row, const Secret& password, bool sealed) {
  auto text = sasl::prepare(password.reveal());
  if (!text) return fail(text.error());
  const Secret prepared(std::move(*text));
  Made made;
  {
    const Turn turn(turns_);
    auto key = crypto::make_password_key(prepared, random_octets(crypto::kSaltOctets),
                                         {options_.argon2_operations, options_.argon2_octets});
    if (!key) return fail(key.error());
    row.password = key->stored;
    made.password = {vault::SlotKind::password, {}, std::move(key->stored), std::move(key->key)};
  }
  auto scram = set_scram(row, password, sealed);
  if (!scram) return fail(scram.error());
  made.scram = std::move(*scram);
  return made;
}

Result<std::optional<Wrapping>> Credentials::set_scram(rows::MailboxRow& row, const Secret& password, bool sealed) {
  row.scram.reset();
  if (!keeps_scram(sealed)) return std::nullopt;
  auto text = sasl::prepare(password.reveal());
  if (!text) return fail(text.error());
  const Turn turn(turns_);
  sasl::MadeScramKeys made =
      sasl::make_scram_keys_and_client_key(Secret(std::move(*text)), random_octets(16), scram_iterations());
  row.scram = std::move(made.keys);
  if (!options_.scram_opens_sealed) return std::nullopt;
  crypto::PasswordKey key = crypto::make_token_key(made.client_key, random_octets(crypto::kSaltOctets));
  return Wrapping{vault::SlotKind::scram, {}, std::move(key.stored), std::move(key.key)};
}

Result<crypto::PasswordMatch> Credentials::verify(const rows::MailboxRow* row, View decoy, const Secret& password) {
  auto text = sasl::prepare(password.reveal());
  const bool possible = text.has_value();
  const Secret prepared(possible ? std::move(*text) : std::string());
  const Turn turn(turns_);
  auto match = crypto::match_password(row != nullptr ? View(row->password) : decoy, prepared);
  if (!match) return match;
  if (!possible || row == nullptr) return crypto::PasswordMatch();
  return match;
}

Result<crypto::PasswordMatch> Credentials::match(View stored, const Secret& credential) {
  auto text = sasl::prepare(credential.reveal());
  if (!text) return crypto::PasswordMatch();
  const Turn turn(turns_);
  return crypto::match_password(stored, Secret(std::move(*text)));
}

Credentials::Token Credentials::make_token(vault::SlotKind kind, View name) {
  std::string letters;
  for (const char c : random_octets(kTokenLetters))
    letters += kLetters[static_cast<unsigned char>(c) % kLetters.size()];
  crypto::PasswordKey key = crypto::make_token_key(Secret(View(letters)), random_octets(crypto::kSaltOctets));
  std::string text;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i > 0 && i % kGroup == 0) text += '-';
    text += letters[i];
  }
  wipe(letters.data(), letters.size());
  return {Secret(std::move(text)), {kind, own(name), std::move(key.stored), std::move(key.key)}};
}

std::optional<Secret> Credentials::read_token(const Secret& typed) {
  std::string letters;
  letters.reserve(kTokenLetters + 1);
  for (char c : typed.reveal()) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == 'o') c = '0';
    if (c == 'i' || c == 'l') c = '1';
    if (kLetters.find(c) == View::npos || letters.size() == kTokenLetters) return std::nullopt;
    letters += c;
  }
  if (letters.size() != kTokenLetters) return std::nullopt;
  return Secret(std::move(letters));
}

Result<std::string> Credentials::make_decoy() {
  const Turn turn(turns_);
  return map(crypto::make_password_key(Secret(random_octets(32)), random_octets(crypto::kSaltOctets),
                                       {options_.argon2_operations, options_.argon2_octets}),
             [](crypto::PasswordKey key) { return std::move(key.stored); });
}

bool Credentials::is_outdated(View hash) const {
  return crypto::is_outdated(hash, {options_.argon2_operations, options_.argon2_octets});
}

}  // namespace posthorn::directory
