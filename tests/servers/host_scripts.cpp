#include "shared/host_scripts.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "service/store/scratch.h"

using namespace posthorn;
using namespace posthorn::servers;

namespace {

struct Files {
  void write(const std::string& name, View text) { std::ofstream(path(name), std::ios::binary) << text; }
  std::string path(const std::string& name) { return scratch.path(name); }

  store::Scratch scratch;
  Settings settings;
};

std::string all(const std::vector<filtering::Script>& scripts) {
  std::string text;
  for (const filtering::Script& script : scripts) text += *script.text + (script.personal ? "!" : "") + " ";
  return text;
}

const directory::Account kAnn{.id = directory::AccountId(1), .address = "ann@example.org"};

}  // namespace

TEST_CASE("scripts of the host stand around the owner's") {
  Files files;
  files.write("one", "1");
  files.write("two", "2");
  files.write("last", "9");
  files.write("example.org.before.sieve", "3");
  files.write("example.org.after.sieve", "8");
  files.settings.sieve_before = {files.path("one"), files.path("two")};
  files.settings.sieve_after = {files.path("last")};
  files.settings.sieve_domains = files.scratch.path("");
  const auto active = [](const directory::Account&) -> Result<std::optional<filtering::Script>> {
    return filtering::Script{.key = "k", .personal = true, .text = std::make_shared<const std::string>("5")};
  };
  HostScripts scripts(files.settings, {.active = active});
  CHECK(all(*scripts.of(kAnn)) == "1 2 3 5! 8 9 ");
  CHECK(all(*scripts.of({.id = directory::AccountId(2), .address = "bob@other.example"})) == "1 2 5! 9 ");
  HostScripts alone(files.settings, {});
  CHECK(all(*alone.of(kAnn)) == "1 2 3 8 9 ");
}

TEST_CASE("a script of the host that is changed is read again, one that is gone stays") {
  Files files;
  files.write("one", "old");
  files.settings.sieve_before = {files.path("one")};
  HostScripts scripts(files.settings, {});
  const auto before = *scripts.of(kAnn);
  CHECK(all(before) == "old ");
  files.write("one", "longer");
  const auto after = *scripts.of(kAnn);
  CHECK(all(after) == "longer ");
  CHECK(before[0].key != after[0].key);
  std::filesystem::remove(files.path("one"));
  CHECK(all(*scripts.of(kAnn)) == "longer ");
}

TEST_CASE("a script of a domain or for all to include that is removed runs no more") {
  Files files;
  files.settings.sieve_domains = files.settings.sieve_global = files.scratch.path("");
  HostScripts scripts(files.settings, {});
  const auto included = [&] { return *scripts.included(kAnn, sieve::Location::global, "all"); };
  for (int i = 0; i < 2; ++i) {  // and it may come again
    files.write("example.org.before.sieve", "1");
    files.write("all.sieve", "2");
    CHECK(all(*scripts.of(kAnn)) == "1 ");
    CHECK(included().has_value());
    std::filesystem::remove(files.path("example.org.before.sieve"));
    std::filesystem::remove(files.path("all.sieve"));
    CHECK(all(*scripts.of(kAnn)).empty());
    CHECK_FALSE(included().has_value());
  }
}

TEST_CASE("a file that cannot be read, or is no script, is found at the start") {
  Files files;
  files.settings.sieve_before = {files.path("none")};
  CHECK(HostScripts(files.settings, {}).check().error().note.contains("none cannot be read"));
  files.write("none", "keep;\r\nno such command;\r\n");
  CHECK(HostScripts(files.settings, {}).check().error().note.contains("none:2:1: "));
  files.write("none", "keep;\r\n");
  CHECK(HostScripts(files.settings, {}).check().has_value());
}

TEST_CASE("included scripts: of the host from one directory, and no other") {
  Files files;
  files.write("spam.sieve", "x");
  files.settings.sieve_global = files.scratch.path("");
  HostScripts scripts(files.settings, {});
  CHECK(*(*scripts.included(kAnn, sieve::Location::global, "spam"))->text == "x");
  for (const View name : {"none", "", "../spam", ".", "./spam"}) {
    CAPTURE(name);
    CHECK_FALSE(*scripts.included(kAnn, sieve::Location::global, name));
  }
  CHECK_FALSE(*scripts.included(kAnn, sieve::Location::personal, "spam"));
  files.settings.sieve_global.clear();
  CHECK_FALSE(*scripts.included(kAnn, sieve::Location::global, "spam"));
}
