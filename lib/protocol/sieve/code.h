// A compiled script: flat tables, found by place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/diagnostic.h"
#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve {

/// Neighbours in one of the tables.
struct Span {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// One part of a text with variables.
struct Piece {
  enum class Kind : std::uint8_t { octets, variable, match, named };
  Kind kind = Kind::octets;
  std::uint32_t at = 0;    ///< octets: place in the pool; variable, match: its number; named: of the namespace
  std::uint32_t size = 0;  ///< octets: their number; named: place of the rest of the name among the pieces' octets
};

/// A string of the script.
struct Text {
  Span octets;                 ///< in the pool: a constant
  Span pieces;                 ///< else: what it is made of
  Span collated;               ///< of a constant key, by its comparator
  std::uint32_t prepared = 0;  ///< 1 + place in Program::prepared
};

/// What stands behind a name: a tag with its value, or a positional argument (no tag).
struct Bound {
  const TagRow* tag = nullptr;
  std::uint64_t number = 0;
  Span texts;
};

struct Node {
  const Row* row = nullptr;
  Place at;
  Span bound;
  std::uint32_t positional = 0;  ///< place of the first positional argument behind bound.first
  std::uint32_t missing = 0;     ///< optional parameters that are not there
  Span tests;                    ///< in Program::children
  Span block;                    ///< in Program::children
};

class Program {
 public:
  std::string pool;
  std::vector<Node> nodes;
  std::vector<std::uint32_t> children;
  std::vector<Bound> bound;
  std::vector<Text> texts;
  std::vector<Piece> pieces;
  std::vector<std::shared_ptr<const void>> prepared;
  std::vector<const Namespace*> namespaces;
  std::vector<const ComparatorRow*> comparators;
  std::vector<std::string> variables;
  std::vector<const Extension*> required;
  Span body;                    ///< in children
  bool has_variables = false;   ///< texts hold "${name}"; matching sets ${1} and so on
  bool has_characters = false;  ///< texts hold "${hex:...}"

  [[nodiscard]] View octets(Span span) const { return View(pool).substr(span.first, span.count); }
  [[nodiscard]] std::span<const Text> strings(Span span) const {
    return std::span(texts).subspan(span.first, span.count);
  }
  [[nodiscard]] std::span<const std::uint32_t> listed(Span span) const {
    return std::span(children).subspan(span.first, span.count);
  }
  [[nodiscard]] std::span<const Bound> arguments(const Node& node) const {
    return std::span(bound).subspan(node.bound.first, node.bound.count);
  }
  /// Those of the arguments that have a tag.
  [[nodiscard]] std::span<const Bound> tags(const Node& node) const { return arguments(node).first(node.positional); }
  [[nodiscard]] bool requires_(View extension) const;
  /// The number of a variable, by its name in lower case.
  [[nodiscard]] std::optional<std::uint32_t> variable(View name) const;
};

/// The argument of a tag of a node, or null.
[[nodiscard]] const Bound* find_tag(const Program& program, const Node& node, const TagRow& tag);
/// The tag of a group that a node has, or null.
[[nodiscard]] const TagRow* find_group(const Program& program, const Node& node, Group group);
/// The texts of parameter `i`; empty where it is optional and not there.
[[nodiscard]] const Bound* find_parameter(const Program& program, const Node& node, std::size_t i);

}  // namespace posthorn::sieve
