#include "posthorn/bytes/crypto/password.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include <sodium.h>

#include "posthorn/bytes/codec/base64.h"

namespace posthorn::crypto {

namespace {

constexpr View kArgon2Key = "argon2id-kdf";
constexpr View kArgon2 = "argon2id";
constexpr View kToken = "hkdf-sha256";
constexpr std::size_t kCheckOctets = 32;
constexpr std::size_t kMaxText = 256;

std::string check_of(const Secret& run) {
  return own(hkdf_expand(run.reveal(), "posthorn credential check 1", kCheckOctets).reveal());
}
Secret key_of(const Secret& run) { return hkdf_expand(run.reveal(), "posthorn credential key 1", 32); }

Error no_text() { return {Code::corrupt, Blame::environment, Lasting::permanent, "a stored password"}; }

/// The fields between '$'; the first one is the empty one in front.
std::vector<View> fields_of(View text) {
  std::vector<View> fields;
  for (;;) {
    const std::size_t end = text.find('$');
    fields.push_back(text.substr(0, end));
    if (end == View::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

bool read_number(View& text, View name, std::uint64_t& out) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

/// "m=65536,t=2,p=1" within what argon2id() takes.
std::optional<Argon2Cost> read_cost(View text) {
  std::uint64_t kibibytes = 0;
  std::uint64_t passes = 0;
  if (!read_number(text, "m=", kibibytes) || !read_number(text, ",t=", passes) || text != ",p=1") return std::nullopt;
  if (kibibytes < 8 || kibibytes > kMaxArgon2Cost.octets / 1024) return std::nullopt;
  if (passes < 1 || passes > kMaxArgon2Cost.passes) return std::nullopt;
  return Argon2Cost{passes, static_cast<std::size_t>(kibibytes * 1024)};
}

struct Stored {
  View method;
  Argon2Cost cost;
  std::string salt, check;  // not of kArgon2
};

std::optional<Stored> read_stored(View text) {
  if (text.size() > kMaxText || text.find('\0') != View::npos) return std::nullopt;
  const std::vector<View> fields = fields_of(text);
  const bool slow = fields.size() == 6 && (fields[1] == kArgon2Key || fields[1] == kArgon2) && fields[2] == "v=19";
  if (!fields[0].empty() || !(slow || (fields.size() == 4 && fields[1] == kToken))) return std::nullopt;
  Stored stored{fields[1], {}, {}, {}};
  if (slow) {
    const auto cost = read_cost(fields[3]);
    if (!cost) return std::nullopt;
    stored.cost = *cost;
  }
  if (stored.method == kArgon2) return stored;
  const auto salt = codec::base64_decode(fields[fields.size() - 2]);
  const auto check = codec::base64_decode(fields.back());
  if (!salt || !check || salt->size() != kSaltOctets || check->size() != kCheckOctets) return std::nullopt;
  stored.salt = *salt;
  stored.check = *check;
  return stored;
}

/// The library's own text: it wants it with NULs up to the full size.
bool matches_argon2(View stored, const Secret& password) {
  std::array<char, crypto_pwhash_argon2id_STRBYTES> text{};
  if (stored.size() >= text.size()) return false;
  std::copy(stored.begin(), stored.end(), text.begin());
  const View clear = password.reveal();
  return crypto_pwhash_argon2id_str_verify(text.data(), clear.data(), clear.size()) == 0;
}

std::string text_of(View head, View salt, const Secret& run) {
  return own(head) + codec::base64_encode(salt) + "$" + codec::base64_encode(check_of(run));
}

}  // namespace

Result<PasswordKey> make_password_key(const Secret& password, View salt, Argon2Cost cost) {
  cost.octets &= ~std::size_t{1023};  // the text counts kibibytes
  const Result<Secret> run = argon2id(password, salt, cost);
  if (!run) return fail(run.error());
  const std::string head = "$" + own(kArgon2Key) + "$v=19$m=" + std::to_string(cost.octets / 1024) +
                           ",t=" + std::to_string(cost.passes) + ",p=1$";
  return PasswordKey{text_of(head, salt, *run), key_of(*run)};
}

PasswordKey make_token_key(const Secret& token, View salt) {
  const Secret run = hkdf_extract(salt, token.reveal());
  return {text_of("$" + own(kToken) + "$", salt, run), key_of(run)};
}

Result<PasswordMatch> match_password(View text, const Secret& credential) {
  if (sodium_init() < 0) return fail(environment_error(Code::unavailable, "libsodium does not start"));
  const std::optional<Stored> stored = read_stored(text);
  if (!stored) return fail(no_text());
  if (stored->method == kArgon2) return PasswordMatch{matches_argon2(text, credential), {}};
  const Result<Secret> run = stored->method == kToken ? hkdf_extract(stored->salt, credential.reveal())
                                                      : argon2id(credential, stored->salt, stored->cost);
  if (!run) return fail(run.error());
  if (!equal_in_constant_time(check_of(*run), stored->check)) return PasswordMatch();
  return PasswordMatch{true, key_of(*run)};
}

bool is_outdated(View text, Argon2Cost cost) {
  cost.octets &= ~std::size_t{1023};
  const std::optional<Stored> stored = read_stored(text);
  return !stored || stored->method != kArgon2Key || stored->cost != cost;
}

}  // namespace posthorn::crypto
