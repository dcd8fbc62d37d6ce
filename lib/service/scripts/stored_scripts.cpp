#include "posthorn/service/scripts/stored_scripts.h"

#include <algorithm>
#include <utility>

namespace posthorn::scripts {

namespace {

// Keys and values: docs/formats/scripts.md.
constexpr View kState = "s/a";
constexpr View kContents = "s/c/";
constexpr View kNames = "s/n/";
constexpr char kVersion = '\x01';
constexpr int kAttempts = 20;

std::string with_version(View octets) { return kVersion + own(octets); }

std::string encode_size(std::uint32_t octets) {
  std::string value(1, kVersion);
  for (int shift = 24; shift >= 0; shift -= 8) value.push_back(static_cast<char>((octets >> shift) & 0xFFU));
  return value;
}

Result<View> without_version(View value) {
  if (value.empty() || value.front() != kVersion) return fail(environment_error(Code::corrupt, "a row of scripts"));
  return value.substr(1);
}

Result<std::uint32_t> decode_size(View value) {
  const auto digits = without_version(value);
  if (!digits) return fail(digits.error());
  if (digits->size() != 4) return fail(environment_error(Code::corrupt, "the size of a script"));
  std::uint32_t octets = 0;
  for (const char c : *digits) octets = (octets << 8U) | static_cast<unsigned char>(c);
  return octets;
}

std::string content_key(View name) { return own(kContents) + own(name); }
std::string name_key(View name) { return own(kNames) + own(name); }

}  // namespace

/// What writers build on: all names, and the row whose revision guards them.
struct StoredScripts::State {
  std::string active;                                        ///< empty: none
  std::optional<store::Revision> written;                    ///< of the row kState
  std::vector<std::pair<std::string, std::uint32_t>> names;  ///< with sizes, by name

