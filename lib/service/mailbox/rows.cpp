#include "service/mailbox/rows.h"

#include <algorithm>

namespace posthorn::mailbox {
namespace {

class Encoder {
 public:
  explicit Encoder(std::uint8_t version = kVersion) { number(version); }
  template <class T>
  void number(T value) {
    const auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = sizeof(T); i-- > 0;) octets_.push_back(static_cast<char>((bits >> (8 * i)) & 0xFFU));
  }
  void raw(View octets) { octets_.append(octets); }
  std::string take() { return std::move(octets_); }

 private:
  std::string octets_;
};

class Decoder {
 public:
  explicit Decoder(View octets, std::uint8_t oldest = kVersion, std::uint8_t newest = 0) : rest_(octets) {
    version_ = number<std::uint8_t>();
    good_ = version_ >= oldest && version_ <= std::max(oldest, newest) && good_;
  }
  [[nodiscard]] std::uint8_t version() const { return version_; }
  template <class T>
  T number() {
    std::uint64_t value = 0;
    for (const char c : raw(sizeof(T))) value = (value << 8U) | static_cast<unsigned char>(c);
    return static_cast<T>(value);
  }
  View raw(std::size_t count) {
    if (rest_.size() < count) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const View taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  /// False when the value ended early, goes on, or has another version.
  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  View rest_;
  bool good_ = true;
  std::uint8_t version_ = 0;
};

/// What a row of a message has besides what all have; a bit each.
enum Has : std::uint8_t { kHasSaveDate = 1, kHasEmail = 2, kHasCapsule = 4 };

WallTime take_time(Decoder& in) {
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(in.number<std::uint64_t>())));
}
void put_time(Encoder& out, WallTime when) { out.number(static_cast<std::int64_t>(when.time_since_epoch().count())); }

Error broken(View what) { return Error(Code::corrupt, Blame::environment, Lasting::permanent, own(what) + " row"); }

template <class T>
Result<T> checked(const Decoder& decoder, T value, View what) {
  if (!decoder.finished()) return fail(broken(what));
  return value;
}

void put_ranges(Encoder& out, const std::vector<UidRange>& ranges) {
  out.number(static_cast<std::uint32_t>(ranges.size()));
  for (const UidRange& range : ranges) {
    out.number(range.first.value());
    out.number(range.last.value());
  }
}

std::vector<UidRange> take_ranges(Decoder& in) {
  std::vector<UidRange> ranges;
  for (std::uint32_t left = in.number<std::uint32_t>(); left > 0 && in.good(); --left) {
    const Uid first{in.number<std::uint32_t>()};
    ranges.push_back({first, Uid{in.number<std::uint32_t>()}});
  }
  return ranges;
}

std::string hex(View prefix, std::uint64_t value, std::size_t digits) {
  std::string key = own(prefix);
  for (std::size_t i = digits; i-- > 0;) key.push_back("0123456789abcdef"[(value >> (4 * i)) & 0xFU]);
  return key;
}

}  // namespace

void append_uid(std::vector<UidRange>& ranges, Uid uid) {
  if (!ranges.empty() && ranges.back().last.next() == uid) {
    ranges.back().last = uid;
  } else {
    ranges.push_back({uid, uid});
  }
}

std::string encode(const AccountRow& row) {
  Encoder out;
  out.number(row.next_mailbox);
  out.number(row.last_validity);
  out.number(row.modseq);
  out.number(row.octets);
  out.number(row.messages);
  return out.take();
}

Result<AccountRow> decode_account(View value) {
  Decoder in(value);
  AccountRow row;
  row.next_mailbox = in.number<std::uint32_t>();
  row.last_validity = in.number<std::uint32_t>();
  row.modseq = in.number<std::uint64_t>();
  row.octets = in.number<std::uint64_t>();
  row.messages = in.number<std::uint64_t>();
  return checked(in, row, "account");
}

