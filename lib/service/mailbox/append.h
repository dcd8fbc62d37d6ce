// Messages that a client sends with APPEND or REPLACE, on their way into one batch.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/mailboxes.h"

#include "service/mailbox/stored_account.h"

namespace posthorn::mailbox {

/// One thread at a time.
class StoredAppend : public imap::Append {
 public:
  /// The message that goes when the new one comes.
  struct Replaced {
    Removal removal;
    std::uint64_t octets;
  };

  /// @param mailbox  canonical name
  /// @param report  called once the messages are in: what to tell of the selected mailbox
  StoredAppend(std::shared_ptr<StoredAccount> account, std::string mailbox, std::optional<Replaced> replaced = {},
               std::function<std::vector<imap::Change>()> report = {})
      : account_(std::move(account)), mailbox_(std::move(mailbox)), replaced_(replaced), report_(std::move(report)) {}
  StoredAppend(const StoredAppend&) = delete;
  StoredAppend& operator=(const StoredAppend&) = delete;
  ~StoredAppend() override;

  Result<void> begin(const imap::Flags& flags, std::optional<WallTime> internal_date) override;
  Result<void> announce(std::uint64_t octets) override;
  Result<void> write(View octets) override;
  Result<imap::AppendOutcome> finish() override;

 private:
  Result<void> end_message();

  const std::shared_ptr<StoredAccount> account_;
  const std::string mailbox_;
  const std::optional<Replaced> replaced_;
  const std::function<std::vector<imap::Change>()> report_;
  std::vector<NewMessage> messages_;  // the last one has no body as long as there is a writer
  std::unique_ptr<BodyWriter> writer_;
  std::uint64_t octets_ = 0;          // of all messages that are over
  std::uint64_t present_octets_ = 0;  // of the present one
};

}  // namespace posthorn::mailbox
