// Vectors that other programs made: lines of a name and a value in base64, in tests/vectors/import.
#pragma once

#include <fstream>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"

namespace posthorn::testing {

class Vectors {
 public:
  explicit Vectors(const std::string& name) {
    std::ifstream file("tests/vectors/import/" + name);
    for (std::string key, value; file >> key && std::getline(file, value);) {
      const auto octets = codec::base64_decode(value.empty() ? value : value.substr(1));
      REQUIRE_MESSAGE(octets.has_value(), key);
      rows_[key] = *octets;
    }
    REQUIRE_MESSAGE(!rows_.empty(), "run it in the folder of the project");
  }
  [[nodiscard]] const std::string& operator[](const std::string& name) const {
    REQUIRE_MESSAGE(rows_.contains(name), name);
    return rows_.at(name);
  }
  [[nodiscard]] const std::map<std::string, std::string>& all() const { return rows_; }

 private:
  std::map<std::string, std::string> rows_;
};

}  // namespace posthorn::testing
