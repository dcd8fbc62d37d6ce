#include "posthorn/service/vault/import/mail_crypt.h"

#include <algorithm>
#include <limits>

#include "posthorn/bytes/codec/hex.h"

#include "service/vault/import/der.h"
#include "service/vault/import/evp.h"
#include "service/vault/import/mail_crypt_material.h"

namespace posthorn::vault {

namespace {

constexpr View kMagic = "CRYPTED\x03\x07";
constexpr char kVersion = 2;
constexpr std::size_t kFixed = 18;  // magic, version, flags, size of the header
constexpr std::size_t kId = 32;
constexpr std::size_t kHmacKey = 16;
// What message keys are sealed with, whatever the file's own cipher.
constexpr View kSealCipher = "aes-256-cbc";

Error broken(View what, std::size_t at = 0) {
  const std::size_t most = std::numeric_limits<std::uint32_t>::max();
  return {Code::corrupt, Blame::environment, Lasting::permanent, what, static_cast<std::uint32_t>(std::min(at, most))};
}
Error unsupported(View what) { return {Code::unsupported, Blame::environment, Lasting::permanent, what}; }
Error limited(Code code, View what) { return {code, Blame::environment, Lasting::permanent, what}; }

/// Takes fields from the front; a field that is not there makes it bad for good.
class Fields {
 public:
  explicit Fields(View text) : text_(text) {}

  View octets(std::size_t count) {
    if (count > text_.size()) {
      bad_ = true;
      text_ = {};
      return {};
    }
    const View field = text_.substr(0, count);
    text_.remove_prefix(count);
    return field;
  }
  std::uint32_t number(std::size_t count = 4) {
    std::uint32_t value = 0;
    for (const char c : octets(count)) value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }
  std::string counted() { return own(octets(number())); }
  std::string oid() {
    const auto value = der::take(text_, der::kOid);
    bad_ = bad_ || !value;
    return value ? der::oid_text(*value) : "?";
  }
  [[nodiscard]] bool bad() const { return bad_; }
  [[nodiscard]] std::size_t left() const { return text_.size(); }

 private:
  View text_;
  bool bad_ = false;
};

Result<MailCryptBlock> read_block(Fields& fields) {
  MailCryptBlock block;
  const std::uint32_t kind = fields.number(1);
  if (fields.bad()) return fail(peer_error(Code::syntax, "lengths in the header contradict each other"));
  if (kind != 1 && kind != 2) return fail(unsupported("key block of kind " + std::to_string(kind)));
  block.kind = static_cast<MailCryptBlock::Kind>(kind);
  block.id = own(fields.octets(kId));
  block.ephemeral = fields.counted();
  block.sealed = fields.counted();
  return block;
}

Result<void> read_blocks(Fields& fields, const MailCryptLimits& limits, MailCryptHeader& header) {
  const std::uint32_t size = fields.number();
  if (size != fields.left()) return fail(peer_error(Code::syntax, "the key data do not fill the header"));
  const std::uint32_t count = fields.number(1);
  if (count > limits.max_key_blocks) return fail(limited(Code::too_many, "key blocks over max_key_blocks"));
  for (std::uint32_t i = 0; i < count && !fields.bad(); ++i) {
    auto block = read_block(fields);
    if (!block) return fail(std::move(block.error()));
    header.blocks.push_back(std::move(*block));
  }
  header.key_hash = fields.counted();
  return {};
}

/// What a file is read with.
struct Suite {
  const evp::Cipher* cipher = nullptr;
  const evp::Digest* digest = nullptr;
  [[nodiscard]] std::size_t key_size() const {
    return cipher->key + cipher->iv + (cipher->aead ? evp::kTag : kHmacKey);
  }
  [[nodiscard]] std::size_t tag_size() const { return cipher->aead ? evp::kTag : digest->size; }
};

Result<Suite> suite_of(const MailCryptHeader& header) {
  Suite suite{evp::find_cipher(header.cipher), evp::find_digest(header.digest)};
  if (suite.cipher == nullptr) return fail(unsupported("cipher " + header.cipher));
  if (suite.digest == nullptr) return fail(unsupported("digest " + header.digest));
  const std::uint32_t wanted = suite.cipher->aead ? MailCryptHeader::kAead : MailCryptHeader::kHmac;
  if (header.flags != wanted) {
    return fail(unsupported("flags " + std::to_string(header.flags) + " with cipher " + header.cipher));
  }
  return suite;
}

/// Dovecot hashes the message key, then the hash with a counter, once for each round.
std::string key_hash(const evp::Digest& digest, View key, std::uint32_t rounds) {
  std::string value = evp::hash(digest, key);
  for (std::uint32_t i = 1; i <= rounds; ++i) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) value += static_cast<char>(i >> shift & 0xFFU);
    value = evp::hash(digest, value);
  }
  return value;
}

