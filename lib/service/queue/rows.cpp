#include "service/queue/rows.h"

#include <array>
#include <charconv>

namespace posthorn::queue {

namespace {

/// Numbers and texts behind one another.
class Packer {
 public:
  Packer() { octets_.push_back(static_cast<char>(kVersion)); }
  Packer& number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) octets_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    octets_.push_back(static_cast<char>(value));
    return *this;
  }
  Packer& text(View value) {
    number(value.size());
    octets_.append(value);
    return *this;
  }
  Packer& time(WallTime value) { return number(static_cast<std::uint64_t>(value.time_since_epoch().count())); }
  std::string take() { return std::move(octets_); }

 private:
  std::string octets_;
};

/// Reads what a Packer wrote; the first failure sticks.
class Unpacker {
 public:
  explicit Unpacker(View octets) : rest_(octets) {
    const std::uint64_t version = number();
    newer_ = good_ && version > kVersion;
    good_ = good_ && version == kVersion;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto octet = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(octet & 0x7FU) << shift;
      if (octet < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  View view() {
    const std::uint64_t size = number();
    if (size > rest_.size()) good_ = false;
    if (!good_) return {};
    const View value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  std::string text() { return own(view()); }
  WallTime time() { return WallTime(std::chrono::seconds(static_cast<std::int64_t>(number()))); }
  template <class Enum>
  Enum word(Enum last) {
    const std::uint64_t value = number();
    if (value > static_cast<std::uint64_t>(last)) good_ = false;
    return static_cast<Enum>(value);
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool more() const { return good_ && !rest_.empty(); }
  template <class T>
  Result<T> finish(T value) const {
    return so_far(rest_.empty(), std::move(value));
  }
  /// Whatever follows.
  template <class T>
  Result<T> stop(T value) const {
    return so_far(true, std::move(value));
  }

 private:
  template <class T>
  Result<T> so_far(bool complete, T value) const {
    if (newer_) return fail(environment_error(Code::unsupported, "a row of a newer version"));
    if (!good_ || !complete) return fail(environment_error(Code::corrupt, "a damaged row of the queue"));
    return value;
  }

  View rest_;
  bool good_ = true;
  bool newer_ = false;
};

std::string named(View prefix, View name) { return own(prefix) + own(name); }

std::string item_text(const ItemKey& key) {
  std::string text = key.message.text() + ":";
  for (int shift = 12; shift >= 0; shift -= 4)
    text.push_back("0123456789abcdef"[(key.item >> static_cast<unsigned>(shift)) & 0xFU]);
  return text;
}

enum ItemFlags : unsigned { kHeld = 1, kDelayTold = 2, kJunk = 4, kItemBy = 8, kSealed = 16 };
enum NotifyFlags : unsigned { kGiven = 1, kSuccess = 2, kFailure = 4, kDelay = 8, kNever = 16 };
enum MessageFlags : unsigned {
  kUtf8 = 1,
  kEightBit = 2,
  kBinary = 4,
  kByTime = 8,
  kReturnLate = 16,
  kMadeHere = 32,
  kTlsRequired = 64,
  kTlsOptional = 128,
  kKeptBack = 256
};

unsigned flags_of(const Notify& notify) {
  return (notify.given ? kGiven : 0U) | (notify.success ? kSuccess : 0U) | (notify.failure ? kFailure : 0U) |
         (notify.delay ? kDelay : 0U) | (notify.never ? kNever : 0U);
}

Notify notify_of(std::uint64_t flags) {
  return {(flags & kNever) != 0, (flags & kSuccess) != 0, (flags & kFailure) != 0, (flags & kDelay) != 0,
          (flags & kGiven) != 0};
}

}  // namespace

std::string message_key(const MessageId& id) { return named(kMessages, id.text()); }
std::string item_key(const ItemKey& key) { return named(kItems, item_text(key)); }
std::string items_of(const MessageId& id) { return named(kItems, id.text() + ":"); }
std::string destination_key(const Destination& destination) { return named(kDestinations, destination.text()); }
std::string frozen_key(View account) { return named(kFrozen, account); }
std::string news_key(const ItemKey& key) { return named(kNews, item_text(key)); }
std::string command_key(const MessageId& order) { return named(kCommands, order.text()); }
std::string accepted_key(const MessageId& id) { return named(kAccepted, id.text()); }
std::string ended_key(const ItemKey& key, std::uint32_t recipient) {
  return named(kEnded, item_text(key)) + ":r" + std::to_string(recipient);
}

std::optional<ItemKey> parse_item_key(View key) {
  constexpr std::size_t kMessageEnd = 2 + 24;
  if (key.size() < kMessageEnd + 5 || key[kMessageEnd] != ':') return std::nullopt;
  const auto message = MessageId::parse(key.substr(2, 24));
  const View digits = key.substr(kMessageEnd + 1, 4);
  std::uint16_t item = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), item, 16);
  if (!message || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return ItemKey{*message, item};
}

std::optional<MessageId> parse_message_key(View key) {
  return key.size() < 2 ? std::nullopt : MessageId::parse(key.substr(2));
}

Result<void> each_row(const store::Partition& rows, View prefix,
                      const std::function<Result<bool>(View key, View value)>& take) {
  Result<bool> go_on = true;
  const auto scanned = rows.scan(prefix, store::after_prefix(prefix), [&](View key, View value, store::Revision) {
    go_on = take(key, value);
    return go_on.value_or(false);
  });
  if (!scanned) return scanned;
  return go_on ? Result<void>() : fail(go_on.error());
}

std::string format(const Message& message) {
  const unsigned flags =
      (message.utf8 ? kUtf8 : 0U) | (message.eight_bit ? kEightBit : 0U) | (message.binary ? kBinary : 0U) |
      (message.deliver_by ? kByTime : 0U) | (message.return_late ? kReturnLate : 0U) |
      (message.made_here ? kMadeHere : 0U) | (message.tls == TlsWish::required ? kTlsRequired : 0U) |
      (message.tls == TlsWish::optional ? kTlsOptional : 0U) | (message.not_before != WallTime{} ? kKeptBack : 0U);
  Packer pack;
  pack.text(message.sender).text(message.account).text(message.envelope_id);
  pack.number(static_cast<std::uint64_t>(message.content)).number(flags);
  pack.number(static_cast<std::uint64_t>(message.priority + 128)).time(message.deliver_by.value_or(WallTime{}));
  pack.time(message.arrived).number(message.body.value()).number(message.octets);
  if (message.not_before != WallTime{}) pack.time(message.not_before);
  return pack.take();
}

Result<Message> parse_message(View octets) {
  Unpacker unpack(octets);
  Message message;
  message.sender = unpack.text();
  message.account = unpack.text();
  message.envelope_id = unpack.text();
  message.content = unpack.word(Return::headers);
  const std::uint64_t flags = unpack.number();
  message.utf8 = (flags & kUtf8) != 0;
  message.eight_bit = (flags & kEightBit) != 0;
  message.binary = (flags & kBinary) != 0;
  message.return_late = (flags & kReturnLate) != 0;
  message.made_here = (flags & kMadeHere) != 0;
  if ((flags & kTlsOptional) != 0) message.tls = TlsWish::optional;
  if ((flags & kTlsRequired) != 0) message.tls = TlsWish::required;
  message.priority = static_cast<std::int8_t>(static_cast<int>(unpack.number() & 0xFFU) - 128);
  const WallTime deliver_by = unpack.time();
  if ((flags & kByTime) != 0) message.deliver_by = deliver_by;
  message.arrived = unpack.time();
  message.body = store::BlobId(unpack.number());
  message.octets = unpack.number();
  if ((flags & kKeptBack) != 0) message.not_before = unpack.time();
  return unpack.finish(std::move(message));
}

std::string format(const Item& item, View account) {
  Packer pack;
  pack.text(account)
      .text(item.destination.text())
      .number((item.held ? kHeld : 0U) | (item.delay_told ? kDelayTold : 0U) | (item.junk ? kJunk : 0U) |
              (item.by != WallTime{} ? kItemBy : 0U) | (item.seal ? kSealed : 0U));
  pack.time(item.next);
  if (item.by != WallTime{}) pack.time(item.by);
  pack.number(item.attempts).text(item.last).text(item.sender).text(item.prefix);
  if (item.seal) pack.text(item.seal->domain).text(item.seal->results);
  for (const Recipient& recipient : item.recipients) {
    pack.number(recipient.number).text(recipient.address).text(recipient.original).number(flags_of(recipient.notify));
  }
  return pack.take();
}

Result<Scheduled> parse_scheduled(View octets) {
  Unpacker unpack(octets);
  Scheduled scheduled;
  scheduled.account = unpack.view();
  scheduled.destination = unpack.view();
  const std::uint64_t flags = unpack.number();
  scheduled.held = (flags & kHeld) != 0;
  scheduled.next = unpack.time();
  if ((flags & kItemBy) != 0) scheduled.by = unpack.time();
  scheduled.attempts = static_cast<std::uint32_t>(unpack.number());
  return unpack.stop(scheduled);
}

Result<Item> parse_item(View octets, std::string* account) {
  Unpacker unpack(octets);
  Item item;
  const View submitter = unpack.view();
  if (account != nullptr) *account = own(submitter);
  item.destination = Destination::parse(unpack.text());
  const std::uint64_t flags = unpack.number();
  item.held = (flags & kHeld) != 0;
  item.delay_told = (flags & kDelayTold) != 0;
  item.junk = (flags & kJunk) != 0;
  item.next = unpack.time();
  if ((flags & kItemBy) != 0) item.by = unpack.time();
  item.attempts = static_cast<std::uint32_t>(unpack.number());
  item.last = unpack.text();
  item.sender = unpack.text();
  item.prefix = unpack.text();
  if ((flags & kSealed) != 0) {
    Seal& seal = item.seal.emplace();
    seal.domain = unpack.text();
    seal.results = unpack.text();
  }
  while (unpack.more()) {
    Recipient& recipient = item.recipients.emplace_back();
    recipient.number = static_cast<std::uint32_t>(unpack.number());
    recipient.address = unpack.text();
    recipient.original = unpack.text();
    recipient.notify = notify_of(unpack.number());
  }
  return unpack.finish(std::move(item));
}

std::string format(const DestinationRow& row) {
  Packer pack;
  pack.time(row.failing_since).time(row.next).number(row.failures).text(row.status).text(row.last).number(row.warned);
  return pack.take();
}

Result<DestinationRow> parse_destination(View octets) {
  Unpacker unpack(octets);
  DestinationRow row;
  row.failing_since = unpack.time();
  row.next = unpack.time();
  row.failures = static_cast<std::uint32_t>(unpack.number());
  row.status = unpack.text();
  row.last = unpack.text();
  row.warned = static_cast<std::uint8_t>(unpack.number());
  return unpack.finish(std::move(row));
}

std::string format(const CommandRow& row) {
  return Packer().number(static_cast<std::uint64_t>(row.kind)).text(row.subject).take();
}

Result<CommandRow> parse_command(View octets) {
  Unpacker unpack(octets);
  CommandRow row;
  row.kind = unpack.word(Order::hand_over);
  row.subject = unpack.text();
  return unpack.finish(std::move(row));
}

std::string format(const Acceptance& row) { return Packer().number(row.recipients).take(); }

Result<Acceptance> parse_acceptance(View octets) {
  Unpacker unpack(octets);
  Acceptance row;
  row.recipients = static_cast<std::uint32_t>(unpack.number());
  return unpack.finish(row);
}

std::string format(const std::vector<End>& ends) {
  Packer pack;
  for (const End& end : ends) {
    pack.number(end.recipient).number(static_cast<std::uint64_t>(end.ending)).time(end.time);
  }
  return pack.take();
}

Result<std::vector<End>> parse_ends(View octets) {
  Unpacker unpack(octets);
  std::vector<End> ends;
  while (unpack.more()) {
    End& end = ends.emplace_back();
    end.recipient = static_cast<std::uint32_t>(unpack.number());
    end.ending = unpack.word(Ending::unkept);
    end.time = unpack.time();
  }
  return unpack.finish(std::move(ends));
}

}  // namespace posthorn::queue
