#include <algorithm>
#include <utility>

#include "posthorn/protocol/sieve/program.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/code.h"
#include "protocol/sieve/extensions/comparators.h"
#include "protocol/sieve/extensions/encoded_character.h"
#include "protocol/sieve/extensions/match_types.h"
#include "protocol/sieve/interpolation.h"
#include "protocol/sieve/mail.h"

namespace posthorn::sieve {

namespace {

/// Turns the tree of a script into a program. Everything that is wrong is told, up to Limits::errors.
class Compiler {
 public:
  Compiler(const Limits& limits, Extensions available)
      : limits_(limits),
        program_(std::make_shared<Program>()),
        ground_{*program_, limits, available, out_.errors, out_.warnings, {}, {}} {
    for (const Extension* each : available) {
      if (each->basic) enable(*program_, available, *each);
    }
  }

  Compilation run(const Script& script) {
    program_->body = block(script.commands, true);
    if (out_.errors.empty()) out_.program = std::move(program_);
    return std::move(out_);
  }

 private:
  void error(Place at, std::string text) {
    if (out_.errors.size() < limits_.errors) out_.errors.push_back({at, std::move(text)});
  }

  /// The row of a name, or null and an error that says what is missing.
  const Row* find_row(View name, bool test, Place at) {
    const auto in = [&](const Extension& extension) -> const Row* {
      for (const Row* row : test ? extension.tests : extension.commands) {
        if (row->name == name) return row;
      }
      return nullptr;
    };
    for (const Extension* each : program_->required) {
      if (const Row* row = in(*each)) return row;
    }
    for (const Extension* each : ground_.available) {
      if (in(*each) == nullptr) continue;
      error(at, "'" + own(name) + "' needs: require \"" + own(each->name) + "\";");
      return nullptr;
    }
    error(at, (test ? "there is no test '" : "there is no command '") + own(name) + "'");
    return nullptr;
  }

  const TagRow* find_tag_row(const Row& row, const Argument& argument) {
    const auto is = [&](const TagRow* tag) { return tag->name == argument.tag; };
    if (const auto own_tag = std::ranges::find_if(row.tags, is); own_tag != row.tags.end()) return *own_tag;
    const auto in = [&](const Extension& extension) -> const TagRow* {
      for (const TagRow* tag : extension.tags) {
        if (is(tag) && (tag->on & row.takes) != 0) return tag;
      }
      return nullptr;
    };
    for (const Extension* each : program_->required) {
      if (const TagRow* tag = in(*each)) return tag;
    }
    for (const Extension* each : ground_.available) {
      if (in(*each) == nullptr) continue;
      error(argument.at, "':" + argument.tag + "' needs: require \"" + own(each->name) + "\";");
      return nullptr;
    }
    error(argument.at, "'" + own(row.name) + "' takes no ':" + argument.tag + "'");
    return nullptr;
  }

  Span pool(View octets) {
    const Span span{static_cast<std::uint32_t>(program_->pool.size()), static_cast<std::uint32_t>(octets.size())};
    program_->pool += octets;
    return span;
  }

  Span strings(const std::vector<String>& list) {
    const Span span{static_cast<std::uint32_t>(program_->texts.size()), static_cast<std::uint32_t>(list.size())};
    for (const String& each : list) {
      std::string value = each.value;
      if (program_->has_characters) {
        if (auto decoded = extensions::decode_characters(value)) {
          value = std::move(*decoded);
        } else {
          error(each.at, decoded.error().note);
        }
      }
      Text text;
      if (program_->has_variables && value.find("${") != std::string::npos) {
        if (auto wrong = interpolate(value, *program_, limits_, text)) error(each.at, std::move(*wrong));
      }
      if (text.pieces.count == 0) text.octets = pool(value);
      program_->texts.push_back(text);
      places_.push_back(each.at);
    }
    return span;
  }

