// Compiled scripts, the ones used last: a script is compiled once for as long as its text stays.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "posthorn/protocol/sieve/program.h"
#include "posthorn/service/filtering/filtering.h"

namespace posthorn::filtering {

/// Safe to call from many threads.
class Programs {
 public:
  /// @param most_octets  of the texts of the scripts that are kept
  Programs(std::size_t most, std::size_t most_octets) : most_(most), most_octets_(most_octets) {}
  /// A script that does not compile is kept too, with what is wrong.
  [[nodiscard]] std::shared_ptr<const sieve::Compilation> get(const Script& script, const sieve::Limits& limits);

 private:
  struct Kept {
    std::string key;
    std::shared_ptr<const sieve::Compilation> compilation;
    std::size_t octets;
  };
  void forget_last();

  const std::size_t most_;
  const std::size_t most_octets_;
  std::mutex mutex_;
  std::size_t octets_ = 0;
  std::list<Kept> order_;                                                   // the one used last is in front
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_key_;  // keys lie in order_
};

}  // namespace posthorn::filtering
