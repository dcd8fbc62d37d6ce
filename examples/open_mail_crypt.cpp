// The text of a mail that Dovecot sealed: open_mail_crypt SEALED PASSWORD KEY...
//
// All are files. PASSWORD holds the user's password, or nothing; each KEY may be sealed to the one before: first the
// user's own, then the mailbox's.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "posthorn/service/vault/import/mail_crypt.h"

using namespace posthorn;

namespace {
std::string octets_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int complain(const Error& error) {
  std::cerr << name_of(error.code) << ": " << error.note << "\n";
  return 1;
}
}  // namespace

int main(int count, char** words) {
  if (count < 4) return complain(caller_error(Code::misuse, "open_mail_crypt SEALED PASSWORD KEY..."));
  std::vector<vault::MailCryptKey> keys;
  vault::MailCryptUnlock unlock{Secret(octets_of(words[2])), nullptr};
  for (int i = 3; i < count; ++i) {
    unlock.key = keys.empty() ? nullptr : &keys.back();
    auto key = vault::open_mail_crypt_key(Secret(octets_of(words[i])), unlock);
    if (!key) return complain(key.error());
    keys.push_back(*key);
  }
  const std::string sealed = octets_of(words[1]);
  if (!vault::is_mail_crypt(sealed)) {
    std::cout << sealed;  // Dovecot mixes plain files with sealed ones
    return 0;
  }
  const auto text = vault::read_mail_crypt(sealed, keys);
  if (!text) return complain(text.error());
  std::cout << *text;
}
