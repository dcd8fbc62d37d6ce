#include "posthorn/protocol/sieve/script.h"

namespace posthorn::sieve {

namespace {

class Formatter {
 public:
  explicit Formatter(View line_end) : end_(line_end) {}
  std::string take() { return std::move(out_); }

  void comments(const std::vector<Comment>& list, std::size_t depth) {
    for (const Comment& comment : list) {
      indent(depth);
      out_ += comment.block ? "/*" + comment.text + "*/" : "#" + comment.text;
      out_ += end_;
    }
  }

  void commands(const std::vector<Command>& list, std::size_t depth) {
    for (const Command& command : list) {
      comments(command.before, depth);
      indent(depth);
      out_ += command.name;
      arguments(command.arguments);
      tests(command.tests, command.list);
      if (!command.has_block) {
        out_ += ";" + end_;
        continue;
      }
      out_ += (out_.ends_with('\n') ? "{" : " {") + end_;
      commands(command.block, depth + 1);
      comments(command.inside, depth + 1);
      indent(depth);
      out_ += "}" + end_;
    }
  }

 private:
  void indent(std::size_t depth) { out_.append(2 * depth, ' '); }

  void tests(const std::vector<Test>& list, bool in_list) {
    if (list.empty()) return;
    out_ += in_list ? " (" : " ";
    bool first = true;
    for (const Test& test : list) {
      if (!first) out_ += ", ";
      first = false;
      out_ += test.name;
      arguments(test.arguments);
      tests(test.tests, test.list);
    }
    if (in_list) out_ += ')';
  }

  void arguments(const std::vector<Argument>& list) {
    for (const Argument& argument : list) {
      if (!out_.ends_with('\n')) out_ += ' ';
      switch (argument.kind) {
        case Argument::Kind::tag: out_ += ':' + argument.tag; break;
        case Argument::Kind::number: number(argument); break;
        case Argument::Kind::string: string(argument.strings.front()); break;
        case Argument::Kind::list: {
          out_ += '[';
          bool first = true;
          for (const String& each : argument.strings) {
            if (!first) out_ += ", ";
            first = false;
            string(each);
          }
          out_ += ']';
        }
      }
    }
  }

  void number(const Argument& argument) {
    const unsigned shift = argument.quantifier == 'K'   ? 10
                           : argument.quantifier == 'M' ? 20
                           : argument.quantifier == 'G' ? 30
                                                        : 0;
    out_ += std::to_string(argument.number >> shift);
    if (shift != 0) out_ += argument.quantifier;
  }

  void string(const String& string) {
    const View value = string.value;
    if (string.text && (value.empty() || value.ends_with('\n'))) {
      out_ += "text:" + end_;
      for (std::size_t at = 0; at < value.size();) {
        const std::size_t end = value.find('\n', at);
        const View line = value.substr(at, end - at + 1);
        if (line.starts_with("..") || line == ".\r\n" || line == ".\n") out_ += '.';
        out_ += line;
        at += line.size();
      }
      out_ += "." + end_;
      return;
    }
    out_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out_ += '\\';
      out_ += c;
    }
    out_ += '"';
  }

  const std::string end_;
  std::string out_;
};

}  // namespace

std::string format(const Script& script, View line_end) {
  Formatter formatter(line_end);
  formatter.commands(script.commands, 0);
  formatter.comments(script.at_end, 0);
  return formatter.take();
}

}  // namespace posthorn::sieve
