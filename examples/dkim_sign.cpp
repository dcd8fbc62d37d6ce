// Signs a message: dkim-sign DOMAIN HEADER/BODY SELECTOR KEY [SELECTOR KEY]... < MESSAGE
//
// HEADER and BODY are "simple" or "relaxed"; each KEY is a file with a private key, RSA or Ed25519. All signatures are
// made in one pass.
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "posthorn/grammar/frame/text.h"
#include "posthorn/protocol/dkim/signer.h"

using namespace posthorn;

namespace {
int complain(const Error& error) {
  std::cerr << name_of(error.code) << ": " << error.note << "\n";
  return 1;
}
}  // namespace

int main(int count, char** words) {
  std::vector<dkim::Signing> signings;
  for (int i = 3; i + 1 < count; i += 2) {
    std::ifstream file(words[i + 1], std::ios::binary);
    const auto key = crypto::PrivateKey::read(std::string{std::istreambuf_iterator<char>(file), {}});
    if (!key) return complain(key.error());
    dkim::Signing signing{.domain = words[1], .selector = words[i], .key = *key};
    const View methods = words[2];
    if (methods.starts_with("simple")) signing.header = dkim::Canonicalization::simple;
    if (methods.ends_with("simple")) signing.body = dkim::Canonicalization::simple;
    signings.push_back(signing);
  }
  auto signer = dkim::Signer::make(signings);
  if (!signer) return complain(signer.error());
  const std::string message = frame::with_crlf(std::string{std::istreambuf_iterator<char>(std::cin), {}});
  signer->append(message);  // in one piece or in many
  const auto fields = signer->finish(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  if (!fields) return complain(fields.error());
  std::cout << *fields << message;
}
