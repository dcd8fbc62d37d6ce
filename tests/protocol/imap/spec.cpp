#include "posthorn/protocol/imap/spec.h"

#include <string>

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

namespace {
View arguments_of(const CommandSpec& row, View text) {
  if (text.starts_with("UID ")) text.remove_prefix(4);
  REQUIRE(text.substr(0, row.name.size()) == row.name);
  return text.substr(row.name.size());
}
}  // namespace

TEST_CASE("every row is complete and its example is what its grammar takes") {
  for (const CommandSpec& row : all_commands()) {
    CAPTURE(row.name);
    CHECK_FALSE(row.capability.empty());
    CHECK(row.rfc.starts_with("RFC "));
    CHECK(row.rfc.find(" section ") != View::npos);
    const View text = arguments_of(row, row.example);
    Cursor whole(text);
    CHECK(row.check(whole));
    CHECK(whole.at_end());
    CHECK((!row.effects.has(Effect::only_uid) || row.effects.has(Effect::takes_uid)));
  }
}

TEST_CASE("no row takes its example with something behind it, or cut off inside a word's quotes") {
  for (const CommandSpec& row : all_commands()) {
    CAPTURE(row.name);
    const std::string longer = own(arguments_of(row, row.example)) + " )";
    Cursor c(longer);
    CHECK_FALSE(row.check(c));
  }
}

TEST_CASE("rows are found by name in any case") {
  for (const CommandSpec& row : all_commands()) {
    CHECK(find_command(all_commands(), row.name) == &row);
    std::string lower;
    for (char ch : row.name) lower += to_lower(ch);
    CHECK(find_command(all_commands(), lower) == &row);
  }
  CHECK(find_command(all_commands(), "NOOPS") == nullptr);
  CHECK(find_command(all_commands(), "") == nullptr);
  CHECK(find_command(all_commands(), std::string(100, 'A')) == nullptr);
}
