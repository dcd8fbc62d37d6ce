#include "shared/host_scripts.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "posthorn/grammar/mail/domain.h"

#include "shared/system.h"

namespace posthorn::servers {

namespace {

std::optional<std::string> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(std::istreambuf_iterator<char>(in), {});
  return in.bad() ? std::nullopt : std::optional(std::move(text));
}

/// Names lead to no other directory.
bool is_plain(View name) {
  return !name.empty() && name.front() != '.' && name.find_first_of(View("/\0", 2)) == View::npos;
}

std::chrono::seconds seconds(std::uint64_t count) { return std::chrono::seconds(static_cast<std::int64_t>(count)); }

}  // namespace

std::optional<filtering::Script> HostScripts::file(const std::string& path, Missing missing) {
  std::error_code failure;
  const auto changed = std::filesystem::last_write_time(path, failure).time_since_epoch().count();
  const auto octets = failure ? 0 : std::filesystem::file_size(path, failure);
  const std::string key = fmt::format("{} {} {}", path, changed, octets);
  const std::lock_guard lock(mutex_);
  if (missing == Missing::is_none && failure == std::errc::no_such_file_or_directory) {
    files_.erase(path);
    return std::nullopt;
  }
  const auto known = files_.find(path);
  if (known != files_.end() && (failure || known->second.key == key)) return known->second;
  std::optional<std::string> text = failure ? std::nullopt : read(path);
  if (!text) return known != files_.end() ? std::optional(known->second) : std::nullopt;
  filtering::Script script{.key = key, .name = path, .text = std::make_shared<const std::string>(std::move(*text))};
  files_.insert_or_assign(path, script);
  return script;
}

Result<void> HostScripts::check() {
  for (const auto* paths : {&settings_.sieve_before, &settings_.sieve_after}) {
    for (const std::string& path : *paths) {
      const auto script = file(path, Missing::stays);
      if (!script) return fail(caller_error(Code::misuse, path + " cannot be read"));
      const sieve::Compilation compiled = sieve::compile(View(*script->text));
      if (compiled.errors.empty()) continue;
      const sieve::Diagnostic& first = compiled.errors.front();
      return fail(
          caller_error(Code::misuse, fmt::format("{}:{}:{}: {}", path, first.at.line, first.at.column, first.text)));
    }
  }
  return {};
}

void HostScripts::add(std::vector<filtering::Script>& scripts, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (auto script = file(path, Missing::stays)) scripts.push_back(std::move(*script));
  }
}

void HostScripts::add_of_domain(std::vector<filtering::Script>& scripts, const directory::Account& account,
                                View place) {
  const View domain = mail::domain_of(account.address);
  if (settings_.sieve_domains.empty() || !is_plain(domain)) return;
  const std::string path = settings_.sieve_domains + "/" + own(domain) + "." + own(place) + ".sieve";
  if (auto script = file(path, Missing::is_none)) scripts.push_back(std::move(*script));
}

Result<std::vector<filtering::Script>> HostScripts::of(const directory::Account& account) {
  std::vector<filtering::Script> scripts;
  add(scripts, settings_.sieve_before);
  add_of_domain(scripts, account, "before");
  if (personal_.active) {
    Result<std::optional<filtering::Script>> active = personal_.active(account);
    if (!active) return fail(std::move(active.error()));
    if (*active) scripts.push_back(std::move(**active));
  }
  add_of_domain(scripts, account, "after");
  add(scripts, settings_.sieve_after);
  return scripts;
}

Result<std::optional<filtering::Script>> HostScripts::included(const directory::Account& account, sieve::Location where,
                                                               View name) {
  if (where == sieve::Location::personal) {
    if (!personal_.named) return std::nullopt;
    return personal_.named(account, name);
  }
  if (settings_.sieve_global.empty() || !is_plain(name)) return std::nullopt;
  return file(settings_.sieve_global + "/" + own(name) + ".sieve", Missing::is_none);
}

filtering::Options filter_options(const Settings& settings, std::function<void(View, View)> log) {
  filtering::Options options;
  options.host_name = settings.host_name;
  options.max_received = static_cast<std::uint32_t>(settings.received_fields);
  options.limits.steps = settings.sieve_steps;
  options.limits.actions = settings.sieve_actions;
  options.limits.redirects = settings.sieve_redirects;
  options.vacation_min = seconds(settings.sieve_vacation_min_seconds);
  options.vacation_max = seconds(settings.sieve_vacation_max_seconds);
  options.zone = local_zone;
  options.log = std::move(log);
  return options;
}

}  // namespace posthorn::servers
