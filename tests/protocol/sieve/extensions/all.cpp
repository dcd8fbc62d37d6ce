#include "protocol/sieve/extensions/all.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {

std::string require_of(const Extension& extension) {
  std::string out = "require [\"variables\", \"envelope\", \"fileinto\", \"copy\", \"foreverypart\"";
  if (!extension.basic) out += ", \"" + own(extension.name) + "\"";
  return out + "];\r\n";
}

std::string code(View text) { return "`" + own(text) + "`"; }

/// docs/sieve-extensions.md, from the rows.
std::string page() {
  std::string out =
      "# Sieve extensions\n\nWhat `require` takes, and what comes with it. Written from the rows of the library; "
      "`test-sieve` prints what differs.\n\n| name | source | commands | tests | tags |\n|---|---|---|---|---|\n";
  for (const Extension* each : all_extensions()) {
    std::string commands;
    std::string tests;
    std::string tags;
    for (const Row* row : each->commands) commands += (commands.empty() ? "" : ", ") + code(row->name);
    for (const Row* row : each->tests) tests += (tests.empty() ? "" : ", ") + code(row->name);
    for (const TagRow* tag : each->tags) tags += (tags.empty() ? "" : ", ") + code(":" + own(tag->name));
    const std::string name = each->basic ? own(each->name) + " (always there)" : code(each->name);
    out += "| " + name + " | " + own(each->source) + " | " + commands + " | " + tests + " | " + tags + " |\n";
  }
  return out;
}

}  // namespace

TEST_CASE("rows: each example compiles where its extension is required") {
  for (const Extension* each : all_extensions()) {
    for (const Row* row : each->commands) {
      CAPTURE(row->name);
      if (row->control == Control::require) continue;
      CHECK(errors(require_of(*each) + own(row->example)) == "");
    }
    for (const Row* row : each->tests) {
      CAPTURE(row->name);
      CHECK(errors(require_of(*each) + "if " + own(row->example) + " { keep; }") == "");
    }
  }
}

TEST_CASE("rows: names are unique and everything has a source") {
  std::set<View> extensions;
  std::set<View> commands;
  std::set<View> tests;
  for (const Extension* each : all_extensions()) {
    CAPTURE(each->name);
    CHECK(extensions.insert(each->name).second);
    CHECK_FALSE(each->source.empty());
    for (const View implied : each->implies) {
      const auto found =
          std::ranges::find(all_extensions(), implied, [](const Extension* other) { return other->name; });
      CHECK(found != all_extensions().end());
    }
    for (const Row* row : each->commands) {
      CAPTURE(row->name);
      CHECK(commands.insert(row->name).second);
      CHECK_FALSE(row->source.empty());
      CHECK((row->run != nullptr) == (row->control == Control::none));
    }
    for (const Row* row : each->tests) {
      CAPTURE(row->name);
      CHECK(tests.insert(row->name).second);
      CHECK_FALSE(row->source.empty());
      CHECK((row->test != nullptr));
      CHECK(row->keys <= row->parameters.size());
    }
  }
}

TEST_CASE("rows: the page about them says what is there") {
  std::ifstream file("docs/sieve-extensions.md");
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == page());
}

TEST_CASE("the capability names what require takes, and nothing that is always there") {
  const std::string words = " " + capability() + " ";
  for (const View name : {"fileinto", "vacation", "imap4flags", "comparator-i;ascii-numeric", "encoded-character"})
    CHECK(words.find(" " + own(name) + " ") != std::string::npos);
  for (const View name : {"keep", "tests", "control", "comparator-i;octet"})
    CHECK(words.find(" " + own(name) + " ") == std::string::npos);
}

TEST_CASE("a command of an extension needs its require, and says so") {
  CHECK(errors("fileinto \"x\";") == "1:1 'fileinto' needs: require \"fileinto\";\n");
  CHECK(errors("require \"fileinto\"; fileinto :copy \"x\";") == "1:30 ':copy' needs: require \"copy\";\n");
  CHECK(errors("require \"nonsense\";") == "1:9 there is no extension \"nonsense\"\n");
}