std::string encode(const MailboxRow& row) {
  Encoder out(row.deleted_octets ? kMailboxVersion : kVersion);
  out.number(row.uid_validity);
  out.number(row.uid_next);
  out.number(row.messages);
  out.number(row.unseen);
  out.number(row.deleted);
  out.number(row.octets);
  out.number(row.modseq);
  out.number(row.log_floor);
  out.number(row.log_rows);
  if (row.deleted_octets) out.number(*row.deleted_octets);
  return out.take();
}

Result<MailboxRow> decode_mailbox(View value) {
  Decoder in(value, kVersion, kMailboxVersion);
  MailboxRow row;
  row.uid_validity = in.number<std::uint32_t>();
  row.uid_next = in.number<std::uint32_t>();
  row.messages = in.number<std::uint32_t>();
  row.unseen = in.number<std::uint32_t>();
  row.deleted = in.number<std::uint32_t>();
  row.octets = in.number<std::uint64_t>();
  row.modseq = in.number<std::uint64_t>();
  row.log_floor = in.number<std::uint64_t>();
  row.log_rows = in.number<std::uint32_t>();
  if (in.version() == kMailboxVersion) {
    row.deleted_octets = in.number<std::uint64_t>();
  } else if (row.deleted > 0) {
    row.deleted_octets.reset();
  }
  return checked(in, row, "mailbox");
}

std::string encode(const NameRow& row) {
  Encoder out;
  out.number(row.mailbox.value());
  out.number(static_cast<std::uint8_t>(row.use));
  return out.take();
}

Result<NameRow> decode_name(View value) {
  Decoder in(value);
  NameRow row;
  row.mailbox = MailboxId{in.number<std::uint32_t>()};
  const auto use = in.number<std::uint8_t>();
  if (use > static_cast<std::uint8_t>(imap::SpecialUse::all)) return fail(broken("name"));
  row.use = static_cast<imap::SpecialUse>(use);
  return checked(in, row, "name");
}

std::string encode(const MessageRow& row) {
  Encoder out(kMessageVersion);
  out.number(row.blob.value());
  out.number(row.octets);
  put_time(out, row.internal_date);
  out.number(row.modseq);
  out.number(row.system);
  std::uint8_t has = 0;
  if (row.save_date) has |= kHasSaveDate;
  if (row.email != 0) has |= kHasEmail;
  if (!row.capsule.empty()) has |= kHasCapsule;
  out.number(has);
  if (row.save_date) put_time(out, *row.save_date);
  if (row.email != 0) out.number(row.email);
  if (!row.capsule.empty()) {
    out.number(static_cast<std::uint8_t>(row.capsule.size()));
    out.raw(row.capsule);
    out.number(row.digest);
  }
  for (const std::uint16_t index : row.keywords) out.number(index);
  return out.take();
}

namespace {
/// What is in a row besides what all have.
std::uint8_t take_has(Decoder& in) {
  if (in.version() == kMessageVersion) return in.number<std::uint8_t>();
  return in.version() == kSealedVersion ? kHasCapsule : 0;
}
}  // namespace

Result<MessageRow> decode_message(View value) {
  Decoder in(value, kVersion, kMessageVersion);
  MessageRow row;
  row.blob = BlobId{in.number<std::uint64_t>()};
  row.octets = in.number<std::uint64_t>();
  row.internal_date = take_time(in);
  row.modseq = in.number<std::uint64_t>();
  row.system = in.number<std::uint8_t>();
  const std::uint8_t has = take_has(in);
  if (has > (kHasSaveDate | kHasEmail | kHasCapsule)) return fail(broken("message"));
  if ((has & kHasSaveDate) != 0) row.save_date = take_time(in);
  if ((has & kHasEmail) != 0) {
    row.email = in.number<std::uint64_t>();
    if (row.email == 0) return fail(broken("message"));
  }
  if ((has & kHasCapsule) != 0) {
    row.capsule = own(in.raw(in.number<std::uint8_t>()));
    row.digest = in.number<std::uint32_t>();
    if (row.capsule.empty()) return fail(broken("message"));
  }
  while (in.good() && !in.finished()) row.keywords.push_back(in.number<std::uint16_t>());
  return checked(in, std::move(row), "message");
}

