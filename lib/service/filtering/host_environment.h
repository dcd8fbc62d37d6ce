// What scripts ask the world, answered by this host.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "posthorn/protocol/sieve/environment.h"
#include "posthorn/service/filtering/filtering.h"

#include "service/filtering/home.h"

namespace posthorn::filtering {

/// How `duplicate` names are kept in mind.
[[nodiscard]] std::string memory_of(View duplicate_id);

class HostEnvironment final : public sieve::Environment {
 public:
  using Include = std::function<Result<std::shared_ptr<const sieve::Program>>(sieve::Location, View)>;
  /// @lifetime `home` and `options` outlive the object
  HostEnvironment(Home& home, const Options& options, Include include)
      : home_(home), options_(options), include_(std::move(include)) {}

  WallTime now() const override { return home_.arrival().when; }
  std::chrono::minutes zone() const override { return options_.zone ? options_.zone(now()) : std::chrono::minutes(); }
  /// The host that handed the message over is read of the Received field that this site wrote, so that it is the same
  /// when the queue tries again.
  std::optional<std::string> item(View name) const override;
  Result<bool> mailbox_exists(View name) override { return home_.has_mailbox(name); }
  Result<bool> mailbox_id_exists(View id) override;
  Result<bool> special_use_exists(std::optional<View> mailbox, View use) override;
  Result<std::optional<std::string>> metadata(std::optional<View> mailbox, View entry) override {
    return home_.annotation(mailbox, entry);
  }
  Result<bool> seen_before(View id) override { return home_.remembers(memory_of(id)); }
  Result<std::shared_ptr<const sieve::Program>> include(sieve::Location where, View name) override {
    return include_(where, name);
  }
  /// One list, of those whom the owner has written to.
  bool list_exists(View list) override;
  Result<bool> is_in_list(View list, View value) override;
  /// Whether it would be filed as junk: this host tests by nothing else (RFC 5235).
  sieve::Score spam() override;
  bool can_notify(View method) override;
  void log(View text) override;

 private:
  Home& home_;
  const Options& options_;
  const Include include_;
};

}  // namespace posthorn::filtering
