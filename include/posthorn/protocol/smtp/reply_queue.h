// Replies in wire order, however the answers come in: the pipelining of RFC 2920 as a queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/buffer.h"
#include "posthorn/protocol/session.h"
#include "posthorn/protocol/smtp/state.h"

namespace posthorn::smtp {

class ReplyQueue {
 public:
  /// Adds a reply that is known; it goes out behind all that are owed.
  void say(View text);
  /// Keeps a place for the reply to a command. All places that are open at a time are of one verb.
  [[nodiscard]] Ticket owe(Verb verb);
  /// Fills the place of a ticket, which must be open.
  void settle(const Ticket& ticket, View text);

  [[nodiscard]] std::size_t owed() const { return open_; }
  /// The verb of the open places; only while owed().
  [[nodiscard]] Verb owed_verb() const { return verb_; }

  [[nodiscard]] View transmit() const { return output_.view(); }
  void transmitted(std::size_t octets) { output_.consume(octets); }

 private:
  struct Place {
    std::uint64_t ticket = 0;  ///< 0: filled
    std::string text;
  };
  Buffer output_;
  std::vector<Place> places_;  // from the first open one on
  std::uint64_t tickets_ = 0;
  std::size_t open_ = 0;
  Verb verb_ = Verb::noop;
};

}  // namespace posthorn::smtp
