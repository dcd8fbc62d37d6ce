#include "protocol/sieve/code.h"

#include <algorithm>

namespace posthorn::sieve {

bool Program::requires_(View extension) const {
  return std::ranges::any_of(required, [&](const Extension* each) { return each->name == extension; });
}

std::optional<std::uint32_t> Program::variable(View name) const {
  const auto found = std::ranges::find(variables, name);
  if (found == variables.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - variables.begin());
}

const Bound* find_tag(const Program& program, const Node& node, const TagRow& tag) {
  for (const Bound& each : program.tags(node)) {
    if (each.tag == &tag) return &each;
  }
  return nullptr;
}

const TagRow* find_group(const Program& program, const Node& node, Group group) {
  for (const Bound& each : program.tags(node)) {
    if (each.tag->group == group) return each.tag;
  }
  return nullptr;
}

const Bound* find_parameter(const Program& program, const Node& node, std::size_t i) {
  const std::size_t before = node.row->parameters.back().optional ? 0 : node.missing;
  if (i < before || i - before >= node.bound.count - node.positional) return nullptr;
  return &program.arguments(node)[node.positional + i - before];
}

}  // namespace posthorn::sieve
