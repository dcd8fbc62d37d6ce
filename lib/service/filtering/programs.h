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
  explicit Programs(std::size_t most) : most_(most) {}
  /// A script that does not compile is kept too, with what is wrong.
  [[nodiscard]] std::shared_ptr<const sieve::Compilation> get(const Script& script, const sieve::Limits& limits);

 private:
  struct Kept {
    std::string key;
    std::shared_ptr<const sieve::Compilation> compilation;
  };
  const std::size_t most_;
  std::mutex mutex_;
  std::list<Kept> order_;                                                   // the one used last is in front
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_key_;  // keys lie in order_
};

}  // namespace posthorn::filtering
