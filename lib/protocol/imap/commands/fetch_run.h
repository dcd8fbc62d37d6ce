// The machine of a FETCH: one message after the other, one item after the other, a piece of a body at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/imap/commands/fetch.h"
#include "protocol/imap/message_source.h"

namespace posthorn::imap::commands::fetch {

class FetchRun final : public Execution {
 public:
  FetchRun(Args args, State& state);
  Progress step(Responder& out) override;

 private:
  using Kind = Item::Kind;

  Result<void> begin(Responder& out);
  Result<void> mark_seen();
  Result<void> start_message();
  Result<void> write_item(Responder& out, const Item& item);
  Result<void> write_octets(Responder& out, const Item& item);
  Result<void> start_stream(Responder& out, Extent extent, const std::optional<Partial>& partial);
  Result<void> stream(Responder& out);
  void next_message();
  void end_message(Responder& out);
  Progress fail_with(Responder& out, const Error& error);
  [[nodiscard]] bool at_end() const { return range_ == ranges_.size(); }

  Args args_;
  State& state_;
  std::vector<Range> ranges_;
  std::size_t range_ = 0;  // of ranges_
  SeqNum number_;          // the message that is written
  std::size_t item_ = 0;   // the item to write next; 0: the message is not begun
  Extent stream_;          // octets of a literal that are still to be written
  MessageSource source_;
  std::uint32_t seen_until_ = 0;  // up to here \Seen is set
  bool began_ = false;
  bool sets_seen_ = false;
  bool missing_ = false;  // a message was expunged elsewhere and left out
};

}  // namespace posthorn::imap::commands::fetch
