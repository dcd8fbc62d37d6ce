// Edits a message with mime::Editor, or builds it anew: edit-message OPERATION... < message > changed
//
// top FIELD, bottom FIELD, replace NAME FIELD, remove NAME: fields of the message, or of the part that `in N` named
// before. attach FILE: a file as an attachment of it, or a message/rfc822 where the name ends in .eml. replace-body
// TEXT, replace-part TEXT, remove-part, add-part TEXT: parts. rebuild: the message from its values, in place of edits.
// The PartIds of signatures that the edits broke go to the standard error, one a line.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "posthorn/grammar/mime/editor.h"
#include "posthorn/testing/fakes.h"

using namespace posthorn;
using mime::Editor;
using mime::Entity;
using mime::PartId;

namespace {
std::string field(View text) { return own(text) + "\r\n"; }

std::string octets_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Entity text(View text) { return {.body = mime::TextBody{own(text) + "\r\n"}}; }

Entity file(const std::string& path) {
  Entity out{.disposition = "attachment", .file_name = path.substr(path.rfind('/') + 1)};
  if (path.ends_with(".eml")) {
    out.body = mime::MessageBody{octets_of(path)};
  } else {
    out.body = mime::DataBody{octets_of(path)};
  }
  return out;
}

using Words = std::span<const std::string>;
struct Operation {
  View name;
  std::size_t words;
  void (*edit)(Editor&, PartId, Words);
};

constexpr std::array kOperations{
    Operation{"top", 1, [](Editor& e, PartId part, Words w) { e.add_fields(part, field(w[0])); }},
    Operation{"bottom", 1,
              [](Editor& e, PartId part, Words w) { e.add_fields(part, field(w[0]), Editor::Place::bottom); }},
    Operation{"replace", 2, [](Editor& e, PartId part, Words w) { e.replace_fields(part, w[0], field(w[1])); }},
    Operation{"remove", 1, [](Editor& e, PartId part, Words w) { e.remove_fields(part, w[0]); }},
    Operation{"attach", 1, [](Editor& e, PartId part, Words w) { e.attach(part, file(w[0])); }},
    Operation{"replace-body", 1, [](Editor& e, PartId part, Words w) { e.replace_body(part, text(w[0])); }},
    Operation{"replace-part", 1, [](Editor& e, PartId part, Words w) { e.replace_part(part, text(w[0])); }},
    Operation{"remove-part", 0, [](Editor& e, PartId part, Words) { e.remove_part(part); }},
    Operation{"add-part", 1, [](Editor& e, PartId part, Words w) { e.add_part(part, text(w[0])); }},
};

int refuse(View why) {
  std::cerr << "edit-message: " << why << '\n';
  return 2;
}

int write(const Result<std::string>& octets) {
  if (!octets) return refuse(octets.error().note);
  std::cout << *octets << std::flush;
  return 0;
}

int edit(const mime::Message& message, Random& random, Words words) {
  Editor editor(message, random);
  PartId part(0);
  while (!words.empty()) {
    const std::string& name = words.front();
    words = words.subspan(1);
    if (name == "in" && !words.empty()) {
      std::uint32_t number = 0;
      std::from_chars(words[0].data(), words[0].data() + words[0].size(), number);
      part = PartId(number);
      words = words.subspan(1);
      continue;
    }
    const auto* const row = std::ranges::find(kOperations, View(name), &Operation::name);
    if (row == kOperations.end() || words.size() < row->words) return refuse("what is " + name + "?");
    row->edit(editor, part, words.first(row->words));
    words = words.subspan(row->words);
  }
  if (const int status = write(editor.finish()); status != 0) return status;
  for (const PartId broken : editor.broken_signatures()) std::cerr << broken.value() << '\n';
  return 0;
}
}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const std::string octets{std::istreambuf_iterator<char>(std::cin), {}};
  const auto message = mime::Message::index(octets);
  testing::SeededRandom random(1);
  if (words == std::vector<std::string>{"rebuild"}) return write(mime::build(mime::entity_of(message), random));
  return edit(message, random, words);
}