std::optional<Secret> open_ec_block(const MailCryptBlock& block, const MailCryptMaterial& by, const Suite& suite,
                                    std::uint32_t rounds) {
  const auto secret = evp::agree(by.key.get(), *by.curve, block.ephemeral);
  if (!secret) return std::nullopt;
  const evp::Cipher& cipher = *evp::find_cipher(kSealCipher);
  const Secret wrapper = evp::pbkdf2(*suite.digest, secret->reveal(), block.ephemeral, rounds, cipher.key + cipher.iv);
  auto key = evp::decrypt(cipher, {.key = wrapper.reveal().substr(0, cipher.key),
                                   .iv = wrapper.reveal().substr(cipher.key),
                                   .octets = block.sealed});
  if (!key) return std::nullopt;
  return Secret(std::move(*key));
}

Result<Secret> message_key(const MailCryptHeader& header, const Suite& suite, std::span<const MailCryptKey> keys) {
  for (const MailCryptBlock& block : header.blocks) {
    const auto by = std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.id() == block.id; });
    if (by == keys.end()) continue;
    const MailCryptMaterial& material = by->material();
    if ((material.curve != nullptr) != (block.kind == MailCryptBlock::Kind::ec)) {
      return fail(broken("a key block of another kind than its key"));
    }
    auto key = material.curve != nullptr ? open_ec_block(block, material, suite, header.rounds)
                                         : evp::open_oaep(material.key.get(), block.sealed);
    if (!key || key->reveal().size() != suite.key_size() ||
        !equal_in_constant_time(key_hash(*suite.digest, key->reveal(), header.rounds), header.key_hash)) {
      return fail(broken("a key block does not open"));
    }
    return std::move(*key);
  }
  return fail(peer_error(Code::denied, "the file is sealed to other keys"));
}

}  // namespace

bool is_mail_crypt(View start) { return start.starts_with(kMagic); }

Result<MailCryptHeader> parse_mail_crypt_header(View start, const MailCryptLimits& limits) {
  if (!is_mail_crypt(start)) return fail(peer_error(Code::syntax, "no file of mail_crypt"));
  if (start.size() > kMagic.size() && start[kMagic.size()] != kVersion) {
    return fail(unsupported("another version of mail_crypt"));
  }
  if (start.size() < kFixed) return fail(broken("the file ends within its header", start.size()));
  MailCryptHeader header;
  Fields fixed(start.substr(kMagic.size() + 1, kFixed));
  header.flags = fixed.number();
  header.size = fixed.number();
  if (header.size > limits.max_header) return fail(limited(Code::too_long, "a header over max_header"));
  if (header.size < kFixed) return fail(peer_error(Code::syntax, "a header shorter than its beginning"));
  if (header.size > start.size()) return fail(broken("the file ends within its header", start.size()));
  Fields fields(start.substr(kFixed, header.size - kFixed));
  header.cipher = fields.oid();
  header.digest = fields.oid();
  header.rounds = fields.number();
  if (fields.bad()) return fail(peer_error(Code::syntax, "a header without algorithms"));
  if (header.rounds > limits.max_rounds) return fail(limited(Code::too_many, "rounds over max_rounds"));
  if (auto good = read_blocks(fields, limits, header); !good) return fail(std::move(good.error()));
  if (fields.bad() || fields.left() != 0) {
    return fail(peer_error(Code::syntax, "lengths in the header contradict each other"));
  }
  return header;
}

Result<std::string> read_mail_crypt(View file, std::span<const MailCryptKey> keys, const MailCryptLimits& limits) {
  const auto header = parse_mail_crypt_header(file, limits);
  if (!header) return fail(header.error());
  const auto suite = suite_of(*header);
  if (!suite) return fail(suite.error());
  View sealed = file.substr(header->size);
  if (sealed.size() > limits.max_octets) return fail(limited(Code::too_long, "a file over max_octets"));
  const auto key = message_key(*header, *suite, keys);
  if (!key) return fail(key.error());
  if (sealed.size() < suite->tag_size()) return fail(broken("the file ends within its tag", file.size()));
  const View tag = sealed.substr(sealed.size() - suite->tag_size());
  sealed.remove_suffix(tag.size());

  const evp::Cipher& cipher = *suite->cipher;
  const View octets = key->reveal();
  const View rest = octets.substr(cipher.key + cipher.iv);  // additional data of AEAD, or the key of the HMAC
  evp::Sealed parts{.key = octets.substr(0, cipher.key), .iv = octets.substr(cipher.key, cipher.iv), .octets = sealed};
  const Error wrong = broken("the text does not fit its tag: damaged, cut short, or followed by more", header->size);
  if (cipher.aead) {
    parts.aad = rest;
    parts.tag = tag;
  } else if (!equal_in_constant_time(evp::hmac(*suite->digest, rest, sealed), tag)) {
    return fail(wrong);
  }
  auto text = evp::decrypt(cipher, parts);
  if (!text) return fail(wrong);
  return std::move(*text);
}

}  // namespace posthorn::vault
