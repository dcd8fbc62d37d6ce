// The cases of auth-load for libopendkim: auth-opendkim FOLDER SECONDS. Keys come from memory, so it asks no DNS.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

using _Bool = bool;  // its header is for C alone
extern "C" {
#include <opendkim/dkim.h>
#include <sys/types.h>
}

#include "auth_corpus.h"

namespace {

std::string record;  // of the key that is asked for

DKIM_CBSTAT give_key(DKIM* /*message*/, DKIM_SIGINFO* /*signature*/, unsigned char* buffer, size_t size) {
  std::snprintf(reinterpret_cast<char*>(buffer), size, "%s", record.c_str());
  return DKIM_CBSTAT_CONTINUE;
}

unsigned char* octets_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

bool feed(DKIM* message, std::string& octets) {
  return dkim_chunk(message, octets_of(octets), octets.size()) == DKIM_STAT_OK &&
         dkim_chunk(message, nullptr, 0) == DKIM_STAT_OK && dkim_eom(message, nullptr) == DKIM_STAT_OK;
}

bool verify(DKIM_LIB* library, std::string& octets) {
  DKIM_STAT status = DKIM_STAT_OK;
  std::string id = "bench";
  DKIM* message = dkim_verify(library, octets_of(id), nullptr, &status);
  const bool good = message != nullptr && feed(message, octets);
  dkim_free(message);
  return good;
}

bool sign(DKIM_LIB* library, std::string& octets, std::string& key, std::string selector) {
  DKIM_STAT status = DKIM_STAT_OK;
  std::string id = "bench";
  std::string domain = "example.org";
  const dkim_alg_t algorithm = selector == "rsa" ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256;
  DKIM* message = dkim_sign(library, octets_of(id), nullptr, octets_of(key), octets_of(selector), octets_of(domain),
                            DKIM_CANON_RELAXED, DKIM_CANON_RELAXED, algorithm, -1, &status);
  unsigned char* field = nullptr;
  size_t size = 0;
  const bool good = message != nullptr && feed(message, octets) &&
                    dkim_getsighdr_d(message, std::strlen("DKIM-Signature: "), &field, &size) == DKIM_STAT_OK;
  dkim_free(message);
  return good;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  const std::string folder = words[1];
  const double seconds = std::atof(words[2]);
  DKIM_LIB* library = dkim_init(nullptr, nullptr);
  dkim_set_key_lookup(library, give_key);
  uint64_t now = 1'700'000'000;
  dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_FIXEDTIME, &now, sizeof now);
  bool good = true;
  for (const std::string name : auth::kKeys) {
    std::string key = auth::read_file(folder + "/" + name + ".pem");
    record = auth::read_file(folder + "/" + name + ".txt");
    for (const std::string size : auth::kSizes) {
      std::string message = auth::read_file(folder + "/" + size);
      std::string with_field = auth::read_file(folder + "/" + name + "-" + size);
      const std::string of = "-" + name + "-" + size;
      auth::report("dkim-verify" + of, seconds, [&] { good = verify(library, with_field) && good; });
      auth::report("dkim-sign" + of, seconds, [&] { good = sign(library, message, key, name) && good; });
    }
  }
  dkim_close(library);
  return good ? 0 : 1;
}
