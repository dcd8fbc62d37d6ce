// imap-stress: many clients at random on four mailboxes of one account, on the real IMAP server and the real embedded
// store, every response held against a model. Ends with status 0 when nothing was inconsistent.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "stress/run.h"

namespace {

constexpr const char* kHelp =
    "imap-stress [--seconds N] [--clients N] [--seed N] [--faults]\n"
    "  --seconds N  how long the clients act at random (10)\n"
    "  --clients N  how many there are (32)\n"
    "  --seed N     repeats the choices of a run; what threads make of them differs (from the clock)\n"
    "  --faults     the store fails at random\n";

bool parse(int count, char** words, posthorn::stress::RunOptions& options) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--faults") {
      options.faults = true;
      continue;
    }
    if (i + 1 == count) return false;
    char* end = nullptr;
    const unsigned long long value = std::strtoull(words[++i], &end, 10);
    if (*end != '\0') return false;
    if (word == "--seconds") {
      options.seconds = static_cast<unsigned>(value);
    } else if (word == "--clients") {
      options.clients = static_cast<std::uint32_t>(value);
    } else if (word == "--seed") {
      options.seed = value;
    } else {
      return false;
    }
  }
  return options.clients > 0 && options.clients <= 1000;
}

}  // namespace

int main(int count, char** words) {
  posthorn::stress::RunOptions options;
  options.seed = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count() % 1'000'000);
  const bool asks = count == 2 && (std::string(words[1]) == "--help" || std::string(words[1]) == "-h");
  if (asks || !parse(count, words, options)) {
    std::fputs(kHelp, asks ? stdout : stderr);
    return asks ? 0 : 2;
  }
  std::string folder = std::filesystem::temp_directory_path() / "posthorn-stress-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    std::perror("imap-stress: no temporary folder");
    return 2;
  }
  options.folder = folder;
  const std::size_t problems = posthorn::stress::run(options);
  std::filesystem::remove_all(folder);
  std::printf("%zu inconsistencies (seed %llu)\n", problems, static_cast<unsigned long long>(options.seed));
  return problems == 0 ? 0 : 1;
}
