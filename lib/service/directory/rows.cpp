#include "service/directory/rows.h"

#include <algorithm>
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

// --- backup domains

namespace {

template <class T>
struct Named {
  T value;
  View name;
};
constexpr std::array kChecks{Named{RecipientCheck::list, "list"}, Named{RecipientCheck::call_ahead, "call_ahead"},
                             Named{RecipientCheck::any, "any"}};
constexpr std::array kUnknowns{Named{WhenUnknown::accept, "accept"}, Named{WhenUnknown::defer, "defer"}};

template <class T, std::size_t N>
View word_of(const std::array<Named<T>, N>& words, T value) {
  return std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.value == value; })->name;
}
template <class T, std::size_t N>
bool read_word(const std::array<Named<T>, N>& words, View text, T& out) {
  const auto found = std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.name == text; });
  if (found != words.end()) out = found->value;
  return found != words.end();
}
bool read_seconds(View text, std::chrono::seconds& out) {
  std::uint32_t count = 0;
  if (!read(text, count)) return false;
  out = std::chrono::seconds(count);
  return true;
}

std::uint64_t count_of(std::chrono::seconds time) { return static_cast<std::uint64_t>(time.count()); }

void write_backup(FieldWriter& out, const Backup& backup) {
  out.number("backup", 1)
      .number("retention", count_of(backup.retention))
      .text("next_hop", backup.next_hop)
      .number("port", backup.port)
      .text("tls", backup.tls)
      .text("contact", backup.contact)
      .text("recipients", word_of(kChecks, backup.recipients))
      .text("when_unknown", word_of(kUnknowns, backup.when_unknown));
  if (!backup.extension) return;
  out.number("extended_retention", count_of(backup.extension->retention))
      .number("extended_until", count_of(backup.extension->until.time_since_epoch()));
}

class BackupReader {
 public:
  explicit BackupReader(Backup& out) : out_(out) {}
  /// False where the field is one of a backup domain and wrong.
  bool take(View name, View text) {
    if (name == "backup") return read_flag(text, out_.on);
    if (name == "retention") return read_seconds(text, out_.retention);
    if (name == "next_hop") out_.next_hop = own(text);
    if (name == "port") return read(text, out_.port);
    if (name == "tls") out_.tls = own(text);
    if (name == "contact") out_.contact = own(text);
    if (name == "recipients") return read_word(kChecks, text, out_.recipients);
    if (name == "when_unknown") return read_word(kUnknowns, text, out_.when_unknown);
    if (name == "extended_retention") return read_seconds(text, extended_);
    if (name == "extended_until") return read(text, until_);
    return true;
  }
  void finish() {
    if (until_ != 0) out_.extension = Extension{extended_, WallTime(std::chrono::seconds(until_))};
  }

 private:
  Backup& out_;
  std::chrono::seconds extended_{0};
  std::uint32_t until_ = 0;  // seconds since 1970, up to 2106
};

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

