// One client: a connection after the other, and what it does on them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "stress/connection.h"
#include "stress/operations.h"
#include "stress/site.h"

namespace posthorn::stress {

class Client {
 public:
  enum class Turn : std::uint8_t { wait, again, work };

  Client(Site& site, std::uint32_t number, std::uint64_t seed);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() = default;

  /// Goes on for a while. One thread at a time, and none while work() runs.
  [[nodiscard]] Turn turn();
  /// What Turn::work asks for; blocks.
  void work();
  /// When turn() is to be called without a wake-up.
  [[nodiscard]] TimePoint again_at() const { return again_at_; }
  /// @param wake  called from any thread, at any time
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }
  /// Commands that were answered.
  [[nodiscard]] std::uint64_t answered() const { return member_.answered; }
  /// What it is doing, for a report.
  [[nodiscard]] std::string text() const;
  /// After the run: what it was told of its keyword, against what the store holds.
  void close(std::size_t box, std::span<const Held> held) const;

 private:
  void connect();
  void complain(const std::string& what) const;
  bool speak();
  bool speak_at_random();
  bool select_something();
  bool agree();
  bool idle(Phase phase);
  bool arrive(Phase phase);

  const std::uint32_t number_;
  Member member_;
  Operations operations_;
  std::unique_ptr<Connection> connection_;
  std::function<void()> wake_;
  TimePoint again_at_;
  TimePoint idle_until_;
  std::size_t drop_in_ = 0;  // turns after which the connection is lost; 0: it is not
  bool asked_ = false;       // NOOP was sent in this phase
  Phase arrived_ = Phase::running;
};

}  // namespace posthorn::stress
