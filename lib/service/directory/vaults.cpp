#include "service/directory/vaults.h"

#include <algorithm>
#include <utility>

#include "service/directory/names.h"

namespace posthorn::directory {

namespace {

using store::Batch;
using vault::SlotKind;
using vault::State;

Error wrong_credential() { return peer_error(Code::denied, "the password or token is wrong"); }

}  // namespace

// --- reading

std::optional<vault::Setting> KnownSettings::find(std::uint64_t account, std::uint64_t stamp) {
  const std::lock_guard lock(mutex_);
  if (stamp != stamp_) known_.clear();
  stamp_ = stamp;
  const auto found = known_.find(account);
  if (found == known_.end() || ++found->second.questions > kQuestions) return std::nullopt;
  return found->second.setting;
}

void KnownSettings::insert(std::uint64_t account, std::uint64_t stamp, const vault::Setting& setting) {
  const std::lock_guard lock(mutex_);
  if (stamp == stamp_ && known_.size() < kMost) known_.insert_or_assign(account, Known{setting});
}

Result<vault::Setting> Vaults::setting(std::uint64_t account) {
  const std::uint64_t stamp = rows_.stamp();  // before the reading
  if (auto known = known_.find(account, stamp)) return std::move(*known);
  const std::string key = rows::id_key(rows::kSettings, AccountId(account));
  const auto entry = rows_.get(key);
  if (!entry) return fail(entry.error());
  vault::Setting setting;
  if (!*entry) {
    if (Result<void> known = check_keyless(AccountId(account)); !known) return fail(std::move(known.error()));
  } else {
    const auto row = rows::parse_setting(key, (*entry)->value);
    if (!row) return fail(row.error());
    setting.state = row->state;
    setting.reprocess = row->reprocess;
    if (row->generation != 0) setting.key = vault::PublicKey{{account, row->generation}, row->public_key};
  }
  known_.insert(account, stamp, setting);
  return setting;
}

/// An account without a setting is one of an older version, and has no keys. Anything else has lost its setting, or is
/// being removed: nothing may be stored for it.
Result<void> Vaults::check_keyless(AccountId account) const {
  const auto entry = rows_.get(rows::id_key(rows::kIds, account));
  if (!entry) return fail(entry.error());
  if (!*entry) return fail(environment_error(Code::not_found, "no such account"));
  const auto ring = Keyring::load(rows_, account);
  if (!ring) return fail(ring.error());
  if (!ring->generations.empty()) return fail(environment_error(Code::corrupt, "keys without a setting"));
  return {};
}

Result<Vaults::Held> Vaults::hold(View address) const {
  auto normal = normal_address(address);
  if (!normal) return fail(normal.error());
  auto found = find_mailbox(rows_, *normal);
  if (!found) return fail(found.error());
  if (!*found) return fail(caller_error(Code::not_found, "mailbox " + normal->text()));
  auto ring = Keyring::load(rows_, (*found)->row.account.id);
  if (!ring) return fail(ring.error());
  return Held{std::move(*normal), std::move(**found), std::move(*ring)};
}

Result<SealingStatus> Vaults::status(View address) {
  const auto held = hold(address);
  if (!held) return fail(held.error());
  const rows::SettingRow& row = held->ring.setting;
  SealingStatus status;
  status.setting = {row.state, std::nullopt, row.reprocess};
  if (const vault::Generation* present = held->ring.present()) status.setting.key = present->key;
  status.used = row.used || held->ring.generations.size() > 1;
  for (const vault::Generation& generation : held->ring.generations) {
    SealingStatus::Generation& told = status.generations.emplace_back();
    told.number = generation.key.owner.generation;
    told.handed_on = generation.forward.has_value();
    for (const vault::Slot& slot : generation.slots) told.slots.emplace_back(slot.kind, slot.name);
  }
  return status;
}

// --- changing

void Vaults::note(Batch& batch, View action, View address, View detail) const {
  AuditEntry entry;
  entry.time = options_.clock == nullptr ? WallTime() : options_.clock->wall();
  entry.actor = options_.actor;
  entry.action = own(action);
  entry.address = own(address);
  entry.detail = own(detail);
  // Sorted by time, within a second by what this process did first; the random part keeps processes apart.
  const auto seconds = static_cast<std::uint64_t>(entry.time.time_since_epoch().count());
  const std::uint64_t unique = std::uint64_t{noted_++} << 32U | (random_.number() & 0xFFFFFFFFU);
  const std::string key = rows::id_key(rows::kAudit, AccountId(seconds)) + "-" + rows::id_key({}, AccountId(unique));
  batch.put(key, rows::format(entry));
}

Batch Vaults::commit(Held& held, View action, View detail) const {
  // SCRAM keys from when there was nothing to hide: guessing them would be the cheap way to the key.
  auto& scram = held.found.row.scram;
  const bool cheap = scram && scram->iterations < kSealedScramIterations;
  if (held.ring.setting.used && (cheap || !credentials_.keeps_scram(true))) scram.reset();
  const std::string key = rows::address_key(rows::kMailboxes, held.address);
  Batch batch;
  batch.expect(key, held.found.written).erase(key).put(key, rows::format(held.found.row));  // as Keyring::put()
  held.ring.put(batch);
  note(batch, action, held.found.row.account.address, detail);
  return batch;
}

Result<void> Vaults::edit(View address, View action, const std::function<Result<std::string>(Held&)>& edit) {
  return changes_.change([&]() -> Result<Batch> {
    auto held = hold(address);
    if (!held) return fail(held.error());
    const auto detail = edit(*held);
    if (!detail) return fail(detail.error());
    return commit(*held, action, *detail);
  });
}

Result<State> Vaults::set_sealed(View address, bool sealed) {
  State state = State::off;
  const auto done = edit(address, sealed ? "encrypt" : "decrypt", [&](Held& held) -> Result<std::string> {
    rows::SettingRow& row = held.ring.setting;
    row.state = !sealed ? State::off : row.generation == 0 ? State::pending : State::on;
    state = row.state;
    row.used = row.used || state == State::on;
    return own(state == State::pending ? "pending until the next login with the password" : "");
  });
  if (!done) return fail(done.error());
  return state;
}

Result<void> Vaults::request_reprocess(View address, bool wanted) {
  return edit(address, "reprocess", [&](Held& held) -> Result<std::string> {
    held.ring.setting.reprocess = wanted;
    return own(wanted ? "requested" : "withdrawn");
  });
}

Result<void> Vaults::reprocessed(std::uint64_t account, const vault::Setting& followed) {
  const auto entry = rows_.get(rows::id_key(rows::kIds, AccountId(account)));
  if (!entry) return fail(entry.error());
  if (!*entry) return {};
  return edit((*entry)->value, "reprocess", [&](Held& held) -> Result<std::string> {
    const vault::Generation* present = held.ring.present();
    const bool same = held.ring.setting.state == followed.state &&
                      (present == nullptr ? !followed.key : followed.key == present->key);
    if (!same) return own("the setting has changed meanwhile: once more");
    held.ring.setting.reprocess = false;
    return own("done");
  });
}

Result<Secret> Vaults::open_generation(const vault::Generation& generation, const Secret& credential) const {
  const auto token = Credentials::read_token(credential);
  Error failure = wrong_credential();
  for (const vault::Slot& slot : generation.slots) {
    // The password of one program gives no power over the others.
    if (slot.kind == SlotKind::scram || slot.kind == SlotKind::app_password) continue;
    if (slot.kind == SlotKind::recovery && !token) continue;
    const auto match = credentials_.match(slot.method, slot.kind == SlotKind::password ? credential : *token);
    if (!match) failure = match.error();
    if (!match || !match->matches) continue;
    auto private_key = vault::unwrap(generation.key, slot, match->key);
    if (private_key) return private_key;
    failure = private_key.error();
  }
  return fail(std::move(failure));
}

Result<Secret> Vaults::open_present(const Held& held, const Secret& credential) const {
  const vault::Generation* present = held.ring.present();
  if (present == nullptr) {
    return fail(caller_error(Code::conflict, "the mailbox has no key yet: log in once with the password"));
  }
  return open_generation(*present, credential);
}

void Vaults::take(Held& held, const rows::MailboxRow& fresh, const Credentials::Made& made, View private_key) const {
  held.found.row.password = fresh.password;
  held.found.row.scram = fresh.scram;
  held.ring.present()->erase(SlotKind::scram);
  held.ring.wrap(private_key, made.password, random_);
  if (made.scram) held.ring.wrap(private_key, *made.scram, random_);
}

Result<void> Vaults::change_password(View address, const Secret& credential, const Secret& password) {
  // The slow runs come before the change, which may have to be repeated.
  const auto before = hold(address);
  if (!before) return fail(before.error());
  rows::MailboxRow fresh;
  const auto made = credentials_.set(fresh, password, before->ring.setting.used);
  if (!made) return fail(made.error());
  return edit(address, "password-change", [&](Held& held) -> Result<std::string> {
    const bool keyless = held.ring.present() == nullptr;
    Result<Secret> private_key = keyless ? Result<Secret>(Secret()) : open_present(held, credential);
    if (!private_key) return fail(private_key.error());
    if (keyless) {
      const auto match = credentials_.verify(&held.found.row, {}, credential);
      if (!match) return fail(match.error());
      if (!match->matches) return fail(wrong_credential());
      private_key = held.ring.begin_generation(random_);
    }
    if (held.ring.setting.state == State::pending) {
      held.ring.setting.state = State::on;
      held.ring.setting.used = true;
    }
    take(held, fresh, *made, private_key->reveal());
    return std::string();
  });
}

Result<void> Vaults::reset_password(View address, const Secret& password, bool give_up_sealed) {
  const auto before = hold(address);
  if (!before) return fail(before.error());
  rows::MailboxRow fresh;
  const auto made = credentials_.set(fresh, password, before->ring.setting.used);
  if (!made) return fail(made.error());
  return edit(address, "password-reset", [&](Held& held) -> Result<std::string> {
    const bool used = held.ring.setting.used;
    const vault::Generation* before_it = held.ring.present();
    const bool voids = before_it != nullptr && before_it->slots.size() > 1;
    if (used && !give_up_sealed) {
      return fail(
          caller_error(Code::conflict, "sealed mail of this mailbox becomes unreadable without the old password"));
    }
    const Secret private_key = held.ring.begin_generation(random_);
    if (held.ring.setting.state == State::pending) {
      held.ring.setting.state = State::on;
      held.ring.setting.used = true;
    }
    take(held, fresh, *made, private_key.reveal());
    return own(used    ? "new keys; older sealed mail needs the old password"
               : voids ? "new keys; recovery token and app passwords are void"
                       : "");
  });
}

Result<std::uint32_t> Vaults::reopen(View address, const Secret& credential) {
  std::uint32_t opened = 0;
  const auto done = edit(address, "reopen", [&](Held& held) -> Result<std::string> {
    opened = 0;
    const vault::Generation* present = held.ring.present();
    if (present == nullptr) return fail(caller_error(Code::not_found, "the mailbox has no keys"));
    const vault::PublicKey newest = present->key;
    Error failure = wrong_credential();
    for (vault::Generation& old : held.ring.generations) {
      if (held.ring.leads_to_present(old)) continue;
      const auto private_key = open_generation(old, credential);
      if (!private_key) {
        failure = private_key.error();
        continue;
      }
      auto forward = vault::hand_on(old, private_key->reveal(), newest, random_);
      if (!forward) return fail(forward.error());
      old.forward = std::move(*forward);
      ++opened;
    }
    if (opened == 0) return fail(std::move(failure));
    held.ring.setting.used = true;  // the present key protects older mail now
    return std::to_string(opened) + " generations";
  });
  if (!done) return fail(done.error());
  return opened;
}

Result<Secret> Vaults::add_token(View address, SlotKind kind, View label, const Secret& credential) {
  const Credentials::Token token = credentials_.make_token(kind, label);
  const bool app = kind == SlotKind::app_password;
  const auto done = edit(address, app ? "app-password" : "recovery-token", [&](Held& held) -> Result<std::string> {
    const auto private_key = open_present(held, credential);
    if (!private_key) return fail(private_key.error());
    const auto& slots = held.ring.present()->slots;
    const auto count = std::count_if(slots.begin(), slots.end(), [&](const auto& s) { return s.kind == kind; });
    if (app && held.ring.present()->find(kind, label) != nullptr) {
      return fail(caller_error(Code::exists, "app password " + own(label)));
    }
    if (app && count >= std::ptrdiff_t{kMaxAppPasswords}) return fail(caller_error(Code::too_many, "app passwords"));
    held.ring.wrap(private_key->reveal(), token.wrapping, random_);
    return own(label);
  });
  if (!done) return fail(done.error());
  return token.text;
}

Result<Secret> Vaults::add_recovery_token(View address, const Secret& credential) {
  return add_token(address, SlotKind::recovery, {}, credential);
}

Result<Secret> Vaults::add_app_password(View address, View label, const Secret& credential) {
  const bool printable =
      std::none_of(label.begin(), label.end(), [](char c) { return static_cast<unsigned char>(c) < 32; });
  if (label.empty() || label.size() > kMaxLabel || !printable) return fail(caller_error(Code::syntax, "label"));
  return add_token(address, SlotKind::app_password, label, credential);
}

Result<void> Vaults::remove_app_password(View address, View label) {
  return edit(address, "app-password-removed", [&](Held& held) -> Result<std::string> {
    // In old generations too: they may open by now what the present one opens.
    bool found = false;
    for (vault::Generation& generation : held.ring.generations) {
      found = generation.erase(SlotKind::app_password, label) || found;
    }
    if (!found) return fail(caller_error(Code::not_found, "app password " + own(label)));
    return own(label);
  });
}

Result<std::vector<AuditEntry>> Vaults::audit(View address) {
  std::string wanted;
  if (!address.empty()) {
    const auto normal = normal_address(address);
    if (!normal) return fail(normal.error());
    wanted = normal->text();
  }
  std::vector<AuditEntry> entries;
  std::optional<Error> broken;
  const auto seen =
      rows_.scan(rows::kAudit, store::after_prefix(rows::kAudit), [&](View key, View value, store::Revision) {
        auto entry = rows::parse_audit(key, value);
        if (!entry) {
          broken = entry.error();
        } else if (wanted.empty() || entry->address == wanted) {
          entries.push_back(std::move(*entry));
        }
        return !broken;
      });
  if (!seen) return fail(seen.error());
  if (broken) return fail(*broken);
  return entries;
}

Result<void> Vaults::record(View action, View address, View detail) {
  return changes_.change([&]() -> Result<Batch> {
    Batch batch;
    note(batch, action, address, detail);
    return batch;
  });
}

// --- logins

void Vaults::put_first_keys(AccountId account, const Credentials::Made& made, Batch& batch) const {
  Keyring ring;
  ring.account = account;
  const Secret private_key = ring.begin_generation(random_);
  ring.wrap(private_key.reveal(), made.password, random_);
  if (made.scram) ring.wrap(private_key.reveal(), *made.scram, random_);
  ring.put(batch);
}

std::shared_ptr<const vault::OpenKeys> Vaults::renew(const mail::Mailbox& address, const Found<rows::MailboxRow>& found,
                                                     const Secret& password, const Secret& slot_key,
                                                     Result<Keyring> ring,
                                                     std::shared_ptr<const vault::OpenKeys> keys) {
  if (!ring) return keys;
  const bool first = ring->present() == nullptr;
  const bool sealed = ring->setting.used || ring->setting.state != State::off;
  const bool hash = credentials_.is_outdated(found.row.password);
  const bool slot =
      !first && keys != nullptr && credentials_.scram_opens() && ring->present()->find(SlotKind::scram) == nullptr;
  const bool scram = credentials_.keeps_scram(sealed) &&
                     (!found.row.scram || found.row.scram->iterations < credentials_.scram_iterations() || slot);
  const bool pending = ring->setting.state == State::pending && (first || keys != nullptr);
  const bool stale = !credentials_.keeps_scram(sealed) && found.row.scram;
  if (!first && !hash && !scram && !pending && !stale) return keys;
  // Without the key in hand no slot can be made: a new hash would lose the slot that the old one opens.
  if (!first && keys == nullptr) return keys;

  Held held{address, found, std::move(*ring)};
  Secret made_key;
  if (first) made_key = held.ring.begin_generation(random_);
  const View private_key = first ? made_key.reveal() : keys->reveal(held.ring.setting.generation).value_or(View());
  if (private_key.empty()) return keys;
  if (pending) {
    held.ring.setting.state = State::on;
    held.ring.setting.used = true;
  }
  rows::MailboxRow fresh = found.row;
  if (hash) {
    const auto made = credentials_.set(fresh, password, sealed);
    if (!made) return keys;
    take(held, fresh, *made, private_key);
  } else {
    const auto wrapping = scram || stale ? credentials_.set_scram(fresh, password, sealed) : std::nullopt;
    if (!wrapping) return keys;
    held.found.row.scram = fresh.scram;
    if (first) held.ring.wrap(private_key, {SlotKind::password, {}, found.row.password, slot_key}, random_);
    if (*wrapping) held.ring.wrap(private_key, **wrapping, random_);
  }
  const Batch batch = commit(held, "keys", first ? "made at a login" : "renewed at a login");
  // Somebody else may be doing the same: the next login tries again.
  if (!rows_.commit(batch)) return keys;
  if (!first) return keys;
  auto opened = std::make_shared<vault::OpenKeys>(found.row.account.id.value());
  if (!opened->add(held.ring.setting.generation, made_key)) return keys;
  return opened;
}

}  // namespace posthorn::directory
