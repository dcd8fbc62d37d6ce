#include "service/directory/logins.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/protocol/sasl/scram_keys.h"

#include "service/directory/names.h"

namespace posthorn::directory {

namespace {

Error denied() { return peer_error(Code::denied); }

// Whatever the store says, a login cannot be judged now; the note keeps the reason.
Error no_answer(const Error& error) {
  return environment_error(Code::unavailable, own(name_of(error.code)) + ": " + error.note);
}

}  // namespace

Result<void> Logins::prepare() {
  const auto seed = rows_.get(rows::kSeed);
  if (!seed) return fail(seed.error());
  if (!*seed) return fail(environment_error(Code::corrupt, "directory without seed"));
  seed_ = Secret(View((*seed)->value));
  const auto stored = rows_.get(rows::kDecoy);
  if (!stored) return fail(stored.error());
  if (*stored && !credentials_.is_outdated((*stored)->value)) {
    decoy_ = (*stored)->value;
    return {};
  }
  auto decoy = credentials_.make_decoy();
  if (!decoy) return fail(decoy.error());
  decoy_ = std::move(*decoy);
  store::Batch batch;
  const auto done = rows_.commit(batch.put(rows::kDecoy, decoy_));
  if (!done) return fail(done.error());
  return {};
}

Result<std::optional<Logins::Login>> Logins::find_login(View login) const {
  auto address = normal_address(login);
  if (!address) return std::nullopt;
  auto domain = find_domain(rows_, address->domain);
  if (!domain) return fail(no_answer(domain.error()));
  auto found = find_mailbox(rows_, *address);
  if (!found) return fail(no_answer(found.error()));
  if (!*domain) return std::nullopt;
  bool active = (*domain)->row.active;
  if (!*found && !(*domain)->row.alias_of.empty()) {
    address->domain = (*domain)->row.alias_of;
    domain = find_domain(rows_, address->domain);
    if (!domain) return fail(no_answer(domain.error()));
    found = find_mailbox(rows_, *address);
    if (!found) return fail(no_answer(found.error()));
    active = active && *domain && (*domain)->row.active;
  }
  if (!*found) return std::nullopt;
  active = active && (*found)->row.account.active;
  return Login{std::move(*address), std::move(**found), active};
}

Result<std::string> Logins::act_as(View authorize, const Login& login) const {
  if (!login.active) return fail(denied());
  if (!authorize.empty()) {
    const auto other = find_login(authorize);
    if (!other) return fail(other.error());
    if (!*other || (*other)->address != login.address) return fail(denied());
  }
  return login.found.row.account.address;
}

/// What the keys of a mailbox say about a login that was right. Keys that cannot be read lock the session, not the
/// login.
Admission Logins::admission(const Login& login, const Result<Keyring>& ring,
                            std::shared_ptr<const vault::OpenKeys> keys) {
  Admission admission;
  admission.login = login.found.row.account.address;
  admission.keys = std::move(keys);
  const bool open = admission.keys != nullptr && ring && admission.keys->holds(ring->setting.generation);
  admission.locked = !open && (!ring || ring->setting.used);
  admission.old_locked = ring && ring->has_orphans();
  return admission;
}

// Before the password itself, because they need no slow run.
std::optional<Admission> Logins::try_app_passwords(const Login& login, const Secret& password) const {
  const auto token = Credentials::read_token(password);
  if (!token) return std::nullopt;
  const auto ring = Keyring::load(rows_, login.found.row.account.id);
  const vault::Generation* present = ring ? ring->present() : nullptr;
  if (present == nullptr) return std::nullopt;
  for (const vault::Slot& slot : present->slots) {
    if (slot.kind != vault::SlotKind::app_password) continue;
    const auto match = crypto::match_password(slot.method, *token);
    if (match && match->matches) return admission(login, ring, ring->open(slot.kind, slot.name, match->key));
  }
  return std::nullopt;
}

Result<Admission> Logins::log_in(View authorize, View login, const Secret& password) {
  const auto found = find_login(login);
  if (!found) return fail(found.error());
  std::optional<Admission> known;
  if (*found) {
    const std::string& address = (*found)->found.row.account.address;
    known = cache_.find(address, password, (*found)->found.written);
    if (!known) known = try_app_passwords(**found, password);
  }
  if (known) {
    const auto name = act_as(authorize, **found);
    if (!name) return fail(name.error());
    return std::move(*known);
  }
  const auto match = credentials_.verify(*found ? &(*found)->found.row : nullptr, decoy_, password);
  if (!match) return fail(no_answer(match.error()));
  if (!match->matches) return fail(denied());
  const auto name = act_as(authorize, **found);
  if (!name) return fail(name.error());
  std::shared_ptr<const vault::OpenKeys> keys;
  auto ring = Keyring::load(rows_, (*found)->found.row.account.id);
  if (ring && !match->key.empty()) keys = ring->open(vault::SlotKind::password, {}, match->key);
  keys = vaults_.renew((*found)->address, (*found)->found, password, match->key, std::move(ring), std::move(keys));
  // Read again: what was renewed may have made the first keys.
  Admission result = admission(**found, Keyring::load(rows_, (*found)->found.row.account.id), std::move(keys));
  cache_.insert(*name, password, (*found)->found.written, result);
  return result;
}

Result<sasl::ScramKeys> Logins::scram_keys(View login) {
  const auto found = find_login(login);
  if (!found) return fail(found.error());
  if (*found && options_.scram && (*found)->found.row.scram) return *(*found)->found.row.scram;
  auto normal = normal_address(login);
  if (normal) {
    // A real login has the same keys under all its domains.
    const auto domain = find_domain(rows_, normal->domain);
    if (!domain) return fail(no_answer(domain.error()));
    if (*domain && !(*domain)->row.alias_of.empty()) normal->domain = (*domain)->row.alias_of;
  }
  return sasl::decoy_scram_keys(seed_, normal ? normal->text() : own(login), credentials_.scram_iterations());
}

Result<Admission> Logins::admit(View authorize, View login, const Secret& client_key) {
  const auto found = find_login(login);
  if (!found) return fail(found.error());
  if (!*found) return fail(denied());
  // The proof was judged by the keys of a moment ago: the password may be another one by now, the mailbox another's.
  const auto& scram = (*found)->found.row.scram;
  if (!scram || !equal_in_constant_time(crypto::sha256(client_key.reveal()), scram->stored_key)) return fail(denied());
  const auto name = act_as(authorize, **found);
  if (!name) return fail(name.error());
  std::shared_ptr<const vault::OpenKeys> keys;
  const auto ring = Keyring::load(rows_, (*found)->found.row.account.id);
  const vault::Generation* present = ring ? ring->present() : nullptr;
  const vault::Slot* slot = present == nullptr ? nullptr : present->find(vault::SlotKind::scram);
  if (slot != nullptr && credentials_.scram_opens()) {
    const auto match = crypto::match_password(slot->method, client_key);
    if (match && match->matches) keys = ring->open(slot->kind, slot->name, match->key);
  }
  return admission(**found, ring, std::move(keys));
}

Result<Admission> Logins::recognise(View authorize, View login) {
  const auto found = find_login(login);
  if (!found) return fail(found.error());
  if (!*found) return fail(denied());
  const auto name = act_as(authorize, **found);
  if (!name) return fail(name.error());
  return admission(**found, Keyring::load(rows_, (*found)->found.row.account.id), nullptr);
}

}  // namespace posthorn::directory
