#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "imap_load.h"

namespace load {

namespace {

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) fail(fmt::format("'{}' is no number", text));
  return value;
}

/// Messages, each after its length in eight octets, the lowest first (as bench/mime_corpus.py writes them).
std::vector<std::string> read_corpus(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> messages;
  unsigned char head[8];
  while (in.read(reinterpret_cast<char*>(head), sizeof head)) {
    std::uint64_t length = 0;
    for (int i = 7; i >= 0; --i) length = length << 8U | head[i];
    std::string message(length, '\0');
    if (!in.read(message.data(), static_cast<std::streamsize>(length))) fail(path + " is cut short");
    messages.push_back(std::move(message));
  }
  if (messages.empty()) fail(path + " holds no messages");
  return messages;
}

std::string base64(std::string_view octets) {
  std::string text(4 * (octets.size() / 3 + 1) + 1, '\0');
  text.resize(EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()),
                              reinterpret_cast<const std::uint8_t*>(octets.data()), static_cast<int>(octets.size())));
  return text;
}

std::string unbase64(std::string_view text) {
  std::string octets(text.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<std::uint8_t*>(octets.data()),
                                     reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<int>(text.size()));
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  if (length < static_cast<int>(padding)) fail(fmt::format("'{}' is not base64", text));
  octets.resize(static_cast<std::size_t>(length) - padding);
  return octets;
}

std::string hmac(std::string_view key, std::string_view text) {
  std::string code(SHA256_DIGEST_LENGTH, '\0');
  HMAC(EVP_sha256(), key.data(), key.size(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
       reinterpret_cast<std::uint8_t*>(code.data()), nullptr);
  return code;
}

std::string salted(const std::string& password, const std::string& salt, std::uint64_t iterations) {
  static std::map<std::pair<std::string, std::string>, std::string> known;
  std::string& key = known[{password, salt}];
  if (key.empty()) {
    key.resize(SHA256_DIGEST_LENGTH);
    PKCS5_PBKDF2_HMAC(password.data(), password.size(), reinterpret_cast<const std::uint8_t*>(salt.data()), salt.size(),
                      static_cast<unsigned>(iterations), EVP_sha256(), key.size(),
                      reinterpret_cast<std::uint8_t*>(key.data()));
  }
  return key;
}

}  // namespace

void fail(const std::string& text) {
  fmt::print(stderr, "imap-load: {}\n", text);
  std::exit(1);
}

Plan Plan::parse(const std::vector<std::string_view>& words) {
  Plan plan;
  const std::map<std::string_view, std::uint64_t*> numbers = {{"clients", &plan.clients},
                                                              {"users", &plan.users},
                                                              {"most", &plan.most},
                                                              {"range", &plan.range},
                                                              {"batch", &plan.batch}};
  const std::map<std::string_view, bool*> switches = {
      {"scram", &plan.scram}, {"sessions", &plan.sessions}, {"hold", &plan.hold}};
  const std::map<std::string_view, std::string*> texts = {{"prefix", &plan.prefix}, {"password", &plan.password}};
  const std::map<std::string_view, std::vector<std::string>*> lists = {{"setup", &plan.setup}, {"op", &plan.commands}};
  for (const std::string_view word : words) {
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    const std::string_view value = equals == word.npos ? std::string_view() : word.substr(equals + 1);
    if (const auto n = numbers.find(key); n != numbers.end())
      *n->second = number(value);
    else if (const auto s = switches.find(key); s != switches.end())
      *s->second = true;
    else if (const auto t = texts.find(key); t != texts.end())
      *t->second = value;
    else if (const auto l = lists.find(key); l != lists.end())
      l->second->emplace_back(value);
    else if (key == "port")
      plan.port = static_cast<std::uint16_t>(number(value));
    else if (key == "milliseconds")
      plan.seconds = static_cast<double>(number(value)) / 1000;
    else if (key == "corpus")
      plan.corpus = read_corpus(std::string(value));
    else
      fail(fmt::format("what is '{}'?", word));
  }
  if (plan.port == 0 || plan.clients == 0 || plan.users == 0 || plan.range == 0)
    fail("port, clients, users and range are at least 1");
  if (plan.commands.empty() != (plan.sessions || plan.hold)) fail("either op=, or sessions, or hold");
  return plan;
}

std::string Plan::literals() {
  std::string text;
  for (std::uint64_t i = 0; i < batch; ++i) {
    if (corpus.empty()) fail("%a needs corpus=");
    const std::string& message = corpus[appended++ % corpus.size()];
    text += fmt::format(" {{{}+}}\r\n", message.size());
    text += message;
  }
  return text;
}

Scram::Scram(std::string user, std::string password) : user_(std::move(user)), password_(std::move(password)) {
  std::uint8_t noise[18];
  RAND_bytes(noise, sizeof noise);
  nonce_ = base64({reinterpret_cast<const char*>(noise), sizeof noise});
}

std::string Scram::first() const { return base64(fmt::format("n,,n={},r={}", user_, nonce_)); }

std::string Scram::final(std::string_view challenge) {
  const std::string server = unbase64(challenge);
  const std::size_t salt = server.find(",s=");
  const std::size_t iterations = server.find(",i=", salt);
  if (!server.starts_with("r=" + nonce_) || iterations == server.npos) fail("a bad SCRAM challenge: " + server);
  const std::string key = salted(password_, unbase64(std::string_view(server).substr(salt + 3, iterations - salt - 3)),
                                 number(std::string_view(server).substr(iterations + 3)));
  const std::string client_key = hmac(key, "Client Key");
  std::uint8_t stored[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const std::uint8_t*>(client_key.data()), client_key.size(), stored);
  const std::string bare = fmt::format("c=biws,{}", server.substr(0, salt));
  const std::string signature = hmac({reinterpret_cast<const char*>(stored), sizeof stored},
                                     fmt::format("n={},r={},{},{}", user_, nonce_, server, bare));
  std::string proof = client_key;
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ signature[i]);
  return base64(fmt::format("{},p={}", bare, base64(proof)));
}

}  // namespace load