  [[nodiscard]] const std::pair<std::string, std::uint32_t>* find(View name) const {
    const auto found = std::lower_bound(names.begin(), names.end(), name,
                                        [](const auto& row, View key) { return View(row.first) < key; });
    return found == names.end() || found->first != name ? nullptr : &*found;
  }
};

Result<std::unique_ptr<StoredScripts>> StoredScripts::open(store::Store& store, store::AccountId account, Check check,
                                                           const Limits& limits) {
  auto partition = store.open(account);
  if (!partition) return fail(partition.error());
  return std::make_unique<StoredScripts>(std::move(*partition), std::move(check), limits);
}

Result<StoredScripts::State> StoredScripts::load() const {
  State state;
  const auto row = partition_->get(kState);
  if (!row) return fail(row.error());
  if (*row) {
    const auto active = without_version((*row)->value);
    if (!active) return fail(active.error());
    state.active = *active;
    state.written = (*row)->written;
  }
  std::optional<Error> broken;
  const auto scanned =
      partition_->scan(kNames, store::after_prefix(kNames), [&](View key, View value, store::Revision) {
        const auto octets = decode_size(value);
        if (!octets) broken = octets.error();
        if (octets) state.names.emplace_back(key.substr(kNames.size()), *octets);
        return !broken;
      });
  if (!scanned) return fail(scanned.error());
  if (broken) return fail(std::move(*broken));
  return state;
}

/// Changes rows in one batch; again when another writer was faster. `active` is written as `edit` leaves it.
Result<void> StoredScripts::change(
    const std::function<Result<void>(const State& state, std::string& active, store::Batch& batch)>& edit) {
  for (int attempt = 1;; ++attempt) {
    const auto state = load();
    if (!state) return fail(state.error());
    store::Batch batch;
    batch.expect(kState, state->written);
    std::string active = state->active;
    if (auto edited = edit(*state, active, batch); !edited) return edited;
    batch.put(kState, with_version(active));
    const auto committed = partition_->commit(batch);
    if (committed) return {};
    if (committed.error().code != Code::conflict || attempt == kAttempts) return fail(committed.error());
  }
}

Result<std::vector<managesieve::ListedScript>> StoredScripts::list() {
  return map(load(), [](const State& state) {
    std::vector<managesieve::ListedScript> listed;
    for (const auto& [name, octets] : state.names) listed.push_back({name, name == state.active});
    return listed;
  });
}

Result<std::string> StoredScripts::get(View name) {
  const auto row = partition_->get(content_key(name));
  if (!row) return fail(row.error());
  if (!*row) return fail(peer_error(Code::not_found, "no such script"));
  return map(without_version((*row)->value), [](View octets) { return own(octets); });
}

Result<void> StoredScripts::room_in(const State& state, View name, std::uint64_t octets) const {
  if (octets > limits_.octets) return fail(peer_error(Code::too_long, "a script"));
  const auto* present = state.find(name);
  if (present == nullptr && state.names.size() >= limits_.scripts) return fail(peer_error(Code::too_many, "scripts"));
  std::uint64_t all = octets;
  for (const auto& row : state.names) all += &row == present ? 0 : row.second;
  if (all > limits_.all_octets) return fail(environment_error(Code::over_quota, "scripts"));
  return {};
}

Result<void> StoredScripts::have_space(View name, std::uint64_t octets) {
  const auto state = load();
  return state ? room_in(*state, name, octets) : fail(state.error());
}

Result<managesieve::Verdict> StoredScripts::check(View octets) {
  if (octets.size() > limits_.octets) return fail(peer_error(Code::too_long, "a script"));
  return check_(octets);
}

Result<managesieve::Verdict> StoredScripts::put(View name, View octets) {
  if (!managesieve::is_script_name(name)) return fail(caller_error(Code::misuse, "no name of a script"));
  auto verdict = check(octets);
  if (!verdict || !verdict->errors.empty()) return verdict;
  const auto stored = change([&](const State& state, std::string&, store::Batch& batch) -> Result<void> {
    if (auto room = room_in(state, name, octets.size()); !room) return room;
    batch.put(name_key(name), encode_size(static_cast<std::uint32_t>(octets.size())));
    batch.put(content_key(name), with_version(octets));
    return {};
  });
  if (!stored) return fail(stored.error());
  return verdict;
}

Result<void> StoredScripts::remove(View name) {
  return change([&](const State& state, std::string& active, store::Batch& batch) -> Result<void> {
    if (state.find(name) == nullptr) return fail(peer_error(Code::not_found, "no such script"));
    if (active == name) return fail(peer_error(Code::bad_state, "the active script"));
    batch.erase(name_key(name));
    batch.erase(content_key(name));
    return {};
  });
}

Result<void> StoredScripts::rename(View from, View to) {
  if (!managesieve::is_script_name(to)) return fail(caller_error(Code::misuse, "no name of a script"));
  return change([&](const State& state, std::string& active, store::Batch& batch) -> Result<void> {
    const auto* present = state.find(from);
    if (present == nullptr) return fail(peer_error(Code::not_found, "no such script"));
    if (state.find(to) != nullptr) return fail(peer_error(Code::exists, "a script of this name"));
    const auto octets = get(from);
    if (!octets) return fail(octets.error());
    batch.erase(name_key(from));
    batch.erase(content_key(from));
    batch.put(name_key(to), encode_size(present->second));
    batch.put(content_key(to), with_version(*octets));
    if (active == from) active = to;
    return {};
  });
}

Result<void> StoredScripts::activate(View name) {
  return change([&](const State& state, std::string& active, store::Batch&) -> Result<void> {
    if (!name.empty() && state.find(name) == nullptr) return fail(peer_error(Code::not_found, "no such script"));
    active = name;
    return {};
  });
}

Result<std::optional<ActiveScript>> StoredScripts::active() {
  for (int attempt = 1;; ++attempt) {
    const auto state = partition_->get(kState);
    if (!state) return fail(state.error());
    if (!*state) return std::nullopt;
    const auto name = without_version((*state)->value);
    if (!name) return fail(name.error());
    if (name->empty()) return std::nullopt;
    const auto row = partition_->get(content_key(*name));
    if (!row) return fail(row.error());
    if (*row) {
      const auto octets = without_version((*row)->value);
      if (!octets) return fail(octets.error());
      return ActiveScript{own(*name), own(*octets), (*row)->written};
    }
    // Renamed between the two reads; an active script is never removed.
    if (attempt == kAttempts) return fail(environment_error(Code::corrupt, "the active script is missing"));
  }
}

}  // namespace posthorn::scripts
