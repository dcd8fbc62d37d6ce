// How one account writes and reads bodies: asks for the setting, seals what is new, opens what a session has keys for.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/protocol/imap/search_digest.h"
#include "posthorn/protocol/imap/summary.h"
#include "posthorn/service/mailbox/body.h"
#include "posthorn/service/vault/keys.h"
#include "posthorn/service/vault/sealed_message.h"
#include "posthorn/service/vault/setting.h"

#include "service/mailbox/rows.h"

namespace posthorn::mailbox {

/// Makers of search digests that nobody uses now: making one costs more than using it. Safe to call from many threads.
class DigestBuilders {
 public:
  [[nodiscard]] imap::SearchDigestBuilder take();
  /// For one that has finished its message.
  void give_back(imap::SearchDigestBuilder builder);

 private:
  static constexpr std::size_t kMost = 32;
  std::mutex mutex_;
  std::vector<imap::SearchDigestBuilder> idle_;
};

/// Opened messages of one session. One thread at a time.
class Reader : public BodyReader {
 public:
  /// @lifetime `partition` outlives this object; `keys` may be null
  Reader(const store::Partition& partition, std::shared_ptr<const vault::OpenKeys> keys)
      : partition_(partition), keys_(std::move(keys)) {}

  Result<std::string> read(const Body& body, std::uint64_t offset, std::uint64_t count) override;
  /// Reads a plain body.
  [[nodiscard]] Result<std::string> read_plain(BlobId blob, std::uint64_t offset, std::uint64_t count) const {
    return partition_.read_blob(blob, offset, count);
  }
  /// Whether this sealed body is the one that is open.
  [[nodiscard]] bool has_open(BlobId blob) const { return open_ && blob_ == blob; }
  /// Opens a sealed body. @errors those of read(); corrupt: the capsule tells another size than the row
  Result<void> open(const Body& body);
  /// The exact size of the message that is open.
  [[nodiscard]] std::uint64_t octets_of_open() const { return open_->octets(); }
  /// Reads the body that is open.
  [[nodiscard]] Result<std::string> read_open(std::uint64_t offset, std::uint64_t count);
  /// The search digest of the message that is open; empty where there is none, or none that can be read.
  [[nodiscard]] View digest_of_open();
  /// Opens the summary of the message that is open; empty for one that is not its.
  [[nodiscard]] std::string summary_of_open(View sealed);
  [[nodiscard]] const vault::OpenKeys* keys() const { return keys_.get(); }

 private:
  const store::Partition& partition_;
  const std::shared_ptr<const vault::OpenKeys> keys_;
  BlobId blob_;
  std::optional<vault::OpenedMessage> open_;
  std::uint32_t digest_octets_ = 0;
  std::optional<std::string> digest_;  // of open_
};

/// As Bodies::forget_unkept().
void forget_unkept(store::Partition& partition, const std::vector<BlobId>& blobs);

/// Safe to call from many threads.
class Bodies {
 public:
  /// @lifetime all outlive this object
  Bodies(store::Partition& partition, const Clock& clock, store::AccountId account, Sealing sealing,
         std::shared_ptr<DigestBuilders> builders)
      : partition_(partition), clock_(clock), account_(account), sealing_(sealing), builders_(std::move(builders)) {}

  /// How new mail is stored now. @errors unavailable: nobody can say, so nothing may be stored
  [[nodiscard]] Result<vault::Setting> setting() const;
  /// A new body, sealed or plain as the setting says. @errors those of setting(); unavailable (no key although sealed)
  [[nodiscard]] Result<std::unique_ptr<BodyWriter>> write();
  [[nodiscard]] Result<std::unique_ptr<BodyWriter>> write(const vault::Setting& setting);

  /// Forgets those of these finished bodies that no batch has kept. When it fails, the store does it by itself when
  /// the account is closed.
  void forget_unkept(const std::vector<BlobId>& blobs) const { mailbox::forget_unkept(partition_, blobs); }

  /// Tells the directory that all old mail follows this setting.
  Result<void> report_reprocessed(const vault::Setting& followed) const;

 private:
  Result<std::shared_ptr<vault::Sealer>> sealer(const vault::PublicKey& key);

  store::Partition& partition_;
  const Clock& clock_;
  const store::AccountId account_;
  const Sealing sealing_;
  const std::shared_ptr<DigestBuilders> builders_;
  std::mutex mutex_;
  std::shared_ptr<vault::Sealer> sealer_;  // guarded by mutex_
  TimePoint sealer_until_;                 // guarded by mutex_
  std::uint32_t sealer_messages_ = 0;      // that began with it; guarded by mutex_
};

/// Whether two settings store new mail alike.
[[nodiscard]] bool same_storage(const vault::Setting& a, const vault::Setting& b);
/// Whether a message is stored in another way than the setting wants.
[[nodiscard]] bool differs(const MessageRow& row, const vault::Setting& setting);
/// The exact size of a message, as far as these keys tell it.
[[nodiscard]] std::uint64_t exact_octets(const MessageRow& row, const vault::OpenKeys* keys);
[[nodiscard]] Body body_of(const MessageRow& row);

}  // namespace posthorn::mailbox
