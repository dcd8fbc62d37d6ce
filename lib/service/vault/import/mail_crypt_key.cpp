// Private keys of mail_crypt: PEM, and the texts that Dovecot keeps in its attributes.
#include <algorithm>
#include <charconv>
#include <climits>
#include <cstring>
#include <utility>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/service/vault/import/mail_crypt.h"

#include "service/vault/import/der.h"
#include "service/vault/import/evp.h"
#include "service/vault/import/mail_crypt_material.h"

namespace posthorn::vault {

namespace {

constexpr View kDigestOfId = "sha256";
constexpr View kEc = "1.2.840.10045.2.1";
constexpr View kRsa = "1.2.840.113549.1.1.1";
constexpr View kPbes2 = "1.2.840.113549.1.5.13";
constexpr View kPbkdf2 = "1.2.840.113549.1.5.12";
constexpr View kSpace = " \t\r\n";
// What both libraries open: HMAC with SHA-1 and SHA-256; triple DES and AES in CBC mode.
constexpr View kPemDigests[] = {"1.2.840.113549.2.7", "1.2.840.113549.2.9"};
constexpr View kPemCiphers[] = {"1.2.840.113549.3.7", "2.16.840.1.101.3.4.1.2", "2.16.840.1.101.3.4.1.22",
                                "2.16.840.1.101.3.4.1.42"};

Error malformed(View what) { return peer_error(Code::syntax, what); }
Error unsupported(View what) { return {Code::unsupported, Blame::environment, Lasting::permanent, what}; }
Error denied(View what) { return peer_error(Code::denied, what); }
Error too_many_rounds() { return {Code::too_many, Blame::environment, Lasting::permanent, "rounds over max_rounds"}; }

Result<MailCryptKey> key_of(evp::Pkey pkey, const evp::Curve* curve) {
  auto material = std::make_shared<MailCryptMaterial>();
  material->id = evp::hash(*evp::find_digest(kDigestOfId), evp::public_info(pkey.get()));
  material->key = std::move(pkey);
  material->curve = curve;
  return MailCryptKey(std::move(material));
}

// --- PEM ---

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio open_bio(View text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

/// The first block that is no parameters of a curve; `openssl ecparam -genkey` writes those before the key.
struct Block {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { clear(); }

  bool read(BIO* bio) {
    do {
      clear();
      if (PEM_read_bio(bio, &name, &header, &data, &size) != 1) return false;
    } while (View(name) == "EC PARAMETERS");
    return true;
  }
  [[nodiscard]] View octets() const { return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)}; }
  [[nodiscard]] bool encrypted() const {
    return View(name) == "ENCRYPTED PRIVATE KEY" || View(header).find("ENCRYPTED") != View::npos;
  }

