#include <chrono>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "posthorn/bytes/crypto/kdf.h"

#include "commands.h"
#include "terminal.h"

namespace posthorn::servers {

namespace {

constexpr std::size_t kLeast = 16U << 20U;
constexpr std::uint64_t kPasses = 2;  // as the default: more memory is the better way to spend time

struct Words {
  std::uint64_t milliseconds = 250;
  std::string most = "1G";
};

/// Milliseconds of one run here and now. @errors unavailable: not so much memory
Result<double> measure(std::size_t octets) {
  const auto begin = std::chrono::steady_clock::now();
  const auto run = crypto::argon2id(Secret(View("a password")), "sixteen octets..", {kPasses, octets});
  if (!run) return fail(run.error());
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

int tune(const Words& words) {
  const auto most = parse_octets(words.most);
  if (!most) return complain("password-cost", most.error());
  std::size_t chosen = 0;
  double taken = 0;
  for (std::size_t octets = kLeast; octets <= std::min<std::uint64_t>(*most, crypto::kMaxArgon2Cost.octets);
       octets *= 2) {
    const auto milliseconds = measure(octets);
    if (!milliseconds || (chosen != 0 && *milliseconds > static_cast<double>(words.milliseconds))) break;
    chosen = octets;
    taken = *milliseconds;
    fmt::print(stderr, "{}: {:.0f} ms\n", format_octets(octets), taken);
  }
  if (chosen == 0) return complain("password-cost", environment_error(Code::unavailable, "not even 16 MiB of memory"));
  fmt::print(
      "[password]\n"
      "argon2_octets = {}\n"
      "argon2_passes = {}\n"
      "# {:.0f} ms for a login on this machine; each that runs at the same time (password.parallel) takes {}.\n"
      "# Passwords that are there are hashed at the new cost at their next login.\n",
      chosen, kPasses, taken, format_octets(chosen));
  return 0;
}

}  // namespace

void add_cost_command(CLI::App& app) {
  auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand("password-cost",
                                         "measure what hashing a password costs here, and print the settings that fit");
  command->add_option("--milliseconds", words->milliseconds, "how long a login may take")->capture_default_str();
  command->add_option("--most", words->most, "memory of one hashing at most: 512M")->capture_default_str();
  command->callback([words] {
    if (const int status = tune(*words); status != 0) throw CLI::RuntimeError(status);
  });
}

}  // namespace posthorn::servers
