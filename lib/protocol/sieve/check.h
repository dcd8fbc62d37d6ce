// What compiling asks an extension: are these arguments good?
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/limits.h"

#include "protocol/sieve/code.h"

namespace posthorn::sieve {

/// A command or test whose arguments are there and of the right kind.
class Check {
 public:
  /// What the compiler lends it.
  struct Ground {
    Program& program;
    const Limits& limits;
    std::span<const Extension* const> available;
    std::vector<Diagnostic>& errors;
    std::vector<Diagnostic>& warnings;
    std::span<const std::optional<bool>> known;  ///< of the tests inside, what is known of them
    std::vector<const Row*> around;              ///< the commands whose blocks this is in, the outermost first
  };
  Check(Ground& ground, const Node& node, std::span<const Place> places)
      : ground_(ground), node_(node), places_(places) {}

  /// A constant string with its place.
  struct Constant {
    std::string text;
    Place at;
    Text* made = nullptr;
  };
  [[nodiscard]] const Node& node() const { return node_; }
  [[nodiscard]] Program& program() const { return ground_.program; }
  [[nodiscard]] Ground& ground() const { return ground_; }
  [[nodiscard]] const Limits& limits() const { return ground_.limits; }
  [[nodiscard]] bool has(const TagRow& tag) const { return find_tag(program(), node_, tag) != nullptr; }
  /// The strings of an argument that hold no variables.
  [[nodiscard]] std::vector<Constant> constants(std::size_t parameter) const;
  [[nodiscard]] std::vector<Constant> constants(const TagRow& tag) const;
  /// Whether no string of an argument holds a variable; an error says so otherwise.
  bool must_be_constant(std::size_t parameter);
  [[nodiscard]] std::uint64_t number(std::size_t parameter) const;
  [[nodiscard]] std::uint64_t number(const TagRow& tag) const;

  void error(Place at, std::string text);
  void error(std::string text) { error(node_.at, std::move(text)); }
  void warn(Place at, std::string text);

 private:
  [[nodiscard]] std::vector<Constant> constants_of(const Bound* bound) const;

  Ground& ground_;
  const Node& node_;
  std::span<const Place> places_;  // of the texts of the program
};

/// Brings an extension, with those that come with it, into a program.
void enable(Program& program, std::span<const Extension* const> available, const Extension& extension);
/// null: there is none of that name.
[[nodiscard]] const Extension* find_extension(std::span<const Extension* const> available, View name);

/// Warns where a name is none of a field: that must not be an error (RFC 5228 section 5.7).
void check_field_names(Check& check, std::size_t parameter);
/// An addr-spec. An error says where it is none.
void check_address(Check& check, const Check::Constant& constant);

}  // namespace posthorn::sieve
