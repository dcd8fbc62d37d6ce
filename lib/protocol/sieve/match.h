// Comparing values with the keys of a test (RFC 5228 section 2.7).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"

#include "protocol/sieve/run.h"

namespace posthorn::sieve {

/// Takes the values of a test one after the other. The script's match type, comparator and keys decide.
class Match {
 public:
  /// @param call  of a row with `keys`
  explicit Match(Call& call);

  /// @returns whether a key fits: more values change nothing
  bool value(View text);
  bool value(const Decoded& text);
  /// All values were given. @returns what the test gives
  [[nodiscard]] bool finish();

  // For match types:
  [[nodiscard]] Call& call() const { return call_; }
  [[nodiscard]] Run& run() const { return call_.run(); }
  [[nodiscard]] const ComparatorRow& comparator() const { return *comparator_; }
  /// The value as it came, where holds() gets it collated.
  [[nodiscard]] View original() const { return original_; }
  /// What MatchType::prepare() made of the key; null: it has variables.
  [[nodiscard]] const void* prepared() const;
  /// The parts of the value that the wildcards of the key stand for, the whole first (RFC 5229 section 3.2).
  [[nodiscard]] bool wants_parts() const { return call_.program().has_variables; }
  void found(std::vector<std::string> parts) { run().frame().matches = std::move(parts); }

 private:
  bool compare(View original, View collated);
  [[nodiscard]] View key(const Text& text);

  Call& call_;
  const MatchType* type_;
  const ComparatorRow* comparator_;
  std::span<const Text> keys_;
  const Text* key_ = nullptr;  // the one that holds() looks at
  View original_;
  std::uint64_t values_ = 0;
  bool fits_ = false;
};

/// A test whose values are the strings of parameter `values`.
[[nodiscard]] bool match_texts(Call& call, std::size_t values);

}  // namespace posthorn::sieve