std::string encode(const LogRow& row) {
  Encoder out;
  put_ranges(out, row.flags);
  put_ranges(out, row.expunged);
  return out.take();
}

Result<LogRow> decode_log(View value) {
  Decoder in(value);
  LogRow row;
  row.flags = take_ranges(in);
  row.expunged = take_ranges(in);
  return checked(in, std::move(row), "log");
}

std::string encode(const FlagBlock& block) {
  const FlagBlock::Parts parts = block.parts();
  Encoder out;
  out.number(static_cast<std::uint8_t>(parts.states.size()));
  for (const FlagState& state : parts.states) {
    out.number(state.modseq);
    out.number(state.system);
    out.number(static_cast<std::uint16_t>(state.keywords.size()));
    for (const std::uint16_t index : state.keywords) out.number(index);
  }
  for (std::size_t first = 0; first < FlagBlock::kUids;) {
    std::size_t end = first + 1;
    while (end < FlagBlock::kUids && parts.state_of[end] == parts.state_of[first]) ++end;
    if (parts.state_of[first] != 0) {
      out.number(static_cast<std::uint8_t>(first));
      out.number(static_cast<std::uint8_t>(end - 1));
      out.number(parts.state_of[first]);
    }
    first = end;
  }
  return out.take();
}

Result<FlagBlock> decode_flags(View value) {
  Decoder in(value);
  FlagBlock::Parts parts;
  for (auto left = in.number<std::uint8_t>(); left > 0 && in.good(); --left) {
    FlagState& state = parts.states.emplace_back();
    state.modseq = in.number<std::uint64_t>();
    state.system = in.number<std::uint8_t>();
    for (auto words = in.number<std::uint16_t>(); words > 0 && in.good(); --words)
      state.keywords.push_back(in.number<std::uint16_t>());
  }
  while (in.good() && !in.finished()) {
    const auto first = in.number<std::uint8_t>();
    const auto last = in.number<std::uint8_t>();
    const auto state = in.number<std::uint8_t>();
    if (first > last || last >= FlagBlock::kUids || state == 0 || state > parts.states.size())
      return fail(broken("flags"));
    std::fill(parts.state_of.begin() + first, parts.state_of.begin() + last + 1, state);
  }
  return checked(in, FlagBlock(std::move(parts)), "flags");
}

std::string encode_keywords(const std::vector<std::string>& words) {
  Encoder out;
  for (const std::string& word : words) {
    out.number(static_cast<std::uint8_t>(word.size()));
    out.raw(word);
  }
  return out.take();
}

Result<std::vector<std::string>> decode_keywords(View value) {
  Decoder in(value);
  std::vector<std::string> words;
  while (in.good() && !in.finished()) words.push_back(own(in.raw(in.number<std::uint8_t>())));
  return checked(in, std::move(words), "keyword");
}

std::string encode_references(std::uint32_t count) {
  Encoder out;
  out.number(count);
  return out.take();
}

Result<std::uint32_t> decode_references(View value) {
  Decoder in(value);
  const auto count = in.number<std::uint32_t>();
  return checked(in, count, "reference");
}

std::string encode_subscription() { return Encoder().take(); }

std::string encode_acl(const AclRow& row) {
  Encoder out;
  for (const imap::AclEntry& entry : row) {
    out.number(entry.rights.bits());
    out.number(static_cast<std::uint16_t>(entry.identifier.size()));
    out.raw(entry.identifier);
  }
  return out.take();
}

Result<AclRow> decode_acl(View value) {
  Decoder in(value);
  AclRow row;
  while (in.good() && !in.finished()) {
    const auto bits = in.number<std::uint16_t>();
    row.push_back({own(in.raw(in.number<std::uint16_t>())), imap::Rights::from_bits(bits)});
    if (row.back().rights.bits() != bits) return fail(broken("ACL"));
  }
  return checked(in, std::move(row), "ACL");
}

std::string encode_seen(const std::vector<UidRange>& ranges) {
  Encoder out;
  put_ranges(out, ranges);
  return out.take();
}

