// Messages of a mailbox as octets, one after the other, for whoever writes them to Maildir, mbox or elsewhere.
#pragma once

#include <cstdint>

#include "posthorn/bytes/result.h"
#include "posthorn/service/mailbox/account.h"

namespace posthorn::mailbox {

/// Receives what is exported. A call that fails ends the export with that failure.
class ExportSink {
 public:
  virtual ~ExportSink() = default;
  /// A message begins. @lifetime during the call
  virtual Result<void> begin(const StoredMessage& message) = 0;
  /// The next octets of the message as they are stored, line ends CRLF.
  virtual Result<void> octets(View part) = 0;
  virtual Result<void> finish() = 0;
  /// The message was expunged while it was exported: what began shall not be kept.
  virtual Result<void> abandon() = 0;
};

/// Octets that one call of ExportSink::octets gets at most.
inline constexpr std::uint64_t kExportPart = 256U << 10U;

/// Exports all messages that a mailbox has now, in the order of their uids; those expunged meanwhile are left out.
/// @returns the number of exported messages @errors not_found (the mailbox), those of the store and of the sink
[[nodiscard]] Result<std::uint64_t> export_mailbox(const Account& account, View mailbox, ExportSink& sink);

}  // namespace posthorn::mailbox
