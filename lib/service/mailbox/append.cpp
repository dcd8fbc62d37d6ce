#include "service/mailbox/append.h"

#include <limits>
#include <utility>

#include "service/mailbox/names.h"

namespace posthorn::mailbox {

namespace {
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return b > std::numeric_limits<std::uint64_t>::max() - a ? std::numeric_limits<std::uint64_t>::max() : a + b;
}
}  // namespace

StoredAppend::~StoredAppend() {
  if (writer_) messages_.pop_back();
  if (messages_.empty()) return;
  std::vector<BlobId> blobs;
  for (const NewMessage& message : messages_) blobs.push_back(message.body.blob);
  account_->bodies().forget_unkept(blobs);
}

Result<void> StoredAppend::begin(const imap::Flags& flags, std::optional<WallTime> internal_date) {
  if (Result<void> ended = end_message(); !ended) return ended;
  for (const std::string& word : flags.keywords) {
    if (Result<void> good = check_keyword(word, account_->limits()); !good) return good;
  }
  if (messages_.size() >= account_->limits().joined_messages) return fail(peer_error(Code::too_many, "messages"));
  Result<std::unique_ptr<BodyWriter>> writer = account_->write_body();
  if (!writer) return fail(std::move(writer.error()));
  writer_ = std::move(*writer);
  NewMessage& message = messages_.emplace_back();
  message.mailbox = mailbox_;
  message.flags = flags;
  message.internal_date = internal_date.value_or(account_->ledger().wall());
  return {};
}

Result<void> StoredAppend::announce(std::uint64_t octets) {
  const std::uint64_t message = sum(present_octets_, octets);
  if (message > account_->limits().message_octets) return fail(peer_error(Code::too_long, "message"));
  const std::uint64_t all = sum(octets_, message);
  if (!replaced_) return account_->room_for(messages_.size(), all);
  if (all <= replaced_->octets) return {};
  return account_->room_for(0, all - replaced_->octets);
}

Result<void> StoredAppend::write(View octets) {
  if (writer_ == nullptr) return fail(caller_error(Code::misuse, "no message begun"));
  present_octets_ += octets.size();
  return writer_->append(octets);
}

Result<void> StoredAppend::end_message() {
  if (writer_ == nullptr) return {};
  const std::unique_ptr<BodyWriter> writer = std::move(writer_);
  Result<Body> body = writer->finish();
  if (!body) {
    messages_.pop_back();
    return fail(std::move(body.error()));
  }
  messages_.back().body = std::move(*body);
  octets_ += std::exchange(present_octets_, 0);
  return {};
}

Result<imap::AppendOutcome> StoredAppend::finish() {
  if (Result<void> ended = end_message(); !ended) return fail(std::move(ended.error()));
  // Whatever comes of it, the account takes care of the bodies.
  const std::vector<NewMessage> messages = std::exchange(messages_, {});
  const bool alone = messages.size() == 1 && !replaced_;
  if (alone) {  // joins others that wait
    return map(account_->add(messages.front()),
               [](const Added& added) { return imap::AppendOutcome{added.uid_validity, {added.uid}, {}}; });
  }
  Result<imap::AppendOutcome> outcome =
      account_->add_together(messages, replaced_ ? std::optional(replaced_->removal) : std::nullopt);
  if (outcome && report_) outcome->changes = report_();
  return outcome;
}

}  // namespace posthorn::mailbox
