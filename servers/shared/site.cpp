#include "shared/site.h"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

#include "posthorn/service/directory/sealing.h"
#include "posthorn/service/store/sqlite.h"

namespace posthorn::servers {

namespace {

Result<void> prepare_folder(const std::string& path, bool create) {
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return {};
    return fail(caller_error(Code::misuse, "the data directory '" + path + "' is not a directory"));
  }
  if (!create) return fail(caller_error(Code::not_found, "the data directory '" + path + "' does not exist"));
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  return fail(
      environment_error(Code::unavailable, "cannot make the data directory '" + path + "': " + std::strerror(errno)));
}

}  // namespace

SiteOptions site_options(const Settings& settings) {
  SiteOptions options;
  options.settings = settings;
  options.directory.argon2_operations = settings.argon2_passes;
  options.directory.argon2_octets = settings.argon2_octets;
  options.directory.scram_iterations = static_cast<std::uint32_t>(settings.scram_iterations);
  options.directory.scram = settings.scram;
  options.directory.scram_opens_sealed = settings.scram_opens_sealed;
  options.directory.remember_logins = std::chrono::seconds(settings.remember_seconds);
  options.directory.parallel_hashings = static_cast<int>(settings.parallel_hashings);
  return options;
}

Result<std::unique_ptr<Site>> Site::open(const SiteOptions& options, bool create) {
  const Settings& settings = options.settings;
  if (auto prepared = prepare_folder(settings.data_directory, create); !prepared) return fail(prepared.error());
  auto site = std::make_unique<Site>();
  site->settings_ = settings;
  auto store = store::open_sqlite_store(
      {.directory = settings.data_directory, .shards = static_cast<unsigned>(settings.store_shards)});
  if (!store) return fail(store.error());
  site->store_ = std::move(*store);
  directory::Options directory_options = options.directory;
  directory_options.clock = &site->clock_;
  auto directory = directory::Directory::open(*site->store_, site->random_, directory_options);
  if (!directory) return fail(directory.error());
  site->directory_ = std::move(*directory);
  const mailbox::Sealing sealing{&site->directory_->sealing(), &site->random_, settings.pad_sizes};
  site->accounts_ = mailbox::Accounts::make(*site->store_, site->clock_, {}, sealing);
  return site;
}

}  // namespace posthorn::servers
