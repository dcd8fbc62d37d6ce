// One message of the selected mailbox, read piece by piece: never more than one buffer of it in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"
#include "posthorn/protocol/imap/mailboxes.h"
#include "posthorn/protocol/imap/summary.h"

#include "protocol/imap/kept_summary.h"
#include "protocol/imap/section.h"

namespace posthorn::imap {

/// Octets read at once: for bodies, and where only the header is wanted.
inline constexpr std::size_t kBodyPiece = 65'536;
inline constexpr std::size_t kHeaderPiece = 8'192;
/// What is kept of a header; fields behind it are not looked at.
inline constexpr std::size_t kMaxHeader = std::size_t{1} << 20U;

class MessageSource {
 public:
  /// Turns to another message; forgets what was known of the last one.
  void open(SelectedMailbox& mailbox, SeqNum number);
  /// The same, of a message that is in memory.
  void open(std::string octets);
  /// Asks for the summary of the message that is open, which spares reading it. Without one nothing changes.
  void look_up_summary();
  /// null: there is none. @lifetime until the next open()
  [[nodiscard]] const Summary* summary() const { return summary_.get(); }

  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Some octets from `offset` on, at least one before the end of the message. @lifetime until the next call
  /// @errors not_found when the message is expunged elsewhere; corrupt when it is shorter than its size
  [[nodiscard]] Result<View> at(std::uint64_t offset, std::size_t piece = kBodyPiece);
  /// Where the body begins; size() when no empty line ends the header.
  [[nodiscard]] Result<std::uint64_t> header_end();
  /// Octets [begin, end), at most kMaxHeader of them.
  [[nodiscard]] Result<std::string> text(std::uint64_t begin, std::uint64_t end);
  /// The tree of parts with their header fields; reads the whole message once.
  [[nodiscard]] Result<const mime::Outline*> outline();
  /// The tree of parts, perhaps without their header fields; reads the message only where no summary has it.
  [[nodiscard]] Result<const mime::Outline*> tree();
  /// Of any section; for field lists the header that they are taken from. nullopt: the message has no such part.
  [[nodiscard]] Result<std::optional<Extent>> extent(Section::Kind kind, const Section& section);

 private:
  void forget();

  SelectedMailbox* mailbox_ = nullptr;
  SeqNum number_;
  std::uint64_t size_ = 0;
  std::string piece_;
  std::uint64_t piece_at_ = 0;
  std::optional<std::uint64_t> header_end_;
  std::optional<mime::Outline> outline_;
  std::optional<mime::Outline> tree_;  // from the summary
  KeptSummary summary_;
};

}  // namespace posthorn::imap
