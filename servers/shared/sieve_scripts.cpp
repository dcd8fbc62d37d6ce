#include "shared/sieve_scripts.h"

#include <utility>
#include <vector>

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

}  // namespace posthorn::servers
