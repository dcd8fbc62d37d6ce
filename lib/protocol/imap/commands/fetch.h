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
    envelope,
    body,
    body_structure,
    rfc822,
    rfc822_header,
    rfc822_text,
    octets,
  };
  Kind kind = Kind::flags;
  bool peek = false;  ///< does not set \Seen; only of `octets`
  Section section;    ///< of `octets`
  std::optional<Partial> partial;
};

struct Args {
  SequenceSet messages;
  std::vector<Item> items;
};

Result<Args> parse(Cursor& c);
Result<std::unique_ptr<Execution>> run(Args args, State& state);
inline constexpr CommandSpec spec =
    command<parse, run>({.name = "FETCH",
                         .capability = "IMAP4rev1",
                         .rfc = "RFC 9051 section 6.4.5",
                         .example = "FETCH 2:4 (FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.1000>)",
                         .phases = Phase::selected,
                         .effects = Effect::needs_seqnums | Effect::takes_uid});

}  // namespace posthorn::imap::commands::fetch