 private:
  void clear() {
    if (data != nullptr) OPENSSL_cleanse(data, static_cast<std::size_t>(size));
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    name = nullptr;
    header = nullptr;
    data = nullptr;
    size = 0;
  }
};

template <std::size_t count>
bool is_one_of(const View (&rows)[count], View value) {
  return std::find(rows, rows + count, value) != rows + count;
}

Result<void> check_pbkdf2(View parameters, const MailCryptLimits& limits) {
  if (!der::take(parameters, der::kOctetString)) return fail(malformed("a PEM without a salt"));
  const auto iterations = der::take(parameters, der::kInteger);
  const auto rounds = iterations ? der::number(*iterations) : std::nullopt;
  if (!rounds) return fail(iterations ? too_many_rounds() : malformed("a PEM without an iteration count"));
  if (*rounds > limits.max_rounds) return fail(too_many_rounds());
  (void)der::take(parameters, der::kInteger);  // the length of the key
  auto digest = der::take(parameters, der::kSequence);
  const auto oid = digest ? der::take(*digest, der::kOid) : std::nullopt;
  if (oid && !is_one_of(kPemDigests, der::oid_text(*oid))) {
    return fail(unsupported("PBKDF2 with " + der::oid_text(*oid)));
  }
  return {};
}

/// Looks at an EncryptedPrivateKeyInfo (RFC 5958 section 3) before the library does: what it would cost, and whether it
/// knows the algorithms, so that a failure means the password.
Result<void> check_pkcs8(View text, const MailCryptLimits& limits) {
  auto info = der::take(text, der::kSequence);
  auto algorithm = info ? der::take(*info, der::kSequence) : std::nullopt;
  const auto scheme = algorithm ? der::take(*algorithm, der::kOid) : std::nullopt;
  if (!scheme) return fail(malformed("an encrypted PEM without an algorithm"));
  if (der::oid_text(*scheme) != kPbes2) return fail(unsupported("a PEM encrypted by " + der::oid_text(*scheme)));
  auto schemes = der::take(*algorithm, der::kSequence);
  auto derivation = schemes ? der::take(*schemes, der::kSequence) : std::nullopt;
  const auto function = derivation ? der::take(*derivation, der::kOid) : std::nullopt;
  auto encryption = schemes ? der::take(*schemes, der::kSequence) : std::nullopt;
  const auto cipher = encryption ? der::take(*encryption, der::kOid) : std::nullopt;
  if (!function || !cipher) return fail(malformed("an encrypted PEM without an algorithm"));
  if (der::oid_text(*function) != kPbkdf2) {
    return fail(unsupported("a PEM with key derivation " + der::oid_text(*function)));
  }
  if (!is_one_of(kPemCiphers, der::oid_text(*cipher))) {
    return fail(unsupported("a PEM encrypted by " + der::oid_text(*cipher)));
  }
  const auto parameters = der::take(*derivation, der::kSequence);
  if (!parameters) return fail(malformed("a PEM without parameters of PBKDF2"));
  return check_pbkdf2(*parameters, limits);
}

Result<void> check_algorithm(View oid, const std::optional<View>& curve) {
  const std::string algorithm = der::oid_text(oid);
  if (algorithm == kRsa) return {};
  if (algorithm != kEc) return fail(unsupported("a key of " + algorithm));
  if (!curve) return fail(unsupported("a key on a curve without a name"));
  if (evp::find_curve(der::oid_text(*curve)) == nullptr) return fail(unsupported("curve " + der::oid_text(*curve)));
  return {};
}

/// Looks at a PrivateKeyInfo (RFC 5958 section 2) before the library does, so that a failure means damage.
Result<void> check_plain(View text) {
  auto info = der::take(text, der::kSequence);
  auto algorithm = info && der::take(*info, der::kInteger) ? der::take(*info, der::kSequence) : std::nullopt;
  const auto oid = algorithm ? der::take(*algorithm, der::kOid) : std::nullopt;
  if (!oid) return fail(malformed("a PEM without an algorithm"));
  return check_algorithm(*oid, der::take(*algorithm, der::kOid));
}

/// The same for an ECPrivateKey (RFC 5915 section 3).
Result<void> check_ec(View text) {
  auto key = der::take(text, der::kSequence);
  if (!key || !der::take(*key, der::kInteger) || !der::take(*key, der::kOctetString)) {
    return fail(malformed("a PEM without a key"));
  }
  auto parameters = der::take(*key, der::kParameters);
  const auto curve = parameters ? der::take(*parameters, der::kOid) : std::nullopt;
  if (!curve) return fail(unsupported("a key on a curve without a name"));
  if (evp::find_curve(der::oid_text(*curve)) == nullptr) return fail(unsupported("curve " + der::oid_text(*curve)));
  return {};
}

Result<void> check_block(const Block& block, const MailCryptLimits& limits) {
  const View name(block.name);
  if (name == "ENCRYPTED PRIVATE KEY") return check_pkcs8(block.octets(), limits);
  if (name == "PRIVATE KEY") return check_plain(block.octets());
  if (name == "EC PRIVATE KEY" && !block.encrypted()) return check_ec(block.octets());
  if (name == "EC PRIVATE KEY" || name == "RSA PRIVATE KEY") return {};
  return fail(unsupported("a PEM of a " + own(name)));
}

// The library's signature: octets written, or -1.
int give_password(char* buffer, int size, int /*writing*/, void* password) {
  const View clear = static_cast<const Secret*>(password)->reveal();
  if (clear.empty() || clear.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, clear.data(), clear.size());
  return static_cast<int>(clear.size());
}

/// The key in the block that was checked. (The library's function for whole PEM texts might go on to another block.)
evp::Pkey read_block(Block& block, const Secret& password) {
  Secret given(password);
  const View name(block.name);
  if (name == "ENCRYPTED PRIVATE KEY") {
    return evp::Pkey(d2i_PKCS8PrivateKey_bio(open_bio(block.octets()).get(), nullptr, give_password, &given));
  }
  EVP_CIPHER_INFO cipher;
  if (block.encrypted() && (PEM_get_EVP_CIPHER_INFO(block.header, &cipher) != 1 ||
                            PEM_do_header(&cipher, block.data, &block.size, give_password, &given) != 1)) {
    return nullptr;
  }
  const unsigned char* at = block.data;
  if (name == "PRIVATE KEY") return evp::Pkey(d2i_AutoPrivateKey(nullptr, &at, block.size));
  return evp::Pkey(d2i_PrivateKey(name == "EC PRIVATE KEY" ? EVP_PKEY_EC : EVP_PKEY_RSA, nullptr, &at, block.size));
}

/// The OID of an EC key's curve; "?" for parameters that are no name.
std::string curve_of(EVP_PKEY* key) {
  const std::string info = evp::public_info(key);
  View rest(info);
  auto body = der::take(rest, der::kSequence);
  auto algorithm = body ? der::take(*body, der::kSequence) : std::nullopt;
  if (!algorithm || !der::take(*algorithm, der::kOid)) return "?";
  const auto curve = der::take(*algorithm, der::kOid);
  return curve ? der::oid_text(*curve) : "?";
}

Result<MailCryptKey> open_pem(View text, const Secret& password, const MailCryptLimits& limits) {
  const evp::QuietErrors quiet;
  Block block;
  if (!block.read(open_bio(text).get())) return fail(malformed("no whole PEM block"));
  if (auto good = check_block(block, limits); !good) return fail(std::move(good.error()));
  if (block.encrypted() && password.empty()) return fail(denied("the key needs a password"));
  evp::Pkey key = read_block(block, password);
  if (!key) {
    return fail(block.encrypted() ? denied("wrong password, a damaged key, or another curve")
                                  : malformed("a damaged key"));
  }
  if (EVP_PKEY_id(key.get()) == EVP_PKEY_RSA) return key_of(std::move(key), nullptr);
  if (EVP_PKEY_id(key.get()) != EVP_PKEY_EC) return fail(unsupported("a key that is neither EC nor RSA"));
  const std::string oid = curve_of(key.get());
  const evp::Curve* curve = evp::find_curve(oid);
  if (curve == nullptr) return fail(unsupported("curve " + oid));
  return key_of(std::move(key), curve);
}

// --- Dovecot's text ---

enum class Wrapping : std::uint8_t { none, key, password };

/// The fields of "2:curve:wrapping:...:id", hexadecimal ones decoded.
struct Text {
  const evp::Curve* curve = nullptr;
  Wrapping wrapping = Wrapping::none;
  const evp::Cipher* cipher = nullptr;
  const evp::Digest* digest = nullptr;
  std::uint32_t rounds = 0;
  std::string salt;
  Secret data;
  std::string ephemeral;
  std::string wrapper_id;
  std::string id;
};

std::vector<View> split(View text) {
  std::vector<View> fields;
  while (true) {
    const std::size_t end = text.find(':');
    fields.push_back(text.substr(0, end));
    if (end == View::npos) return fields;
    text.remove_prefix(end + 1);
  }
}

bool decode(View field, std::string& into) {
  auto octets = codec::hex_decode(field);
  if (octets) into = std::move(*octets);
  return octets && !into.empty();
}

Result<void> read_wrapping(const std::vector<View>& fields, const MailCryptLimits& limits, Text& text) {
  text.cipher = evp::find_cipher(fields[3]);
  if (text.cipher == nullptr || text.cipher->aead) return fail(unsupported("cipher " + own(fields[3]) + " of a key"));
  text.digest = evp::find_digest(fields[5]);
  if (text.digest == nullptr) return fail(unsupported("digest " + own(fields[5]) + " of a key"));
  const auto [end, fault] = std::from_chars(fields[6].data(), fields[6].data() + fields[6].size(), text.rounds);
  if (fault == std::errc::result_out_of_range) return fail(too_many_rounds());
  if (fault != std::errc() || end != fields[6].data() + fields[6].size() || text.rounds == 0) {
    return fail(malformed("rounds of a key"));
  }
  if (text.rounds > limits.max_rounds) return fail(too_many_rounds());
  if (!decode(fields[4], text.salt)) return fail(malformed("salt of a key"));
  if (text.wrapping == Wrapping::key && (!decode(fields[8], text.ephemeral) || !decode(fields[9], text.wrapper_id))) {
    return fail(malformed("ephemeral key of a key"));
  }
  return {};
}

Result<Text> parse_text(View line, const MailCryptLimits& limits) {
  const std::vector<View> fields = split(line);
  if (fields.size() < 5) return fail(malformed("no private key: too few fields"));
  if (fields[0] != "2") return fail(unsupported("version of a key that is not 2"));
  Text text;
  text.curve = evp::find_curve(fields[1]);
  if (text.curve == nullptr) return fail(unsupported("a key of " + own(fields[1].substr(0, 100))));
  const std::size_t kinds[] = {5, 11, 9};  // fields, by kind
  if (fields[2].size() != 1 || fields[2][0] < '0' || fields[2][0] > '2') {
    return fail(unsupported("encryption of a key that is none of 0, 1, 2"));
  }
  const auto kind = static_cast<std::size_t>(fields[2][0] - '0');
  text.wrapping = static_cast<Wrapping>(kind);
  if (fields.size() != kinds[kind]) return fail(malformed("number of fields of a key"));
  std::string data;
  if (!decode(fields[kind == 0 ? 3 : 7], data)) return fail(malformed("data of a key"));
  text.data = Secret(std::move(data));
  if (!decode(fields.back(), text.id)) return fail(malformed("id of a key"));
  if (text.wrapping != Wrapping::none) {
    if (auto good = read_wrapping(fields, limits, text); !good) return fail(std::move(good.error()));
  }
  return text;
}

/// The secret that the wrapping key comes from.
Result<Secret> unlock_secret(const Text& text, const MailCryptUnlock& unlock) {
  if (text.wrapping == Wrapping::password) {
    if (unlock.password.empty()) return fail(denied("the key needs a password"));
    return unlock.password;
  }
  if (unlock.key == nullptr || unlock.key->id() != text.wrapper_id || unlock.key->material().curve == nullptr) {
    return fail(denied("the key is sealed to the key " + codec::hex_encode(text.wrapper_id)));
  }
  const auto& by = unlock.key->material();
  auto secret = evp::agree(by.key.get(), *by.curve, text.ephemeral);
  if (!secret) return fail(malformed("ephemeral key of a key"));
  return std::move(*secret);
}

Result<Secret> unwrap(const Text& text, const MailCryptUnlock& unlock) {
  const auto secret = unlock_secret(text, unlock);
  if (!secret) return fail(secret.error());
  const Secret wrapper =
      evp::pbkdf2(*text.digest, secret->reveal(), text.salt, text.rounds, text.cipher->key + text.cipher->iv);
  auto data = evp::decrypt(*text.cipher, {.key = wrapper.reveal().substr(0, text.cipher->key),
                                          .iv = wrapper.reveal().substr(text.cipher->key),
                                          .octets = text.data.reveal()});
  if (!data) return fail(denied("wrong password, or a damaged key"));
  return Secret(std::move(*data));
}

/// The number in an MPI of OpenSSL (length u32be, sign bit, magnitude) as octets of the curve's field; empty when it is
/// none. MPIs have no leading zeros, scalars do.
Secret scalar_of(View mpi, const evp::Curve& curve) {
  if (mpi.size() < 5) return {};
  std::size_t length = 0;
  for (const char c : mpi.substr(0, 4)) length = length << 8U | static_cast<unsigned char>(c);
  View number = mpi.substr(4);
  if (length != number.size() || static_cast<unsigned char>(number[0]) >= 0x80) return {};
  if (number[0] == '\0') number.remove_prefix(1);
  if (number.size() > curve.field) return {};
  return Secret(std::string(curve.field - number.size(), '\0') + std::string(number));
}

Result<MailCryptKey> open_text(View line, const MailCryptUnlock& unlock, const MailCryptLimits& limits) {
  auto text = parse_text(line, limits);
  if (!text) return fail(std::move(text.error()));
  const bool wrapped = text->wrapping != Wrapping::none;
  const Error wrong = wrapped ? denied("wrong password, or a damaged key")
                              : Error(Code::corrupt, Blame::environment, Lasting::permanent,
                                      "a private key and its id contradict each other");
  if (wrapped) {
    auto data = unwrap(*text, unlock);
    if (!data) return fail(std::move(data.error()));
    text->data = std::move(*data);
  }
  evp::Pkey pkey = evp::key_of_scalar(*text->curve, scalar_of(text->data.reveal(), *text->curve));
  if (!pkey) return fail(wrong);
  auto key = key_of(std::move(pkey), text->curve);
  if (key && key->id() != text->id) return fail(wrong);
  return key;
}

View without_space(View text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == View::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

View MailCryptKey::id() const { return material_->id; }

Result<MailCryptKey> open_mail_crypt_key(const Secret& text, const MailCryptUnlock& unlock,
                                         const MailCryptLimits& limits) {
  if (text.reveal().size() > std::min<std::size_t>(limits.max_key_text, INT_MAX)) {
    return fail(Error(Code::too_long, Blame::environment, Lasting::permanent, "a key over max_key_text"));
  }
  if (text.reveal().find("-----BEGIN ") != View::npos) return open_pem(text.reveal(), unlock.password, limits);
  const View line = without_space(text.reveal());
  if (line.find(':') == View::npos || line.find('\n') != View::npos) return fail(malformed("no private key"));
  return open_text(line, unlock, limits);
}

}  // namespace posthorn::vault
