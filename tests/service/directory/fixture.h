// A directory over a store in memory, with hashes as cheap as the library allows.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "posthorn/service/directory/directory.h"
#include "posthorn/service/store/memory.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::directory::testing {

inline Options cheap() {
  Options options;
  options.argon2_operations = 1;
  options.argon2_octets = 8192;
  return options;
}

inline std::unique_ptr<Directory> open(store::Store& store, Random& random, const Options& options = cheap()) {
  auto opened = Directory::open(store, random, options);
  REQUIRE(opened);
  return std::move(*opened);
}

inline Secret secret(View password) { return Secret(password); }

struct Fixture {
  std::unique_ptr<store::Store> store = store::make_memory_store();
  posthorn::testing::SeededRandom random{7};
  std::unique_ptr<Directory> directory = open(*store, random);

  void domain(const std::string& name, const std::string& alias_of = {}) {
    REQUIRE(directory->add_domain({.name = name, .alias_of = alias_of}));
  }
  Account mailbox(View address, View password = "password") {
    const auto made = directory->add_mailbox(address, secret(password));
    REQUIRE(made);
    return *made;
  }
  void alias(const std::string& address, std::vector<std::string> targets) {
    const auto made = directory->add_alias({address, std::move(targets)});
    CAPTURE(made ? "" : made.error().note);
    REQUIRE(made);
  }
  void backup_domain(const std::string& name, const Backup& backup = {.on = true}) {
    REQUIRE(directory->add_domain({.name = name, .backup = backup}));
  }
  /// "ann@example.org bob@example.org(detail)", then "> " and addresses of other hosts, "relayed", or the word of the
  /// error.
  std::string targets(View address) const {
    const auto found = directory->resolve(address);
    if (!found) return own(name_of(found.error().code));
    std::string text;
    for (const auto& t : found->targets) {
      text += (text.empty() ? "" : " ") + t.account.address + (t.detail.empty() ? "" : "(" + t.detail + ")");
    }
    for (const std::string& other : found->remote) text += (text.empty() ? "> " : " > ") + other;
    return found->relayed ? text + "relayed" : text;
  }
};

/// The word of a failure, or "ok".
template <class T>
std::string word(const Result<T>& result) {
  return result ? "ok" : std::string(name_of(result.error().code));
}

}  // namespace posthorn::directory::testing
