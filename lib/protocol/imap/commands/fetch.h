// FETCH: facts and octets of messages, streamed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "posthorn/protocol/imap/arguments.h"
#include "posthorn/protocol/imap/spec.h"

#include "protocol/imap/section.h"

namespace posthorn::imap::commands::fetch {

/// Most items in one command.
inline constexpr std::size_t kMaxItems = 200;

struct Partial {
  std::uint64_t from = 0;
  std::uint64_t count = 0;
};

struct Item {
  enum class Kind : std::uint8_t {
    flags,
    internal_date,
    size,
    uid,
    modseq,
    email_id,
    thread_id,
    save_date,
    envelope,
    body,
    body_structure,
    preview,
    rfc822,
    rfc822_header,
    rfc822_text,
    octets,
    binary,
    binary_size,
  };
  Kind kind = Kind::flags;
  bool peek = false;  ///< does not set \Seen; only of `octets` and `binary`
  bool lazy = false;  ///< only what costs nothing; of `preview` (RFC 8970 section 3.2)
  Section section;    ///< of `octets`, `binary` and `binary_size`
  std::optional<Partial> partial;
};

/// Places among the messages of a set: the first is 1, the last -1 (RFC 9394 section 3.3).
struct Window {
  std::uint32_t first = 0;  ///< not above `last`
  std::uint32_t last = 0;
  bool from_end = false;
};

struct Modifiers {
  std::optional<std::uint64_t> changed_since;  ///< RFC 7162 section 3.1.4.1
  bool vanished = false;                       ///< section 3.2.6
  std::optional<Window> partial;
};

struct Args {
  SequenceSet messages;
  std::vector<Item> items;
  Modifiers modifiers;
};

Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "FETCH",
                         .capability = "IMAP4rev1 BINARY PREVIEW SAVEDATE",
                         .rfc = "RFC 9051 section 6.4.5",
                         .example = "FETCH 2:4 (FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.1000>)",
                         .phases = Phase::selected,
                         .effects = Effect::needs_seqnums | Effect::takes_uid});

}  // namespace posthorn::imap::commands::fetch
