#include <iterator>
#include <utility>

#include "posthorn/protocol/sieve/script.h"

#include "protocol/sieve/lexer.h"

namespace posthorn::sieve {

namespace {

/// Recursive descent over RFC 5228 section 8.2; the first thing that is wrong ends it.
class ScriptParser {
 public:
  ScriptParser(View text, const Limits& limits, Parsed& out) : lexer_(text), limits_(limits), out_(out) {}

  void run() {
    lexer_.next(token_);
    commands(out_.script.commands, out_.script.at_end, 0);
    if (!failed_ && token_.kind != TokenKind::end) fail("a command begins with a name");
  }

 private:
  void fail(View why) {
    if (failed_) return;
    failed_ = true;
    out_.errors.push_back({token_.at, token_.kind == TokenKind::wrong ? token_.value : own(why)});
  }
  void step() { lexer_.next(token_); }
  [[nodiscard]] bool is(char mark) const { return token_.kind == TokenKind::mark && token_.mark == mark; }
  bool take(char mark, View why) {
    if (is(mark)) {
      step();
      return true;
    }
    fail(why);
    return false;
  }
  bool take_if(char mark) {
    if (!is(mark)) return false;
    step();
    return true;
  }

  void commands(std::vector<Command>& into, std::vector<Comment>& at_end, std::size_t depth) {
    if (depth > limits_.nesting) return fail("too many blocks inside each other");
    while (!failed_ && token_.kind == TokenKind::identifier) command(into.emplace_back(), depth);
    at_end = lexer_.take_comments();
  }

  void command(Command& out, std::size_t depth) {
    out.before = lexer_.take_comments();
    out.name = std::move(token_.value);
    out.at = token_.at;
    step();
    arguments(out.arguments);
    tests(out.tests, out.list, depth);
    std::vector<Comment> more = lexer_.take_comments();
    out.before.insert(out.before.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    if (failed_) return;
    if (!is('{')) {
      // The comments behind the semicolon are those of the next command.
      if (!is(';')) return fail("';' or a block is expected here");
      return step();
    }
    out.has_block = true;
    step();
    commands(out.block, out.inside, depth + 1);
    if (!failed_) take('}', token_.kind == TokenKind::end ? "a block has no end" : "a command begins with a name");
  }

  void tests(std::vector<Test>& into, bool& list, std::size_t depth) {
    if (failed_) return;
    if (token_.kind == TokenKind::identifier) return test(into.emplace_back(), depth + 1);
    if (!take_if('(')) return;
    list = true;
    do {
      if (token_.kind != TokenKind::identifier) return fail("a test begins with a name");
      test(into.emplace_back(), depth + 1);
    } while (!failed_ && take_if(','));
    if (!failed_) take(')', "',' or ')' is expected here");
  }

  void test(Test& out, std::size_t depth) {
    if (depth > limits_.nesting) return fail("too many tests inside each other");
    out.name = std::move(token_.value);
    out.at = token_.at;
    step();
    arguments(out.arguments);
    tests(out.tests, out.list, depth);
  }

  void arguments(std::vector<Argument>& into) {
    for (;;) {
      Argument argument;
      argument.at = token_.at;
      switch (token_.kind) {
        case TokenKind::tag:
          argument.kind = Argument::Kind::tag;
          argument.tag = std::move(token_.value);
          break;
        case TokenKind::number:
          argument.kind = Argument::Kind::number;
          argument.number = token_.number;
          argument.quantifier = token_.quantifier;
          break;
        case TokenKind::string:
        case TokenKind::text:
          argument.kind = Argument::Kind::string;
          argument.strings.push_back({std::move(token_.value), token_.at, token_.kind == TokenKind::text});
          break;
        case TokenKind::mark:
          if (!is('[')) return;
          if (!list(argument)) return;
          into.push_back(std::move(argument));
          continue;
        case TokenKind::identifier:
        case TokenKind::end: return;
        case TokenKind::wrong: return fail({});
      }
      into.push_back(std::move(argument));
      step();
    }
  }

  bool list(Argument& out) {
    out.kind = Argument::Kind::list;
    step();
    do {
      const bool text = token_.kind == TokenKind::text;
      if (!text && token_.kind != TokenKind::string) {
        fail("a list holds strings");
        return false;
      }
      out.strings.push_back({std::move(token_.value), token_.at, text});
      step();
    } while (take_if(','));
    return take(']', "',' or ']' is expected here");
  }

  Lexer lexer_;
  const Limits& limits_;
  Parsed& out_;
  Token token_;
  bool failed_ = false;
};

}  // namespace

Parsed parse_script(View text, const Limits& limits) {
  Parsed out;
  if (text.size() > limits.script) {
    out.errors.push_back({{}, "the script is longer than " + std::to_string(limits.script) + " octets"});
    return out;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  ScriptParser(text, limits, out).run();
  return out;
}

}  // namespace posthorn::sieve