  /// Reads the tags in front. @returns the place of the first positional argument; nullopt: something was wrong
  std::optional<std::size_t> tags(const Row& row, const std::vector<Argument>& arguments, std::vector<Bound>& into) {
    std::size_t i = 0;
    bool good = true;
    for (; i < arguments.size() && arguments[i].kind == Argument::Kind::tag; ++i) {
      const Argument& argument = arguments[i];
      const TagRow* tag = find_tag_row(row, argument);
      if (tag == nullptr) return std::nullopt;
      const auto clash = std::ranges::find_if(into, [&](const Bound& other) {
        return other.tag == tag || (tag->group != Group::none && other.tag->group == tag->group);
      });
      if (clash != into.end()) {
        error(argument.at, "':" + argument.tag + "' cannot stand beside ':" + own(clash->tag->name) + "'");
        good = false;
      }
      Bound bound{.tag = tag};
      if (tag->value != Value::none) {
        const bool fits = i + 1 < arguments.size() && is(arguments[i + 1], tag->value);
        if (!fits) {
          error(argument.at, "':" + argument.tag + "' needs " + name_of(tag->value) + " behind it");
          return std::nullopt;
        }
        take(arguments[++i], bound);
        if (tag->group == Group::comparator) comparator(arguments[i], bound);
      }
      into.push_back(bound);
    }
    return good ? std::optional(i) : std::nullopt;
  }

  void comparator(const Argument& argument, Bound& bound) {
    const String& name = argument.strings.front();
    for (const Extension* each : program_->required) {
      for (const ComparatorRow* row : each->comparators) {
        if (row->name != name.value) continue;
        bound.number = program_->comparators.size();
        return program_->comparators.push_back(row);
      }
    }
    error(name.at, "there is no comparator \"" + name.value + "\"");
  }

  static bool is(const Argument& argument, Value value) {
    switch (value) {
      case Value::none: return false;
      case Value::number: return argument.kind == Argument::Kind::number;
      case Value::string: return argument.kind == Argument::Kind::string;
      case Value::strings: return argument.kind == Argument::Kind::string || argument.kind == Argument::Kind::list;
    }
    return false;
  }

  static std::string name_of(Value value) {
    return value == Value::number ? "a number" : value == Value::string ? "a string" : "a list of strings";
  }

  void take(const Argument& argument, Bound& bound) {
    if (argument.kind == Argument::Kind::number) {
      bound.number = argument.number;
    } else {
      bound.texts = strings(argument.strings);
    }
  }

  bool arguments(const Row& row, Place at, const std::vector<Argument>& list, Node& node) {
    std::vector<Bound> bound;
    const auto first = tags(row, list, bound);
    if (!first) return false;
    const std::size_t given = list.size() - *first;
    const auto optional = static_cast<std::size_t>(std::ranges::count(row.parameters, true, &Parameter::optional));
    if (given > row.parameters.size() || given + optional < row.parameters.size()) {
      error(at, "'" + own(row.name) + "' takes " + std::to_string(row.parameters.size()) +
                    (row.parameters.size() == 1 ? " argument" : " arguments") + " behind its tags, here are " +
                    std::to_string(given));
      return false;
    }
    node.positional = static_cast<std::uint32_t>(bound.size());
    node.missing = static_cast<std::uint32_t>(row.parameters.size() - given);
    const std::size_t before = !row.parameters.empty() && row.parameters.back().optional ? 0 : node.missing;
    for (std::size_t i = *first; i < list.size(); ++i) {
      const Value wanted = row.parameters[before + i - *first].value;
      if (list[i].kind == Argument::Kind::tag) {
        error(list[i].at, "a tag stands in front of the other arguments");
        return false;
      }
      if (!is(list[i], wanted)) {
        error(list[i].at, "'" + own(row.name) + "' wants " + name_of(wanted) + " here");
        return false;
      }
      take(list[i], bound.emplace_back());
    }
    node.bound = {static_cast<std::uint32_t>(program_->bound.size()), static_cast<std::uint32_t>(bound.size())};
    program_->bound.insert(program_->bound.end(), bound.begin(), bound.end());
    return true;
  }

  void check(const Row& row, Node& node) {
    Check check(ground_, node, places_);
    for (std::uint32_t i = 0; i < node.positional; ++i) {
      const TagRow& tag = *program_->bound[node.bound.first + i].tag;
      if (tag.beside != nullptr && !check.has(*tag.beside))
        check.error("':" + own(tag.name) + "' stands only beside ':" + own(tag.beside->name) + "'");
      if (tag.check != nullptr) tag.check(check, tag);
    }
    if (row.keys != 0) extensions::prepare_keys(check);
    if (row.check != nullptr) row.check(check);
  }

  Span children(const std::vector<std::uint32_t>& list) {
    const Span span{static_cast<std::uint32_t>(program_->children.size()), static_cast<std::uint32_t>(list.size())};
    program_->children.insert(program_->children.end(), list.begin(), list.end());
    return span;
  }

