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

  /// What is known of the message that is written.
  struct Message {
    std::size_t item = 0;      // the item to write next; 0: the message is not begun
    std::size_t written = 0;   // items
    bool opened = true;        // false: a placeholder stands for it
    Extent stream;             // octets of a literal that are still to be written
  };
  /// Messages that were not sent, or not whole.
  struct LeftOut {
    bool expunged = false;  // some, elsewhere
    std::uint32_t sealed = 0;
    std::uint32_t damaged = 0;
  };

  Result<void> begin(Responder& out);
  Result<void> mark_seen();
  Result<bool> start_message(Responder& out);
  Result<void> open_message();
  Result<void> try_item(const Item& item);
  bool open_placeholder(Code why);
  [[nodiscard]] std::vector<SeqNum> unseen_ahead();
  Result<bool> write_items(Responder& out);
  Result<void> write_item(Responder& out, const Item& item);
  Result<void> write_octets(Responder& out, const Item& item);
  Result<std::optional<Extent>> extent_of_item(const Item& item);
  Result<void> start_stream(Responder& out, Extent extent);
  Result<void> stream(Responder& out);
  void next_message();
  void end_message(Responder& out);
  Progress fail_with(Responder& out, const Error& error);
  void finish(Responder& out) const;
  [[nodiscard]] bool at_end() const { return range_ == ranges_.size(); }

  Args args_;
  State& state_;
  std::vector<Range> ranges_;
  std::size_t range_ = 0;  // of ranges_
  SeqNum number_;          // the message that is written
  Message message_;
  MessageSource source_;
  std::uint32_t seen_until_ = 0;  // up to here \Seen is set
  bool began_ = false;
  bool sets_seen_ = false;
  bool wants_contents_ = false;
  LeftOut left_out_;
};

}  // namespace posthorn::imap::commands::fetch
