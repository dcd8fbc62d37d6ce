// The machine of a FETCH: one message after the other, one item after the other, a piece of a body at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/imap/binary.h"
#include "protocol/imap/commands/fetch.h"
#include "protocol/imap/commands/fetch_item.h"
#include "protocol/imap/commands/fetch_set.h"
#include "protocol/imap/message_source.h"

namespace posthorn::imap::commands::fetch {

class FetchRun final : public Execution {
 public:
  FetchRun(Args args, State& state);
  Progress step(Responder& out) override;

 private:
  using Kind = Item::Kind;

  /// A part that is ready to be sent.
  struct Binary {
    BinaryReader reader;
    BinaryFacts facts;
  };
  /// What is known of the message that is written.
  struct Message {
    bool begun = false;
    bool opened = true;                 // false: a placeholder stands for it
    std::size_t item = 0;               // the item to write next
    std::size_t written = 0;            // items
    Extent stream;                      // octets of a literal that are still to be written...
    std::optional<BinaryRange> binary;  // ...or these
    std::string preview;                // where no summary has it
    std::map<const Item*, Binary> binaries;
    bool undecodable = false;  // an item is left out
  };
  /// Messages that were not sent, or not whole.
  struct LeftOut {
    bool expunged = false;  // some, elsewhere
    bool undecodable = false;
    std::uint32_t sealed = 0;
    std::uint32_t damaged = 0;
  };
  /// What the items ask for, all together.
  struct Wants {
    bool seen = false;      // sets \Seen
    bool contents = false;  // something that no placeholder can stand for
    bool octets = false;    // something of the messages themselves
    bool summary = false;   // summaries spare reading
  };

  Result<void> begin(Responder& out);
  Result<void> mark_seen();
  Result<bool> start_message(Responder& out);
  Result<void> open_message();
  [[nodiscard]] bool is_answered(const Item& item) const;
  Result<void> try_item(const Item& item);
  Result<void> try_preview();
  Result<void> try_binary(const Item& item);
  bool open_placeholder(Code why);
  [[nodiscard]] std::vector<SeqNum> unseen_ahead();
  Result<bool> write_items(Responder& out);
  [[nodiscard]] bool is_left_out(const Item& item) const;
  void write_fact(Responder& out, const Item& item);
  Result<void> write_item(Responder& out, const Item& item);
  Result<void> write_envelope_item(Responder& out, const Item& item);
  Result<void> write_structure(Responder& out, const Item& item);
  void write_preview(Responder& out, const Item& item);
  Result<void> write_fields(Responder& out, const Item& item);
  Result<void> write_octets(Responder& out, const Item& item);
  Result<void> write_binary(Responder& out, const Item& item);
  [[nodiscard]] Result<std::optional<Extent>> extent_of_item(const Item& item);
  Result<void> stream(Responder& out);
  [[nodiscard]] bool is_streaming() const {
    return message_.binary.has_value() || message_.stream.begin < message_.stream.end;
  }
  void next_message();
  void end_message(Responder& out);
  /// Tells the flags of messages that were marked ahead and then not sent.
  void tell_marked(Responder& out);
  Progress fail_with(Responder& out, const Error& error);
  void finish(Responder& out);
  [[nodiscard]] SeqNum number() const { return walk_.number(); }

  Args args_;
  State& state_;
  MessageWalk walk_;
  Message message_;
  MessageSource source_;
  FlagText flag_text_;
  Wants wants_;
  std::uint32_t seen_until_ = 0;  // up to here \Seen is set
  std::vector<SeqNum> marked_;    // as seen by this command, and the client does not know yet; ascending
  bool began_ = false;
  LeftOut left_out_;
};

}  // namespace posthorn::imap::commands::fetch
