// Verifies the DKIM signatures of a message with a DNS of its own: dkim-verify KEYS < MESSAGE
//
// Each line of the file KEYS is a name, a space and the text that it has as TXT record.
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

#include "posthorn/grammar/frame/text.h"
#include "posthorn/protocol/dkim/verifier.h"

using namespace posthorn;

int main(int count, char** words) {
  std::map<std::string, std::string> keys;
  std::ifstream file(count == 2 ? words[1] : "");
  for (std::string name, text; file >> name && std::getline(file >> std::ws, text);) keys[name] = text;

  const std::string message{std::istreambuf_iterator<char>(std::cin), {}};
  dkim::Verifier verifier;
  verifier.append(frame::with_crlf(message));  // in one piece or in many
  verifier.finish(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  while (!verifier.wanted().empty()) {
    const auto key = keys.find(verifier.wanted()[0].name);
    dns::Answer answer{.outcome = key == keys.end() ? dns::Outcome::no_name : dns::Outcome::found};
    if (key != keys.end()) answer.records.emplace_back(dns::Txt{key->second});
    verifier.answer(0, answer);
  }
  for (const dkim::SignatureVerdict& one : verifier.verdict().signatures) {
    std::cout << dkim::name_of(one.outcome()) << " d=" << one.domain << " s=" << one.selector << " a=" << one.algorithm
              << " b=" << one.header_b << " (" << dkim::row_of(one.reason).words << ")\n";
  }
  std::cout << dkim::name_of(verifier.verdict().outcome) << "\n";
  return verifier.verdict().outcome == dkim::Outcome::pass ? 0 : 1;
}
