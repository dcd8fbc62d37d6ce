#include "protocol/sieve/check.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/mail/address.h"

#include "protocol/sieve/field_name.h"

namespace posthorn::sieve {

std::vector<Check::Constant> Check::constants_of(const Bound* bound) const {
  std::vector<Constant> out;
  if (bound == nullptr) return out;
  for (std::uint32_t i = 0; i < bound->texts.count; ++i) {
    Text& text = program().texts[bound->texts.first + i];
    if (text.pieces.count == 0)
      out.push_back({own(program().octets(text.octets)), places_[bound->texts.first + i], &text});
  }
  return out;
}

std::vector<Check::Constant> Check::constants(std::size_t parameter) const {
  return constants_of(find_parameter(program(), node_, parameter));
}

std::vector<Check::Constant> Check::constants(const TagRow& tag) const {
  return constants_of(find_tag(program(), node_, tag));
}

bool Check::must_be_constant(std::size_t parameter) {
  const Bound* bound = find_parameter(program(), node_, parameter);
  if (bound == nullptr) return true;
  for (const Text& text : program().strings(bound->texts)) {
    if (text.pieces.count == 0) continue;
    error("no variable may stand here");
    return false;
  }
  return true;
}

std::uint64_t Check::number(std::size_t parameter) const { return find_parameter(program(), node_, parameter)->number; }

std::uint64_t Check::number(const TagRow& tag) const { return find_tag(program(), node_, tag)->number; }

void Check::error(Place at, std::string text) {
  if (ground_.errors.size() < ground_.limits.errors) ground_.errors.push_back({at, std::move(text)});
}

void Check::warn(Place at, std::string text) {
  if (ground_.warnings.size() < ground_.limits.errors) ground_.warnings.push_back({at, std::move(text)});
}

const Extension* find_extension(std::span<const Extension* const> available, View name) {
  const auto found = std::ranges::find(available, name, [](const Extension* each) { return each->name; });
  return found == available.end() ? nullptr : *found;
}

void enable(Program& program, std::span<const Extension* const> available, const Extension& extension) {
  if (std::ranges::find(program.required, &extension) != program.required.end()) return;
  program.required.push_back(&extension);
  program.has_variables = program.has_variables || extension.variables;
  program.has_characters = program.has_characters || extension.characters;
  for (const View name : extension.implies) {
    if (const Extension* more = find_extension(available, name)) enable(program, available, *more);
  }
}

void check_field_names(Check& check, std::size_t parameter) {
  for (const Check::Constant& name : check.constants(parameter)) {
    if (!is_field_name(name.text))
      check.warn(name.at, "\"" + own(name.text) + "\" is no name of a header field: nothing will be found");
  }
}

void check_address(Check& check, const Check::Constant& constant) {
  if (!mail::parse_mailbox(constant.text, true))
    check.error(constant.at, "\"" + own(constant.text) + "\" is no address");
}

}  // namespace posthorn::sieve