std::string generation_key(AccountId id, std::uint32_t generation) {
  const std::string digits = id_key({}, AccountId(generation));
  return id_key(kKeys, id) + ":" + digits.substr(8);
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
  FieldWriter out;
  out.text("alias_of", domain.alias_of)
      .number("active", domain.active ? 1 : 0)
      .number("separator", static_cast<unsigned char>(domain.separator));
  if (domain.enforcement != Enforcement::reject)
    out.number("enforcement", static_cast<std::uint64_t>(domain.enforcement));
  if (domain.backup.on) write_backup(out, domain.backup);
  return out.take();
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
  auto enforcement = static_cast<std::uint8_t>(domain.enforcement);
  BackupReader backup(domain.backup);
  const auto done = each_field(key, value, [&](View name, View text) {
    if (name == "alias_of") domain.alias_of = own(text);
    if (name == "active") return read_flag(text, domain.active);
    if (name == "separator") return read(text, separator);
    if (name == "enforcement") return read(text, enforcement) && enforcement <= 2;
    return backup.take(name, text);
  });
  if (!done) return fail(done.error());
  domain.separator = static_cast<char>(separator);
  domain.enforcement = static_cast<Enforcement>(enforcement);
  backup.finish();
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

// --- keys and settings of sealed mailboxes

namespace {

struct NamedState {
  vault::State state;
  View name;
};
constexpr std::array kStates{NamedState{vault::State::off, "off"}, NamedState{vault::State::pending, "pending"},
                             NamedState{vault::State::on, "on"}};

bool read_state(View text, vault::State& out) {
  const auto found = std::find_if(kStates.begin(), kStates.end(), [&](const auto& s) { return s.name == text; });
  if (found != kStates.end()) out = found->state;
  return found != kStates.end();
}

// slot = kind ":" name ":" method ":" wrapped, all but the kind in base64
std::string slot_text(const vault::Slot& slot) {
  std::string text(vault::name_of(slot.kind));
  for (const std::string* part : {&slot.name, &slot.method, &slot.wrapped}) {
    text.append(":").append(codec::base64_encode(*part));
  }
  return text;
}

bool read_parts(View text, std::initializer_list<std::string*> parts) {
  for (std::string* part : parts) {
    const std::size_t end = text.find(':');
    if (!read_octets(text.substr(0, end), *part)) return false;
    text.remove_prefix(end == View::npos ? text.size() : end + 1);
  }
  return text.empty();
}

bool read_slot(View text, vault::Slot& slot) {
  const std::size_t end = std::min(text.find(':'), text.size());
  const auto kind = vault::slot_kind(text.substr(0, end));
  if (!kind) return false;
  slot.kind = *kind;
  return end < text.size() && read_parts(text.substr(end + 1), {&slot.name, &slot.method, &slot.wrapped});
}

bool read_forward(View text, vault::Generation::Forward& out) {
  const std::size_t end = text.find(':');
  return end != View::npos && read(text.substr(0, end), out.generation) &&
         read_parts(text.substr(end + 1), {&out.encapsulated, &out.sealed});
}

}  // namespace

std::string format(const SettingRow& row) {
  const auto state = std::find_if(kStates.begin(), kStates.end(), [&](const auto& s) { return s.state == row.state; });
  return FieldWriter()
      .text("state", state->name)
      .number("generation", row.generation)
      .text("public_key", codec::base64_encode(row.public_key))
      .number("used", row.used ? 1 : 0)
      .number("reprocess", row.reprocess ? 1 : 0)
      .take();
}

std::string format(const vault::Generation& generation) {
  FieldWriter out;
  out.text("public_key", codec::base64_encode(generation.key.octets));
  for (const vault::Slot& slot : generation.slots) out.text("slot", slot_text(slot));
  if (generation.forward) {
    out.text("forward", std::to_string(generation.forward->generation) + ":" +
                            codec::base64_encode(generation.forward->encapsulated) + ":" +
                            codec::base64_encode(generation.forward->sealed));
  }
  for (const std::string& field : generation.unread) {
    const std::size_t equals = field.find('=');
    out.text(View(field).substr(0, equals), View(field).substr(equals + 1));
  }
  return out.take();
}

std::string format(const AuditEntry& entry) {
  return FieldWriter()
      .number("time", static_cast<std::uint64_t>(entry.time.time_since_epoch().count()))
      .text("actor", entry.actor)
      .text("action", entry.action)
      .text("address", entry.address)
      .text("detail", entry.detail)
      .take();
}

Result<SettingRow> parse_setting(View key, View value) {
  SettingRow row;
  bool stated = false;
  const auto done = each_field(key, value, [&](View name, View text) {
    if (name == "state") return stated = read_state(text, row.state);
    if (name == "generation") return read(text, row.generation);
    if (name == "public_key") return read_octets(text, row.public_key);
    if (name == "used") return read_flag(text, row.used);
    if (name == "reprocess") return read_flag(text, row.reprocess);
    return true;
  });
  if (!done) return fail(done.error());
  const bool keyed = row.generation != 0 && row.public_key.size() == crypto::kHpkeKeyOctets;
  const bool keyless = row.generation == 0 && row.public_key.empty() && row.state != vault::State::on;
  if (!stated || !(keyed || keyless)) return fail(corrupt(key));
  return row;
}

Result<vault::Generation> parse_generation(AccountId id, View key, View value) {
  vault::Generation generation;
  const std::size_t colon = key.rfind(':');
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(key.data() + colon + 1, key.data() + key.size(), number, 16);
  if (key != generation_key(id, number) || error != std::errc() || end != key.data() + key.size() || number == 0) {
    return fail(corrupt(key));
  }
  generation.key.owner = {id.value(), number};
  const auto done = each_field(key, value, [&](View name, View text) {
    if (name == "public_key") return read_octets(text, generation.key.octets);
    // What cannot be read must not keep the rest from opening, and is not ours to throw away.
    vault::Slot slot;
    vault::Generation::Forward forward;
    if (name == "slot" && read_slot(text, slot)) {
      generation.slots.push_back(std::move(slot));
    } else if (name == "forward" && !generation.forward && read_forward(text, forward)) {
      generation.forward = std::move(forward);
    } else {
      generation.unread.push_back(own(name).append("=").append(text));
    }
    return true;
  });
  if (!done) return fail(done.error());
  if (generation.key.octets.size() != crypto::kHpkeKeyOctets) return fail(corrupt(key));
  return generation;
}

Result<AuditEntry> parse_audit(View key, View value) {
  AuditEntry entry;
  std::uint64_t seconds = 0;
  const auto done = each_field(key, value, [&](View name, View text) {
    if (name == "time") return read(text, seconds);
    if (name == "actor") entry.actor = own(text);
    if (name == "action") entry.action = own(text);
    if (name == "address") entry.address = own(text);
    if (name == "detail") entry.detail = own(text);
    return true;
  });
  if (!done) return fail(done.error());
  entry.time = WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
  return entry;
}

// --- sharing

std::string member_key(AccountId member, View group) { return id_key(kMembers, member).append(":").append(group); }

std::string share_key(View identifier, AccountId owner) { return id_key(own(kShares).append(identifier) + ":", owner); }

Result<AccountId> owner_of_share(View key) {
  const std::size_t colon = key.rfind(':');
  if (colon == View::npos || colon < kShares.size()) return fail(corrupt(key));
  return id_of_key(key.substr(colon));
}

std::string format(const PublicSpace& space) {
  return FieldWriter()
      .text("name", space.name)
      .number("id", space.id.value())
      .number("quota_octets", space.quota_octets)
      .number("quota_messages", space.quota_messages)
      .take();
}

std::string format_group(const std::vector<AccountId>& members) {
  FieldWriter out;
  for (const AccountId member : members) out.number("member", member.value());
  return out.take();
}

std::string format_member() { return FieldWriter().take(); }

Result<PublicSpace> parse_public(View key, View value) {
  PublicSpace space;
  std::uint64_t id = 0;
  const auto done = each_field(key, value, [&](View name, View text) {
    if (name == "name") space.name = own(text);
    if (name == "id") return read(text, id);
    if (name == "quota_octets") return read(text, space.quota_octets);
    if (name == "quota_messages") return read(text, space.quota_messages);
    return true;
  });
  if (!done) return fail(done.error());
  if (id == 0 || space.name.empty()) return fail(corrupt(key));
  space.id = AccountId(id);
  return space;
}

Result<std::vector<AccountId>> parse_group(View key, View value) {
  std::vector<AccountId> members;
  const auto done = each_field(key, value, [&](View name, View text) {
    std::uint64_t id = 0;
    if (name != "member") return true;
    if (!read(text, id)) return false;
    members.emplace_back(id);
    return true;
  });
  if (!done) return fail(done.error());
  if (!std::is_sorted(members.begin(), members.end())) return fail(corrupt(key));
  return members;
}

}  // namespace posthorn::directory::rows
