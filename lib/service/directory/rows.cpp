#include "service/directory/rows.h"

#include <array>
#include <charconv>
#include <functional>

#include "posthorn/bytes/codec/base64.h"

namespace posthorn::directory::rows {

namespace {

constexpr char kEnd = '\0';  // of each field: no address can hold it

Error corrupt(View key) { return environment_error(Code::corrupt, "directory row " + own(key)); }

// value = version NUL *(name "=" text NUL)
class FieldWriter {
 public:
  FieldWriter& text(View name, View value) {
    value_.append(name).append("=").append(value).push_back(kEnd);
    return *this;
  }
  FieldWriter& number(View name, std::uint64_t value) { return text(name, std::to_string(value)); }
  [[nodiscard]] std::string take() { return std::move(value_); }

 private:
  std::string value_ = own(kVersion) + kEnd;
};

// Calls `field` for each; one that returns false makes the row corrupt. Names that it does not know it passes over.
Result<void> each_field(View key, View value, const std::function<bool(View name, View text)>& field) {
  bool first = true;
  while (!value.empty()) {
    const std::size_t end = value.find(kEnd);
    if (end == View::npos) return fail(corrupt(key));
    const View part = value.substr(0, end);
    value.remove_prefix(end + 1);
    if (std::exchange(first, false)) {
      if (part != kVersion) return fail(environment_error(Code::unsupported, "version of directory row " + own(key)));
      continue;
    }
    const std::size_t equals = part.find('=');
    if (equals == View::npos || !field(part.substr(0, equals), part.substr(equals + 1))) return fail(corrupt(key));
  }
  if (first) return fail(corrupt(key));
  return {};
}

template <class N>
bool read(View text, N& out) {
  const auto number = parse_number(text);
  if (!number || *number > std::numeric_limits<N>::max()) return false;
  out = static_cast<N>(*number);
  return true;
}
bool read_flag(View text, bool& out) {
  out = text == "1";
  return text == "0" || text == "1";
}
bool read_octets(View text, std::string& out) {
  auto octets = codec::base64_decode(text);
  if (octets) out = std::move(*octets);
  return octets.has_value();
}

}  // namespace

std::string domain_key(View name) { return own(kDomains) + own(name); }

std::string address_key(View kind, const mail::Mailbox& address) {
  return own(kind) + address.domain + "@" + address.local_part;
}

std::string id_key(View kind, AccountId id) {
  std::string digits(16, '0');
  for (int i = 0; i < 16; ++i) {
    digits[static_cast<std::size_t>(15 - i)] =
        "0123456789abcdef"[(id.value() >> (4U * static_cast<unsigned>(i))) & 15U];
  }
  return own(kind) + digits;
}

Result<AccountId> id_of_key(View key) {
  const View digits = key.substr(key.find(':') + 1);
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id, 16);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != 16) return fail(corrupt(key));
  return AccountId(id);
}

std::string address_of_key(View key) {
  key.remove_prefix(key.find(':') + 1);
  const std::size_t at = key.find('@');
  const mail::Mailbox address{own(key.substr(at + 1)), own(key.substr(0, at))};
  return address.local_part.empty() ? "@" + address.domain : address.text();
}

Result<std::uint64_t> parse_number(View text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return fail(environment_error(Code::corrupt, "number"));
  return number;
}

std::string format(const Domain& domain) {
  return FieldWriter()
      .text("alias_of", domain.alias_of)
      .number("active", domain.active ? 1 : 0)
      .number("separator", static_cast<unsigned char>(domain.separator))
      .take();
}

std::string format(const MailboxRow& row) {
  FieldWriter out;
  out.number("id", row.account.id.value())
      .number("active", row.account.active ? 1 : 0)
      .number("quota_octets", row.account.quota_octets)
      .number("quota_messages", row.account.quota_messages)
      .text("password", row.password);
  if (row.scram) {
    out.text("scram_salt", codec::base64_encode(row.scram->salt))
        .number("scram_iterations", row.scram->iterations)
        .text("scram_stored", codec::base64_encode(row.scram->stored_key))
        .text("scram_server", codec::base64_encode(row.scram->server_key.reveal()));
  }
  return out.take();
}

std::string format(const Alias& alias) {
  FieldWriter out;
  for (const std::string& target : alias.targets) out.text("target", target);
  return out.take();
}

Result<Domain> parse_domain(View key, View value) {
  Domain domain;
  domain.name = own(key.substr(kDomains.size()));
  std::uint8_t separator = 0;
  const auto done = each_field(key, value, [&](View name, View text) {
    if (name == "alias_of") domain.alias_of = own(text);
    if (name == "active") return read_flag(text, domain.active);
    if (name == "separator") return read(text, separator);
    return true;
  });
  if (!done) return fail(done.error());
  domain.separator = static_cast<char>(separator);
  return domain;
}

Result<MailboxRow> parse_mailbox(View key, View value) {
  MailboxRow row;
  row.account.address = address_of_key(key);
  std::uint64_t id = 0;
  sasl::ScramKeys scram;
  std::string server_key;
  const auto done = each_field(key, value, [&](View name, View text) {
    if (name == "id") return read(text, id);
    if (name == "active") return read_flag(text, row.account.active);
    if (name == "quota_octets") return read(text, row.account.quota_octets);
    if (name == "quota_messages") return read(text, row.account.quota_messages);
    if (name == "password") row.password = own(text);
    if (name == "scram_salt") return read_octets(text, scram.salt);
    if (name == "scram_iterations") return read(text, scram.iterations);
    if (name == "scram_stored") return read_octets(text, scram.stored_key);
    if (name == "scram_server") return read_octets(text, server_key);
    return true;
  });
  if (!done) return fail(done.error());
  if (id == 0 || row.password.empty()) return fail(corrupt(key));
  row.account.id = AccountId(id);
  if (scram.iterations != 0) {
    scram.server_key = Secret(std::move(server_key));
    row.scram = std::move(scram);
  }
  return row;
}

Result<Alias> parse_alias(View key, View value) {
  Alias alias;
  alias.address = address_of_key(key);
  const auto done = each_field(key, value, [&](View name, View text) {
    if (name == "target") alias.targets.push_back(own(text));
    return true;
  });
  if (!done) return fail(done.error());
  return alias;
}

}  // namespace posthorn::directory::rows