  bool tests(const Row& row, Place at, const std::vector<Test>& list, bool in_list, Node& node,
             std::vector<std::optional<bool>>& known) {
    const bool fits = row.tests == 2 ? in_list : row.tests == list.size() && !in_list;
    if (!fits) {
      error(at, "'" + own(row.name) + "' takes " +
                    (row.tests == 0   ? "no test"
                     : row.tests == 1 ? "one test"
                                      : "a list of tests in parentheses"));
      return false;
    }
    std::vector<std::uint32_t> places;
    for (const Test& each : list) places.push_back(test(each, known.emplace_back()));
    node.tests = children(places);
    return true;
  }

  std::uint32_t add(const Node& node) {
    program_->nodes.push_back(node);
    return static_cast<std::uint32_t>(program_->nodes.size() - 1);
  }

  std::uint32_t test(const Test& in, std::optional<bool>& known) {
    const Row* row = find_row(in.name, true, in.at);
    Node node{.row = row, .at = in.at};
    std::vector<std::optional<bool>> inner;
    if (row != nullptr && arguments(*row, in.at, in.arguments, node) &&
        tests(*row, in.at, in.tests, in.list, node, inner)) {
      check(*row, node);
      if (row->known != nullptr) {
        ground_.known = inner;
        Check asked(ground_, node, places_);
        known = row->known(asked);
        ground_.known = {};
      }
    }
    return add(node);
  }

  // `require` brings extensions before the commands behind it are looked at.
  void require(const Command& in) {
    if (in.arguments.size() != 1 || !is(in.arguments.front(), Value::strings) || !in.tests.empty() || in.has_block)
      return error(in.at, "'require' takes a list of strings");
    for (const String& each : in.arguments.front().strings) {
      if (const Extension* extension = find_extension(ground_.available, each.value)) {
        enable(*program_, ground_.available, *extension);
      } else {
        error(each.at, "there is no extension \"" + each.value + "\"");
      }
    }
  }

  Span block(const std::vector<Command>& list, bool top = false) {
    std::vector<std::uint32_t> places;
    const Row* before = nullptr;
    bool reachable = true;  // of the next branch of an if
    for (const Command& in : list) {
      const Row* row = find_row(in.name, false, in.at);
      if (row == nullptr) continue;
      if (row->control == Control::require) {
        const bool first = top && (before == nullptr || before->control == Control::require || before->only_first);
        if (!first) error(in.at, "'require' stands in front of all other commands");
        require(in);
      } else if (const auto node = command(in, *row, before, reachable)) {
        places.push_back(*node);
      }
      before = row;
    }
    return children(places);
  }

  std::optional<std::uint32_t> command(const Command& in, const Row& row, const Row* before, bool& reachable) {
    const bool goes_on = row.control == Control::elsif || row.control == Control::else_;
    const bool in_chain = before != nullptr && (before->control == Control::if_ || before->control == Control::elsif);
    if (goes_on && !in_chain) error(in.at, "'" + in.name + "' stands behind an 'if' or 'elsif'");
    if (!goes_on) reachable = true;
    if (in.has_block != row.has_block) {
      error(in.at, "'" + in.name + (row.has_block ? "' needs a block" : "' takes no block"));
      return std::nullopt;
    }
    if (!reachable) return std::nullopt;
    Node node{.row = &row, .at = in.at};
    std::vector<std::optional<bool>> known;
    if (!arguments(row, in.at, in.arguments, node)) return std::nullopt;
    if (!tests(row, in.at, in.tests, in.list, node, known)) return std::nullopt;
    check(row, node);
    const bool dead = !known.empty() && known.front() == false;
    if (!known.empty() && known.front() == true) reachable = false;
    ground_.around.push_back(&row);
    if (row.has_block && !dead) node.block = block(in.block);
    ground_.around.pop_back();
    return add(node);
  }

  const Limits& limits_;
  Compilation out_;
  std::shared_ptr<Program> program_;
  std::vector<Place> places_;  // of the texts
  Check::Ground ground_;
};

}  // namespace

Compilation compile(const Script& script, const Limits& limits, Extensions which) {
  return Compiler(limits, which).run(script);
}

Compilation compile(View script, const Limits& limits, Extensions which) {
  Parsed parsed = parse_script(script, limits);
  if (parsed.errors.empty()) return compile(parsed.script, limits, which);
  return {.program = nullptr, .errors = std::move(parsed.errors), .warnings = {}};
}

}  // namespace posthorn::sieve
