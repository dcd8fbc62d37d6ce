// Files and keys of mail_crypt: no text but the one that was sealed, no key but the one that its id says, costs
// bounded.
//
// input = octet: even, a file follows; odd, the text of a key. The seeds are of tests/vectors/import/mail_crypt.txt,
// and so are the keys here; all files were made of one text.
#include "posthorn/service/vault/import/mail_crypt.h"

#include <string>
#include <vector>

#include "posthorn/bytes/codec/hex.h"

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

constexpr View kText = "From: ann@example.org\nSubject: sealed\n\nKept from others.\n";
constexpr View kPassword = "correct horse battery staple";
// prime256v1.pem.0, which the files are sealed to.
constexpr View kFileKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqNT2AWyFGIFyUb3q\n"
    "f79eDUSoPpMAKownjENyuaNu9wChRANCAATQK1V6uqZkxMqyWGXgoMAHlYmg+15G\n"
    "oaIQU8uh02LxktGlLUG1hQjqtDdi6GQew/MHUheiV5XaH6/JcVEBZ9EA\n"
    "-----END PRIVATE KEY-----\n";
// prime256v1.plain.user, which the key of a mailbox is sealed to.
constexpr View kUserKey =
    "2:1.2.840.10045.3.1.7:0:000000203b0f35051c60e0c309812fd29fddc6bfff7e7ab7ee785381210e283a2d3fd1d1:"
    "d2af0e0efef0a44c3da0baf5792092e7e88e3b708c37304dfc05c9f0116576fb";
constexpr vault::MailCryptLimits kLimits{.max_rounds = 5000};

vault::MailCryptKey key_of(View text) {
  auto key = vault::open_mail_crypt_key(Secret(text));
  fuzzing::check(key.has_value(), "the fixed keys open");
  return *key;
}

void read_file(View file) {
  static const std::vector<vault::MailCryptKey> keys{key_of(kFileKey)};
  const auto header = vault::parse_mail_crypt_header(file, kLimits);
  const auto text = vault::read_mail_crypt(file, keys, kLimits);
  fuzzing::check(header.has_value() || !text.has_value(), "what is read has a header");
  if (header) {
    fuzzing::check(vault::is_mail_crypt(file) && header->size <= file.size(), "a header lies in its file");
    fuzzing::check(header->rounds <= kLimits.max_rounds && header->blocks.size() <= kLimits.max_key_blocks,
                   "limits hold");
  }
  fuzzing::check(!text || *text == kText, "what is read is what was sealed");
}

void read_key(View text) {
  static const vault::MailCryptKey user = key_of(kUserKey);
  const auto key = vault::open_mail_crypt_key(Secret(text), {Secret(kPassword), &user}, kLimits);
  if (!key) return;
  fuzzing::check(key->id().size() == 32, "an id is a hash");
  if (text.find("-----BEGIN ") != View::npos) return;
  const std::string line = own(text.substr(0, text.find_last_not_of(" \t\r\n") + 1));
  const auto id = codec::hex_decode(View(line).substr(line.rfind(':') + 1));
  fuzzing::check(id && *id == key->id(), "a text opens the key that its id says");
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.empty()) return;
  if ((static_cast<unsigned char>(input[0]) & 1U) == 0) {
    read_file(input.substr(1));
  } else {
    read_key(input.substr(1));
  }
}
