// mbox files: any split makes the same messages; what is quoted and written reads back.
#include "posthorn/grammar/frame/mbox.h"

#include <cstddef>
#include <string>

#include "check.h"
#include "fuzz.h"

namespace {
using namespace posthorn;

struct Recorder final : frame::MboxVisitor {
  std::string out;
  bool open = false;
  void message_begins(View from_line) override {
    fuzzing::check(!open && from_line.starts_with("From "), "a message begins with its line");
    open = true;
    out += "{" + std::string(from_line) + "}";
  }
  void content(View chunk) override {
    fuzzing::check(open && !chunk.empty(), "content belongs to a message");
    out += chunk;
  }
  void message_ends() override {
    fuzzing::check(open, "a message that began ends");
    open = false;
    out += ";";
  }
};

std::string read(View input, std::size_t chunk, frame::MboxQuoting quoting) {
  Recorder recorder;
  frame::MboxReader reader(recorder, quoting);
  for (std::size_t at = 0; at < input.size(); at += chunk) reader.feed(input.substr(at, chunk));
  reader.finish();
  fuzzing::check(!recorder.open, "the last message ends");
  return recorder.out + std::to_string(reader.passed_over());
}

/// A message as an mboxrd writer puts it into a file.
std::string quoted(View message) {
  std::string out = "From x\n";
  while (!message.empty()) {
    const std::size_t end = message.find('\n');
    const View line = message.substr(0, end == View::npos ? message.size() : end + 1);
    const std::size_t marks = line.find_first_not_of('>');
    if (marks != View::npos && line.substr(marks).starts_with("From ")) out += '>';
    out += line;
    message.remove_prefix(line.size());
  }
  return out + "\n";
}
}  // namespace

void posthorn_fuzz(std::string_view input) {
  for (const auto quoting : {frame::MboxQuoting::from, frame::MboxQuoting::all_marks}) {
    const std::string whole = read(input, input.size() + 1, quoting);
    fuzzing::check(read(input, 1, quoting) == whole, "any split makes the same messages");
    fuzzing::check(read(input, 5, quoting) == whole, "any split makes the same messages");
  }
  if (!input.ends_with('\n')) return;
  fuzzing::check(
      read(quoted(input), input.size() + 100, frame::MboxQuoting::all_marks) == "{From x}" + std::string(input) + ";0",
      "what is quoted reads back");
}