Result<std::vector<UidRange>> decode_seen(View value) {
  Decoder in(value);
  std::vector<UidRange> ranges = take_ranges(in);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].last < ranges[i].first || (i > 0 && ranges[i].first <= ranges[i - 1].last))
      return fail(broken("seen"));
  }
  return checked(in, std::move(ranges), "seen");
}

std::string encode_annotation(View value) {
  Encoder out;
  out.raw(value);
  return out.take();
}

Result<std::string> decode_annotation(View value) {
  if (value.empty() || static_cast<std::uint8_t>(value[0]) != kVersion) return fail(broken("annotation"));
  return own(value.substr(1));
}

std::string object_id(store::AccountId account, MailboxId id) {
  return hex(hex("m", account.value(), 16) + "-", id.value(), 8);
}

std::string encode_summary(View summary) {
  Encoder out;
  out.raw(summary);
  return out.take();
}

Result<View> decode_summary(View value) {
  Decoder in(value);
  const View summary = in.raw(value.empty() ? 0 : value.size() - 1);
  return checked(in, summary, "summary");
}

namespace keys {

std::string mailbox(MailboxId id) { return hex(kMailboxes, id.value(), 8); }
std::string keywords(MailboxId id) { return hex(kKeywords, id.value(), 8); }
std::string name(View name) { return own(kNames).append(name); }
std::string subscription(View name) { return own(kSubscriptions).append(name); }
std::string log_prefix(MailboxId id) { return hex(kLog, id.value(), 8) + "/"; }
std::string log(MailboxId id, std::uint64_t modseq) { return hex(log_prefix(id), modseq, 16); }
std::string flags_prefix(MailboxId id) { return hex(kFlags, id.value(), 8) + "/"; }
std::string flags(MailboxId id, std::uint32_t block) { return hex(flags_prefix(id), block, 8); }
std::string message_prefix(MailboxId id) { return hex(kMessages, id.value(), 8) + "/"; }
std::string message(MailboxId id, Uid uid) { return hex(message_prefix(id), uid.value(), 8); }
std::string reference(BlobId blob) { return hex(kReferences, blob.value(), 16); }
std::string acl(MailboxId id) { return hex(kAcls, id.value(), 8); }
std::string seen_prefix(MailboxId id) { return hex(kSeen, id.value(), 8) + "/"; }
std::string seen(MailboxId id, store::AccountId visitor) { return hex(seen_prefix(id), visitor.value(), 16); }
std::string annotation_prefix(MailboxId id) { return hex(kAnnotations, id.value(), 8); }
std::string note_prefix(View mailbox_id) { return own(kNotes).append(mailbox_id); }
std::string summary(BlobId blob) { return hex(kSummaries, blob.value(), 16); }

Result<std::uint64_t> number(View key, std::size_t at, std::size_t digits) {
  if (key.size() < at + digits) return fail(broken("short"));
  std::uint64_t value = 0;
  for (const char c : key.substr(at, digits)) {
    const std::size_t digit = View("0123456789abcdef").find(c);
    if (digit == View::npos) return fail(broken("oddly named"));
    value = (value << 4U) | digit;
  }
  return value;
}

Result<MailboxId> mailbox_of(View key) {
  return map(number(key, kMailboxes.size(), 8),
             [](std::uint64_t n) { return MailboxId{static_cast<std::uint32_t>(n)}; });
}

Result<Uid> uid_of(View key) {
  return map(number(key, kMessages.size() + 9, 8), [](std::uint64_t n) { return Uid{static_cast<std::uint32_t>(n)}; });
}

Result<std::uint32_t> block_of(View key) {
  return map(number(key, kFlags.size() + 9, 8), [](std::uint64_t n) { return static_cast<std::uint32_t>(n); });
}

Result<BlobId> blob_of_summary(View key) {
  return map(number(key, kSummaries.size(), 16), [](std::uint64_t n) { return BlobId{n}; });
}

}  // namespace keys
}  // namespace posthorn::mailbox
