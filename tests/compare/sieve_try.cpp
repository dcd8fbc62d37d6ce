// Runs scripts for tests/compare/sieve_readers.py: of each line "SCRIPT MESSAGE SENDER RECIPIENT" of standard input one
// line of answer, the actions as tests/protocol/sieve/stage.h writes them, or "no script: " and the first error.
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "protocol/sieve/stage.h"

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main() {
  using namespace posthorn;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string script;
    std::string message;
    sieve::Stage stage;
    words >> script >> message >> *stage.envelope.from >> *stage.envelope.to;
    const std::string text = read(script);
    const std::string wrong = sieve::errors(text);
    std::cout << (wrong.empty() ? stage.run(text, read(message))
                                : "no script: " + wrong.substr(0, wrong.find('\n')))
              << std::endl;
  }
}
