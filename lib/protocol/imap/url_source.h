// The octets of a message or a part that a URL names, read piece by piece.
#pragma once

#include <memory>
#include <string>

#include "posthorn/protocol/imap/state.h"

#include "protocol/imap/message_source.h"
#include "protocol/imap/section.h"
#include "protocol/imap/url.h"

namespace posthorn::imap {

class UrlSource {
 public:
  explicit UrlSource(State& state) : state_(state) {}

  /// Turns to what a URL names.
  /// @returns its octets. @errors not_found: no such mailbox, message or part, or another UIDVALIDITY; those of reading
  [[nodiscard]] Result<std::uint64_t> open(const MessageUrl& url);
  /// The next octets; empty: that was all. @lifetime until the next call. @errors as open()
  [[nodiscard]] Result<View> next();

 private:
  Result<SelectedMailbox*> mailbox(const std::string& name, Uid uid);
  Result<Extent> extent(const Section& section);

  State& state_;
  std::unique_ptr<SelectedMailbox> other_;  // the mailbox of the last URL, when it was not the selected one
  std::string other_name_;
  MessageSource message_;
  Extent left_;
  std::string fields_;  // of a field list, which is made up; empty: the octets are those of the message
};

}  // namespace posthorn::imap
