#include "posthorn/service/store/backends.h"

#include <algorithm>
#include <array>

#include "posthorn/service/store/memory.h"
#include "posthorn/service/store/sqlite.h"

namespace posthorn::store {
namespace {

Result<std::unique_ptr<Store>> open_sqlite(const std::string& directory) {
  return open_sqlite_store({.directory = directory});
}

Result<std::unique_ptr<Store>> open_memory(const std::string&) { return make_memory_store(); }

constexpr std::array kBackends = {
    Backend{"sqlite", "files in a directory, shared by all processes of this machine", true, open_sqlite},
    Backend{"memory", "nothing survives the process: for trials", false, open_memory},
};

}  // namespace

std::span<const Backend> backends() { return kBackends; }

const Backend* find_backend(View name) {
  const auto found = std::find_if(kBackends.begin(), kBackends.end(), [&](const Backend& b) { return b.name == name; });
  return found == kBackends.end() ? nullptr : &*found;
}

}  // namespace posthorn::store
