#include "posthorn/service/queue/handover.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/timestamp.h"
#include "posthorn/grammar/mail/typed_text.h"

namespace posthorn::queue {

namespace {

constexpr View kEnvelope = "posthorn envelope ";
constexpr View kManifest = "posthorn queue export ";
constexpr View kNewest = "1";
constexpr std::size_t kNameDigits = 24;
constexpr std::size_t kShaDigits = 64;

struct NeedRow {
  View word;
  bool Message::* flag;
};
constexpr std::array kNeeds = {NeedRow{"smtputf8", &Message::utf8}, NeedRow{"8bitmime", &Message::eight_bit},
                               NeedRow{"binarymime", &Message::binary}};

Error damaged(View what) { return environment_error(Code::syntax, own(what)); }

/// Lines of a text, each with its key; the first that is not as it must be stops everything.
class Lines {
 public:
  explicit Lines(View text) : rest_(text) {}
  /// The next line, when it begins with `key`; without that.
  std::optional<View> take(View key) {
    const std::size_t end = rest_.find('\n');
    if (end == View::npos || !rest_.substr(0, end).starts_with(key)) return std::nullopt;
    const View line = rest_.substr(key.size(), end - key.size());
    rest_.remove_prefix(end + 1);
    return line;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  View rest_;
};

Result<void> heading(Lines& lines, View kind) {
  const auto version = lines.take(kind);
  if (!version) return fail(damaged("no '" + own(kind) + own(kNewest) + "' in the first line"));
  if (*version != kNewest) return fail(environment_error(Code::unsupported, "a newer version: " + own(*version)));
  return {};
}

bool is_clean(View text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

bool is_sha(View text) { return text.size() == kShaDigits && text.find_first_not_of("0123456789abcdef") == View::npos; }

/// An address as the queue keeps it: what parses is what can go over SMTP.
bool is_address(View text) { return is_clean(text) && mail::parse_mailbox(text, true).has_value(); }

template <class Number>
bool read_number(View text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string numbers_text(const std::vector<std::uint32_t>& numbers) {
  std::string text;
  for (const std::uint32_t number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

View next_part(View& rest, char end) {
  const std::size_t size = std::min(rest.find(end), rest.size());
  const View part = rest.substr(0, size);
  rest.remove_prefix(std::min(size + 1, rest.size()));
  return part;
}

// "NAME NUMBER,NUMBER"
std::optional<HandedRecipients> parse_recipients(View name, View numbers) {
  const auto key = parse_item_name(name);
  if (!key || numbers.empty()) return std::nullopt;
  HandedRecipients handed{*key, {}};
  while (!numbers.empty()) {
    if (!read_number(next_part(numbers, ','), handed.numbers.emplace_back())) return std::nullopt;
  }
  return handed;
}

// --- envelopes -------------------------------------------------------------------------------------------------------

std::string recipient_line(const Recipient& recipient) {
  std::string line = "recipient " + std::to_string(recipient.number);
  if (recipient.notify.given) line += " notify=" + smtp::format_notify(recipient.notify);
  if (!recipient.original.empty()) line += " orcpt=" + mail::xtext_encode(recipient.original);
  return line + " <" + recipient.address + ">\n";
}

bool parse_recipient(View line, Recipient& out) {
  const std::size_t bracket = line.find('<');
  if (bracket == View::npos || bracket == 0 || !line.ends_with('>')) return false;
  out.address = own(line.substr(bracket + 1, line.size() - bracket - 2));
  View words = line.substr(0, bracket - 1);
  if (!is_address(out.address) || !read_number(next_part(words, ' '), out.number)) return false;
  while (!words.empty()) {
    const View word = next_part(words, ' ');
    if (word.starts_with("notify=")) {
      const auto notify = smtp::parse_notify(word.substr(7));
      if (!notify) return false;
      out.notify = *notify;
    } else if (word.starts_with("orcpt=")) {
      auto original = mail::xtext_decode(word.substr(6));
      if (!original) return false;
      out.original = std::move(*original);
    } else {
      return false;
    }
  }
  return true;
}

bool parse_path(View text, std::string& out) {
  if (!text.starts_with('<') || !text.ends_with('>') || text.size() < 2) return false;
  out = own(text.substr(1, text.size() - 2));
  return out.empty() || is_address(out);
}

bool parse_needs(View words, Message& message) {
  while (!words.empty()) {
    const View word = next_part(words, ' ');
    const auto row = std::find_if(kNeeds.begin(), kNeeds.end(), [&](const NeedRow& need) { return need.word == word; });
    if (row == kNeeds.end()) return false;
    message.*(row->flag) = true;
  }
  return true;
}

bool parse_deadline(View text, Message& message) {
  const View time = next_part(text, ' ');
  message.deliver_by = mail::parse_timestamp(time);
  message.return_late = text == "return";
  return message.deliver_by && (message.return_late || text == "notify");
}

std::string wishes_text(const Message& message) {
  std::string text;
  if (!message.envelope_id.empty()) text += "envid " + mail::xtext_encode(message.envelope_id) + "\n";
  if (message.content != Return::unspecified)
    text += message.content == Return::full ? "return full\n" : "return headers\n";
  std::string needs;
  for (const NeedRow& need : kNeeds) {
    if (message.*(need.flag)) needs += " " + own(need.word);
  }
  if (!needs.empty()) text += "needs" + needs + "\n";
  if (message.priority != 0) text += "priority " + std::to_string(message.priority) + "\n";
  if (message.deliver_by) {
    text +=
        "deliver-by " + mail::format_timestamp(*message.deliver_by) + (message.return_late ? " return\n" : " notify\n");
  }
  if (message.not_before != WallTime{}) text += "not-before " + mail::format_timestamp(message.not_before) + "\n";
  return text;
}

bool parse_wishes(Lines& lines, Message& message) {
  if (const auto id = lines.take("envid ")) {
    auto decoded = mail::xtext_decode(*id);
    if (!decoded || decoded->empty()) return false;
    message.envelope_id = std::move(*decoded);
  }
  if (const auto word = lines.take("return ")) {
    if (*word != "full" && *word != "headers") return false;
    message.content = *word == "full" ? Return::full : Return::headers;
  }
  if (const auto words = lines.take("needs ")) {
    if (!parse_needs(*words, message)) return false;
  }
  if (const auto priority = lines.take("priority ")) {
    const auto value = smtp::parse_priority(*priority);
    if (!value) return false;
    message.priority = *value;
  }
  if (const auto deadline = lines.take("deliver-by ")) {
    if (!parse_deadline(*deadline, message)) return false;
  }
  const auto kept_back = lines.take("not-before ");
  const auto until = mail::parse_timestamp(kept_back.value_or(View()));
  message.not_before = until.value_or(WallTime{});
  return !kept_back || until.has_value();
}

bool parse_envelope_lines(Lines& lines, HandedItem& handed) {
  const auto name = lines.take("item ");
  const auto key = parse_item_name(name.value_or(View()));
  const auto arrived = mail::parse_timestamp(lines.take("arrived ").value_or(View()));
  const auto destination = lines.take("destination ");
  if (!key || !arrived || !destination) return false;
  handed.key = *key;
  handed.message.arrived = *arrived;
  handed.item.destination = Destination::parse(*destination);
  handed.message.tls = handed.item.destination.tls;
  if (!parse_path(lines.take("sender ").value_or(View()), handed.item.sender)) return false;
  if (!parse_path(lines.take("reports-to ").value_or(View()), handed.message.sender)) return false;
  if (!parse_wishes(lines, handed.message)) return false;
  handed.item.delay_told = lines.take("delay told").has_value();
  const auto octets = lines.take("octets ");
  const auto sha256 = lines.take("sha256 ");
  if (!octets || !read_number(*octets, handed.message.octets) || !sha256 || !is_sha(*sha256)) return false;
  handed.sha256 = own(*sha256);
  while (const auto recipient = lines.take("recipient ")) {
    if (!parse_recipient(*recipient, handed.item.recipients.emplace_back())) return false;
  }
  return !handed.item.recipients.empty() && lines.take("end") && lines.at_end();
}

// --- manifests -------------------------------------------------------------------------------------------------------

std::string row_text(const HandedRecipients& handed) {
  return name_of(handed.key) + " " + numbers_text(handed.numbers);
}

std::string manifest_body(const Manifest& manifest) {
  std::string text = own(kManifest) + own(kNewest) + "\nsubject " + manifest.subject + "\ntime " +
                     mail::format_timestamp(manifest.time) + "\n";
  for (const Manifest::Row& row : manifest.rows)
    text += "item " + row_text(row.recipients) + " " + row.envelope_sha256 + "\n";
  return text;
}

bool parse_manifest_lines(Lines& lines, Manifest& manifest) {
  const auto subject = lines.take("subject ");
  const auto time = mail::parse_timestamp(lines.take("time ").value_or(View()));
  if (!subject || !time) return false;
  manifest.subject = own(*subject);
  manifest.time = *time;
  while (auto line = lines.take("item ")) {
    const View name = next_part(*line, ' ');
    const View numbers = next_part(*line, ' ');
    auto recipients = parse_recipients(name, numbers);
    if (!recipients || !is_sha(*line)) return false;
    manifest.rows.push_back({std::move(*recipients), own(*line)});
  }
  return lines.take("end ").has_value() && lines.at_end();
}

}  // namespace

std::string name_of(const ItemKey& key) {
  constexpr View kDigits = "0123456789abcdef";
  std::string text = key.message.text() + ".";
  for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[(key.item >> static_cast<unsigned>(shift)) & 0xFU];
  return text;
}

std::optional<ItemKey> parse_item_name(View text) {
  if (text.size() != kNameDigits + 5) return std::nullopt;
  const auto message = MessageId::parse(text.substr(0, kNameDigits));
  if (!message) return std::nullopt;
  ItemKey key{*message, 0};
  const View digits = text.substr(kNameDigits + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), key.item, 16);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && name_of(key) == text ? std::optional(key) : std::nullopt;
}

Result<std::string> format_envelope(const HandedItem& handed) {
  const Message& message = handed.message;
  const Item& item = handed.item;
  const auto path = [](const std::string& address) { return "<" + address + ">"; };
  for (const std::string* sender : {&message.sender, &item.sender}) {
    if (!sender->empty() && !is_address(*sender)) return fail(damaged("no address: " + *sender));
  }
  for (const Recipient& recipient : item.recipients) {
    if (!is_address(recipient.address)) return fail(damaged("no address: " + recipient.address));
  }
  if (item.recipients.empty() || !is_clean(item.destination.domain) || !is_sha(handed.sha256))
    return fail(damaged("no item that could be handed over"));
  std::string text = own(kEnvelope) + own(kNewest) + "\nitem " + name_of(handed.key) + "\narrived " +
                     mail::format_timestamp(message.arrived) + "\ndestination " + item.destination.text() +
                     "\nsender " + path(item.sender) + "\nreports-to " + path(message.sender) + "\n";
  text += wishes_text(message);
  if (item.delay_told) text += "delay told\n";
  text += "octets " + std::to_string(message.octets) + "\nsha256 " + handed.sha256 + "\n";
  for (const Recipient& recipient : item.recipients) text += recipient_line(recipient);
  return text + "end\n";
}

Result<HandedItem> parse_envelope(View text) {
  Lines lines(text);
  if (auto known = heading(lines, kEnvelope); !known) return fail(known.error());
  HandedItem handed;
  if (!parse_envelope_lines(lines, handed)) return fail(damaged("a damaged envelope"));
  // Whatever could be said in two ways was said in the one that we write, or by somebody else.
  const Result<std::string> again = format_envelope(handed);
  if (!again || *again != text) return fail(damaged("a damaged envelope"));
  return handed;
}

HandedRecipients recipients_of(const HandedItem& handed) {
  HandedRecipients recipients{handed.key, {}};
  for (const Recipient& recipient : handed.item.recipients) recipients.numbers.push_back(recipient.number);
  return recipients;
}

MessageId name_at_partner(const HandedItem& handed) {
  const std::string digest = crypto::sha256("posthorn handed over " + row_text(recipients_of(handed)));
  MessageId id{handed.key.message.order, 0};
  for (std::size_t i = 0; i < sizeof id.salt; ++i) id.salt = id.salt << 8U | static_cast<unsigned char>(digest[i]);
  return id;
}

std::string format_manifest(const Manifest& manifest) {
  const std::string body = manifest_body(manifest);
  return body + "end " + std::to_string(manifest.rows.size()) + " " + codec::hex_encode(crypto::sha256(body)) + "\n";
}

Result<Manifest> parse_manifest(View text) {
  Lines lines(text);
  if (auto known = heading(lines, kManifest); !known) return fail(known.error());
  Manifest manifest;
  if (!parse_manifest_lines(lines, manifest) || format_manifest(manifest) != text)
    return fail(damaged("a damaged manifest, or one that is not complete"));
  return manifest;
}

std::string format_handed(const std::vector<HandedRecipients>& handed) {
  std::string text;
  for (const HandedRecipients& one : handed) text += row_text(one) + "\n";
  return text;
}

Result<std::vector<HandedRecipients>> parse_handed(View text) {
  std::vector<HandedRecipients> all;
  while (!text.empty()) {
    View line = next_part(text, '\n');
    const View name = next_part(line, ' ');
    auto one = parse_recipients(name, line);
    if (!one) return fail(caller_error(Code::syntax, "no recipients that were handed over"));
    all.push_back(std::move(*one));
  }
  return all;
}

}  // namespace posthorn::queue
