// A script as a tree with places, for compilers and editors (RFC 5228 section 8.2): the grammar and no meaning.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/diagnostic.h"
#include "posthorn/protocol/sieve/limits.h"

namespace posthorn::sieve {

/// A string as it is meant: quotes, escapes and dot-stuffing undone, line ends as they stand.
struct String {
  std::string value;
  Place at;
  bool text = false;  ///< written as "text:" with lines
};

struct Argument {
  enum class Kind : std::uint8_t { tag, number, string, list };
  Kind kind = Kind::number;
  Place at;
  std::string tag;           ///< lower case, without the colon
  std::uint64_t number = 0;  ///< K, M and G multiplied
  char quantifier = 0;       ///< 'K', 'M', 'G' as written, or 0
  std::vector<String> strings;
};

/// Test = identifier arguments; with tests of its own behind them.
struct Test {
  std::string name;  ///< lower case
  Place at;
  std::vector<Argument> arguments;
  std::vector<Test> tests;
  bool list = false;  ///< its tests stand in parentheses
};

/// "#" to the end of its line, or between "/*" and "*/".
struct Comment {
  std::string text;  ///< without its marks
  Place at;
  bool block = false;  ///< between "/*" and "*/"
};

struct Command {
  std::string name;  ///< lower case
  Place at;
  std::vector<Argument> arguments;
  std::vector<Test> tests;
  bool list = false;  ///< its tests stand in parentheses
  bool has_block = false;
  std::vector<Command> block;
  std::vector<Comment> before;  ///< in front of the command, or inside of it before its block
  std::vector<Comment> inside;  ///< at the end of its block
};

struct Script {
  std::vector<Command> commands;
  std::vector<Comment> at_end;
};

/// What parse_script() gives: a tree, or where it ends to be one.
struct Parsed {
  Script script;
  std::vector<Diagnostic> errors;  ///< empty: the whole script is in the tree; else the tree up to there
};

/// Reads the grammar of RFC 5228 section 8.2; CRLF and LF end lines. Names of commands are not looked at.
[[nodiscard]] Parsed parse_script(View text, const Limits& limits = {});

/// Writes a tree in one style: two spaces for each block. What parse_script() reads of it is the same tree.
/// @param line_end  CRLF or LF; those inside of texts stay as they are
[[nodiscard]] std::string format(const Script& script, View line_end = "\r\n");

}  // namespace posthorn::sieve
