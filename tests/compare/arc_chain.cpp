// Seals and validates for arc_chains.py. "seal DOMAIN SELECTOR KEYFILE none|pass|fail": the message of standard input
// with one set more. "check": its status, with keys from lines "NAME TEXT" of $ARC_KEYS.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

#include "posthorn/protocol/arc/sealer.h"
#include "posthorn/protocol/arc/validator.h"

using namespace posthorn;

namespace {

WallTime now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

int seal(char** words, const std::string& message) {
  std::ifstream file(words[4]);
  const auto key =
      crypto::PrivateKey::read(std::string(std::istreambuf_iterator<char>(file), {}), crypto::kLeastRsaBits);
  if (!key) return 2;
  auto sealer = arc::Sealer::make({.domain = words[2], .selector = words[3], .key = *key});
  if (!sealer) return 2;
  sealer->append(message);
  const View chain = words[5];
  const arc::Status status = chain == "none"   ? arc::Status::none
                             : chain == "pass" ? arc::Status::pass
                                               : arc::Status::fail;
  auth_results::Field results;
  results.authserv_id = std::string("mx.") + words[2];
  results.results = {{.method = "arc", .result = own(chain)},
                     {.method = "dmarc", .result = "pass", .properties = {{"header", "from", "example.org"}}}};
  const auto fields = sealer->finish(status, results, now());
  if (!fields) return 2;
  std::cout << *fields << message;
  return 0;
}

int check(const std::string& message) {
  const char* path = std::getenv("ARC_KEYS");
  std::ifstream file(path == nullptr ? "" : path);
  std::map<std::string, std::string> keys;
  for (std::string name, text; file >> name && std::getline(file >> std::ws, text);) keys[name] = text;
  arc::Validator validator;
  validator.append(message);
  validator.finish(now());
  while (!validator.wanted().empty()) {
    const auto found = keys.find(validator.wanted()[0].name);
    dns::Answer answer{.outcome = found == keys.end() ? dns::Outcome::no_name : dns::Outcome::found};
    if (found != keys.end()) answer.records.emplace_back(dns::Txt{found->second});
    validator.answer(0, std::move(answer));
  }
  std::cout << arc::word_of(validator.verdict().status) << "\n";
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string message(std::istreambuf_iterator<char>(std::cin), {});
  if (count == 6 && View(words[1]) == "seal") return seal(words, message);
  return count == 2 && View(words[1]) == "check" ? check(message) : 2;
}
