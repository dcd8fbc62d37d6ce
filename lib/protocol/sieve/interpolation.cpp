#include "protocol/sieve/interpolation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "posthorn/grammar/char_set.h"

#include "protocol/sieve/mail.h"

namespace posthorn::sieve {

namespace {

constexpr CharSet kDigit = CharSet::range('0', '9');
constexpr CharSet kFirst = CharSet::range('a', 'z') + CharSet::range('A', 'Z') + CharSet("_");
constexpr CharSet kWord = kFirst + kDigit;

const Namespace* find_namespace(const Program& program, View name, std::uint32_t& place, Program& into) {
  for (const Extension* extension : program.required) {
    for (const Namespace* each : extension->namespaces) {
      if (each->name != name) continue;
      place = static_cast<std::uint32_t>(into.namespaces.size());
      into.namespaces.push_back(each);
      return each;
    }
  }
  return nullptr;
}

Piece pooled(Program& program, View octets) {
  const Piece piece{Piece::Kind::octets, static_cast<std::uint32_t>(program.pool.size()),
                    static_cast<std::uint32_t>(octets.size())};
  program.pool += octets;
  return piece;
}

}  // namespace

bool is_identifier(View name) {
  return !name.empty() && kFirst[name.front()] && std::ranges::all_of(name, [](char c) { return kWord[c]; });
}

std::optional<std::uint32_t> declare(Program& program, const Limits& limits, View name) {
  std::string lower = lower_case(name);
  if (const auto known = program.variable(lower)) return known;
  if (program.variables.size() >= limits.variables) return std::nullopt;
  program.variables.push_back(std::move(lower));
  return static_cast<std::uint32_t>(program.variables.size() - 1);
}

std::optional<std::string> interpolate(View value, Program& program, const Limits& limits, Text& out) {
  std::vector<Piece> pieces;
  std::size_t plain = 0;  // where octets begin that belong to no variable
  for (std::size_t at = value.find("${"); at != View::npos; at = value.find("${", at)) {
    const std::size_t end = value.find('}', at);
    if (end == View::npos) break;
    const View name = value.substr(at + 2, end - at - 2);
    const bool number = !name.empty() && std::ranges::all_of(name, [](char c) { return kDigit[c]; });
    const std::size_t dot = name.find('.');
    const bool named = dot != View::npos && is_identifier(name.substr(0, name.find('.')));
    if (!number && !named && !is_identifier(name)) {
      at += 2;
      continue;
    }
    if (at > plain) pieces.push_back(pooled(program, value.substr(plain, at - plain)));
    at = plain = end + 1;
    if (number) {
      const std::uint32_t index = name.size() > 3 ? 1000 : static_cast<std::uint32_t>(std::stoul(own(name)));
      if (index >= limits.match_values)
        return "${" + own(name) + "}: there are no more than ${" + std::to_string(limits.match_values - 1) + "}";
      pieces.push_back({Piece::Kind::match, index, 0});
    } else if (named) {
      // The longest namespace that is known: "vnd.dovecot.environment.x".
      std::uint32_t place = 0;
      std::size_t cut = name.rfind('.');
      while (cut != View::npos && find_namespace(program, lower_case(name.substr(0, cut)), place, program) == nullptr)
        cut = cut == 0 ? View::npos : name.rfind('.', cut - 1);
      if (cut == View::npos) return "${" + own(name) + "}: this namespace is not known";
      pieces.push_back({Piece::Kind::named, place, 0});
      pieces.push_back(pooled(program, name.substr(cut + 1)));
    } else {
      if (name.size() > limits.name) return "the name of this variable is too long";
      const auto variable = declare(program, limits, name);
      if (!variable) return "too many variables";
      pieces.push_back({Piece::Kind::variable, *variable, 0});
    }
  }
  if (pieces.empty()) return std::nullopt;
  if (plain < value.size()) pieces.push_back(pooled(program, value.substr(plain)));
  out.pieces = {static_cast<std::uint32_t>(program.pieces.size()), static_cast<std::uint32_t>(pieces.size())};
  program.pieces.insert(program.pieces.end(), pieces.begin(), pieces.end());
  return std::nullopt;
}

}  // namespace posthorn::sieve
