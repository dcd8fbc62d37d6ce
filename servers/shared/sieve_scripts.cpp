#include "shared/sieve_scripts.h"

#include <utility>
#include <vector>

#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/protocol/sieve/program.h"

namespace posthorn::servers {

namespace {

std::vector<managesieve::Diagnostic> told(std::vector<sieve::Diagnostic>&& found) {
  std::vector<managesieve::Diagnostic> remarks;
  remarks.reserve(found.size());
  for (sieve::Diagnostic& remark : found) remarks.push_back({remark.at.line, remark.at.column, std::move(remark.text)});
  return remarks;
}

}  // namespace

std::string sieve_extensions() { return sieve::capability(); }

managesieve::Verdict check_script(View octets) {
  sieve::Compilation compiled = sieve::compile(octets);
  return {told(std::move(compiled.errors)), told(std::move(compiled.warnings))};
}

Result<std::unique_ptr<scripts::StoredScripts>> open_scripts(Site& site, directory::AccountId account) {
  const Settings& settings = site.settings();
  return scripts::StoredScripts::open(site.store(), account, check_script,
                                      {.scripts = static_cast<std::uint32_t>(settings.sieve_scripts),
                                       .octets = settings.sieve_script_octets,
                                       .all_octets = settings.sieve_storage_octets});
}

PersonalScripts personal_scripts(Site& site) {
  PersonalScripts personal;
  personal.active = [&site](const directory::Account& account) -> Result<std::optional<filtering::Script>> {
    const auto scripts = open_scripts(site, account.id);
    if (!scripts) return fail(scripts.error());
    auto active = (*scripts)->active();
    if (!active) return fail(std::move(active.error()));
    if (!*active) return std::nullopt;
    return filtering::Script{
        .key = "active " + std::to_string(account.id.value()) + " " + std::to_string((*active)->revision.value()),
        .name = std::move((*active)->name),
        .personal = true,
        .text = std::make_shared<const std::string>(std::move((*active)->octets))};
  };
  personal.named = [&site](const directory::Account& account, View name) -> Result<std::optional<filtering::Script>> {
    const auto scripts = open_scripts(site, account.id);
    if (!scripts) return fail(scripts.error());
    auto text = (*scripts)->get(name);
    if (!text && text.error().code == Code::not_found) return std::nullopt;
    if (!text) return fail(std::move(text.error()));
    return filtering::Script{.key = "text " + crypto::sha256(*text),
                             .name = own(name),
                             .personal = true,
                             .text = std::make_shared<const std::string>(std::move(*text))};
  };
  return personal;
}

}  // namespace posthorn::servers
