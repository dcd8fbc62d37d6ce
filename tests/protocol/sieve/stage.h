// Scripts run on messages, and what comes of it in one line: for the tests of all parts of the engine.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "posthorn/protocol/sieve/program.h"

namespace posthorn::sieve {

/// A world that a test fills.
class World : public Environment {
 public:
  WallTime when = WallTime(std::chrono::seconds(1'700'000'000));  // Tue, 14 Nov 2023 22:13:20 +0000
  std::chrono::minutes minutes_east{};
  std::map<std::string, std::string, std::less<>> items;
  std::map<std::string, std::string, std::less<>> settings;
  std::set<std::string, std::less<>> mailboxes;
  std::set<std::string, std::less<>> mailbox_ids;
  std::set<std::string, std::less<>> uses;                      ///< "\\Junk", or "mailbox \\Junk"
  std::map<std::string, std::string, std::less<>> annotations;  ///< "mailbox /entry", or "/entry" of the server
  std::set<std::string, std::less<>> seen;
  std::map<std::string, std::string, std::less<>> scripts;  ///< "personal:name", "global:name"
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> lists;
  Score spam_score;
  Score virus_score;
  std::string logged;

  [[nodiscard]] WallTime now() const override { return when; }
  [[nodiscard]] std::chrono::minutes zone() const override { return minutes_east; }
  [[nodiscard]] std::optional<std::string> item(View name) const override { return find(items, name); }
  [[nodiscard]] std::optional<std::string> configured(View name) const override { return find(settings, name); }
  Result<bool> mailbox_exists(View name) override { return mailboxes.contains(name); }
  Result<bool> mailbox_id_exists(View id) override { return mailbox_ids.contains(id); }
  Result<bool> special_use_exists(std::optional<View> mailbox, View use) override {
    return uses.contains(mailbox ? own(*mailbox) + " " + own(use) : own(use));
  }
  Result<std::optional<std::string>> metadata(std::optional<View> mailbox, View entry) override {
    return find(annotations, mailbox ? own(*mailbox) + " " + own(entry) : own(entry));
  }
  Result<bool> seen_before(View id) override { return seen.contains(id); }
  Result<std::shared_ptr<const Program>> include(Location where, View name) override {
    const auto text = find(scripts, (where == Location::global ? "global:" : "personal:") + own(name));
    if (!text) return std::shared_ptr<const Program>();
    Compilation made = compile(View(*text));
    if (!made.errors.empty()) return fail(peer_error(Code::syntax, made.errors.front().text));
    return std::move(made.program);
  }
  bool list_exists(View list) override { return lists.contains(list); }
  Result<bool> is_in_list(View list, View value) override {
    const auto found = lists.find(list);
    return found != lists.end() && found->second.contains(value);
  }
  Score spam() override { return spam_score; }
  Score virus() override { return virus_score; }
  bool can_notify(View method) override { return method.starts_with("mailto:"); }
  void log(View text) override { logged += own(text) + "\n"; }

 private:
  static std::optional<std::string> find(const std::map<std::string, std::string, std::less<>>& in, View name) {
    const auto found = in.find(name);
    return found == in.end() ? std::nullopt : std::optional(found->second);
  }
};

/// A run with all that goes into it.
struct Stage {
  World world;
  Envelope envelope{.from = "sender@example.org", .to = "me@example.com", .auth = std::nullopt, .parameters = {}};
  bool imap_event = false;
  std::vector<std::string> flags;
  RunOptions options;
  Outcome outcome;

  /// The errors of compiling, "line:column text" in lines; or the actions: "fileinto Junk; keep".
  std::string run(View script, View message = "From: sender@example.org\r\nSubject: hello\r\n\r\nbody\r\n");
};

/// The actions in one line.
[[nodiscard]] std::string words(const Outcome& outcome);
/// The message that is kept at the end, as the script changed it; empty: as it came.
[[nodiscard]] std::string kept(const Outcome& outcome);
/// The errors of compiling in lines; empty: there are none.
[[nodiscard]] std::string errors(View script);

}  // namespace posthorn::sieve
