// What a view knows of the messages of a mailbox, in little memory and shared between sessions as far as it is the
// same.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "service/mailbox/bodies.h"
#include "service/mailbox/rows.h"

namespace posthorn::mailbox {

/// Facts of messages, 48 octets for each, in ascending order of their uids. Made by share(), a copy costs next to
/// nothing: what is changed in one of both is copied then, some hundred messages at a time. One thread at a time uses a
/// copy.
class Records {
 public:
  Records() = default;
  Records(Records&&) = default;
  Records& operator=(Records&&) = default;
  /// @returns a copy. What share() returned may be shared by many threads at once as long as nobody changes it.
  [[nodiscard]] Records share() {
    for (Block& block : blocks_) block.mine = false;
    return Records(*this);
  }
  [[nodiscard]] Records share() const { return Records(*this); }

  struct Record {
    Uid uid;
    std::uint32_t octets = 0;
    BlobId blob;
    std::int64_t date = 0;
    std::uint64_t modseq = 0;
    std::uint32_t keywords = 0;  // which of sets_
    std::uint32_t saved = 0;     // seconds since 1970; 0: nobody knows
    std::uint8_t system = 0;
    bool renumbered = false;  // emails_ has its number
    bool sealed = false;
    bool gone = false;    // expunged, and the client does not know yet
    bool untold = false;  // flags changed, and the client does not know yet
  };
  /// Of all records, with those that are gone.
  struct Totals {
    std::uint32_t unseen = 0;
    std::uint32_t deleted = 0;
    std::uint32_t sealed = 0;
    std::uint64_t octets = 0;
    std::uint64_t deleted_octets = 0;
  };

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Record& at(std::size_t index) const { return (*blocks_[index / kBlock].records)[index % kBlock]; }
  [[nodiscard]] const Totals& totals() const { return totals_; }
  /// Memory that the records take, in octets.
  [[nodiscard]] std::size_t octets() const { return size_ * sizeof(Record); }
  /// The index of the first record with a uid that is not lower.
  [[nodiscard]] std::size_t lower_bound(Uid uid) const;
  /// The index of the record with this uid; size() when there is none.
  [[nodiscard]] std::size_t find(Uid uid) const;

  /// @param keys  for the exact sizes of padded messages; may be null
  void append(Uid uid, const MessageRow& row, const vault::OpenKeys* keys);
  /// @param keys  as for append()
  void change(std::size_t index, const MessageRow& row, const vault::OpenKeys* keys);
  void change(std::size_t index, const FlagState& flags);
  /// Says where the body is now, and what size it has.
  void locate(std::size_t index, const MessageRow& row, const vault::OpenKeys* keys);
  void set_gone(std::size_t index) { own(index).gone = true; }
  void set_untold(std::size_t index, bool untold) {
    if (at(index).untold != untold) own(index).untold = untold;
  }
  /// Takes out the records that are gone.
  void sweep();

  [[nodiscard]] const std::vector<std::uint16_t>& keywords(const Record& record) const {
    return sets_[record.keywords];
  }
  /// As MessageRow::email_number().
  [[nodiscard]] std::uint64_t email_number(const Record& record) const {
    return record.renumbered ? emails_.at(record.uid) : record.blob.value();
  }

 private:
  static constexpr std::size_t kBlock = 256;
  struct Block {
    std::shared_ptr<std::vector<Record>> records;
    bool mine = false;  // no other copy has it
  };
  Records(const Records&) = default;

  /// The record, to be changed: what others share is copied.
  Record& own(std::size_t index);
  void own(Block& block);
  void push(const Record& record);
  void count(const Record& record, int sign);
  static void settle(Record& record, const MessageRow& row, const vault::OpenKeys* keys);
  std::uint32_t intern(const std::vector<std::uint16_t>& set);

  std::vector<Block> blocks_;  // all full but the last one
  std::size_t size_ = 0;
  Totals totals_;
  std::vector<std::vector<std::uint16_t>> sets_{{}};
  std::map<std::vector<std::uint16_t>, std::uint32_t> numbers_{{{}, 0}};
  std::unordered_map<Uid, std::uint64_t> emails_;  // of messages whose body has another number: few
};

/// A mailbox as some session of the process found it, for the next ones.
struct Index {
  MailboxRow row;
  Records records;  // none gone, none untold
};

}  // namespace posthorn::mailbox
