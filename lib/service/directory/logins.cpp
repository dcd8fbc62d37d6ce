#include "service/directory/logins.h"

#include <algorithm>
#include <utility>

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

Result<std::string> Logins::check_password(View authorize, View login, const Secret& password) {
  const auto found = find_login(login);
  if (!found) return fail(found.error());
  const bool matches = credentials_.verify(*found ? &(*found)->found.row : nullptr, decoy_, password);
  if (!matches) return fail(denied());
  auto name = act_as(authorize, **found);
  if (name) renew_hash(**found, password);
  return name;
}

// The cost of new passwords was changed: bring this one along. A failure costs nothing: the next login tries again.
void Logins::renew_hash(const Login& login, const Secret& password) {
  if (!credentials_.is_outdated(login.found.row.password)) return;
  rows::MailboxRow row = login.found.row;
  if (!credentials_.set(row, password)) return;
  const std::string key = rows::address_key(rows::kMailboxes, login.address);
  store::Batch batch;
  batch.expect(key, login.found.written).put(key, rows::format(row));
  (void)rows_.commit(batch, store::Durability::relaxed);
}

Result<sasl::ScramKeys> Logins::scram_keys(View login) {
  const auto found = find_login(login);
  if (!found) return fail(found.error());
  if (*found && options_.scram && (*found)->found.row.scram) return *(*found)->found.row.scram;
  const auto normal = normal_address(login);
  const std::uint32_t iterations = std::max(options_.scram_iterations, sasl::kMinIterations);
  return sasl::decoy_scram_keys(seed_, normal ? normal->text() : own(login), iterations);
}

Result<std::string> Logins::authorize(View authorize, View login) {
  const auto found = find_login(login);
  if (!found) return fail(found.error());
  if (!*found) return fail(denied());
  return act_as(authorize, **found);
}

}  // namespace posthorn::directory
