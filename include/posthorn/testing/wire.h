// Two ends in one process: a wire without sockets that cuts octets as a test likes.
//
// Runs client and server Conversations against each other until nothing more happens. A bare session becomes a
// Conversation by testing/bound.h. The clock is turned only where an end wants a pause.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "posthorn/protocol/session.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::testing {

struct WireOptions {
  std::size_t to_server_chunk =
      std::numeric_limits<std::size_t>::max();  ///< most octets in one receive() of the server
  std::size_t to_client_chunk =
      std::numeric_limits<std::size_t>::max();  ///< most octets in one receive() of the client
  std::uint64_t cut_after =
      std::numeric_limits<std::uint64_t>::max();  ///< both directions together; then both see the end
  std::uint64_t max_steps = 1'000'000;            ///< calls of next(); an exchange that takes more counts as endless
  TlsFacts tls;                                   ///< what both ends are told when they upgrade
};

class Wire {
 public:
  /// @lifetime borrows both ends and the clock
  Wire(Conversation& client, Conversation& server, FakeClock& clock, WireOptions options = {});

  /// Runs until both ends wait for input that does not come, or are closed.
  /// @returns false when it was still busy after max_steps
  bool run();

  [[nodiscard]] bool client_closed() const { return client_.closed; }
  [[nodiscard]] bool server_closed() const { return server_.closed; }
  [[nodiscard]] bool was_cut() const { return carried_ >= options_.cut_after; }
  /// Octets carried in both directions: what to set cut_after to, one octet after the other.
  [[nodiscard]] std::uint64_t carried() const { return carried_; }
  [[nodiscard]] const std::string& heard_by_server() const { return server_.heard; }
  [[nodiscard]] const std::string& heard_by_client() const { return client_.heard; }
  [[nodiscard]] int upgrades() const { return upgrades_; }

 private:
  struct End {
    Conversation* conversation = nullptr;
    std::size_t chunk = 0;
    std::string heard;
    Wants wants = Wants::again;
    bool closed = false;
    bool told_end = false;
  };
  bool turn(End& end, End& other);
  bool move(End& from, End& to);
  void tell_end(End& end);
  bool try_upgrade();

  FakeClock& clock_;
  WireOptions options_;
  End client_;
  End server_;
  std::uint64_t carried_ = 0;
  std::uint64_t steps_ = 0;
  int upgrades_ = 0;
};

}  // namespace posthorn::testing
