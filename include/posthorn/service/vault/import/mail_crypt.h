// Sealed mail files of Dovecot's mail_crypt plugin (streams of its lib-dcrypt, version 2), read for import: keys are
// read first, then each file as a whole.
//
// A file is one ciphertext under one tag, so nothing of it is known to be good before its last octet was read: there is
// no reader in pieces, and a file that fails gives no octet of text. The tag does not cover the header; all of the
// header that leads to the text is proven by the hash of the message key or by its form, but key blocks for **other**
// recipients are not: nobody can notice that they were altered. Nobody is asked: the caller drives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/bytes/view.h"

namespace posthorn::vault {

/// What a file or a key may cost to read. Dovecot writes headers under 400 octets, 2048 rounds and one key block.
struct MailCryptLimits {
  std::uint32_t max_header = 64U << 10U;  ///< octets
  std::uint32_t max_key_blocks = 64;      ///< one for each recipient
  std::uint32_t max_rounds = 1'000'000;   ///< of PBKDF2: in a file, in a key text, in an encrypted PEM
  std::size_t max_key_text = 64U << 10U;  ///< octets of a private key's text
  std::size_t max_octets = 256U << 20U;   ///< of a file after its header
};

struct MailCryptMaterial;
class MailCryptKey;

/// What an encrypted private key is opened with.
struct MailCryptUnlock {
  Secret password;
  const MailCryptKey* key = nullptr;  ///< the user's key: keys of mailboxes are sealed to it
};

/// A private key. Copies share it; it may be used from many threads.
class MailCryptKey {
 public:
  explicit MailCryptKey(std::shared_ptr<const MailCryptMaterial> material) : material_(std::move(material)) {}

  /// 32 octets: the SHA-256 of the public key's SubjectPublicKeyInfo, its point in compressed form. Files and the names
  /// of Dovecot's attributes say which key they mean by it. @lifetime as long as a copy of this key
  [[nodiscard]] View id() const;
  [[nodiscard]] const MailCryptMaterial& material() const { return *material_; }

 private:
  std::shared_ptr<const MailCryptMaterial> material_;
};

/// Reads a private key: a PEM of an EC or RSA key (plain or encrypted; PKCS #8 or as `openssl ec` writes it) or
/// Dovecot's text of an EC key (`2:curve:0:...` plain, `2:curve:1:...` sealed to another key, `2:curve:2:...` under a
/// password). Curves: prime256v1, secp384r1, secp521r1.
/// @errors syntax (no text of a private key), unsupported (another version, curve, kind of key, cipher; the note names
///         the OID), denied (a wrong or missing password or key, or a damaged encrypted text), corrupt (a plain text
///         whose key and id contradict each other), too_long, too_many (rounds)
[[nodiscard]] Result<MailCryptKey> open_mail_crypt_key(const Secret& text, const MailCryptUnlock& unlock = {},
                                                       const MailCryptLimits& limits = {});

/// The message key, sealed to one recipient.
struct MailCryptBlock {
  enum class Kind : std::uint8_t { rsa = 1, ec = 2 };
  Kind kind = Kind::ec;
  std::string id;         ///< MailCryptKey::id() of the recipient
  std::string ephemeral;  ///< point of the sender; none for RSA
  std::string sealed;
};

/// What stands before the ciphertext.
struct MailCryptHeader {
  static constexpr std::uint32_t kHmac = 0x01;
  static constexpr std::uint32_t kAead = 0x02;

  std::uint32_t flags = 0;
  std::string cipher;  ///< OID, "2.16.840.1.101.3.4.1.46"
  std::string digest;  ///< OID; of PBKDF2, of the hash of the message key, of the HMAC
  std::uint32_t rounds = 0;
  std::vector<MailCryptBlock> blocks;
  std::string key_hash;
  std::uint32_t size = 0;  ///< octets of the header: there the ciphertext begins
};

/// Whether a file begins as those of mail_crypt do, whatever its version. Dovecot mixes them with plain files.
[[nodiscard]] bool is_mail_crypt(View start);

/// Reads the header of a file, for example to learn which keys open it.
/// @errors syntax (no magic, lengths that contradict each other), unsupported (another version), corrupt (cut short),
///         too_long, too_many (key blocks, rounds)
[[nodiscard]] Result<MailCryptHeader> parse_mail_crypt_header(View start, const MailCryptLimits& limits = {});

/// The text of a whole file, proven by its tag (AES-GCM) or HMAC (AES-CBC).
/// @errors those of parse_mail_crypt_header(); unsupported (a cipher, digest or flag; the note names it), denied (no
/// key
///         block for any of `keys`), corrupt (a damaged key block, ciphertext or tag; cut short; octets after the end)
[[nodiscard]] Result<std::string> read_mail_crypt(View file, std::span<const MailCryptKey> keys,
                                                  const MailCryptLimits& limits = {});

}  // namespace posthorn::vault
