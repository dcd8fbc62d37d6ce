// Sieve alone: how many messages a second one script judges, how long a long script compiles, and what a run holds.
//
//   sieve-load run SCRIPT FOLDER [rounds]    "messages a processor second", "steps" of all, "octets" a run holds at most
//   sieve-load compile SCRIPT                "seconds" of one compilation
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <string>
#include <vector>

#include <malloc.h>

#include "posthorn/protocol/sieve/program.h"

namespace {

std::size_t held = 0;
std::size_t most = 0;

}  // namespace

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  held += malloc_usable_size(memory);
  most = std::max(most, held);
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory != nullptr) held -= malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept { operator delete(memory); }

namespace {

using namespace posthorn;

struct World : sieve::Environment {
  [[nodiscard]] WallTime now() const override { return WallTime(std::chrono::seconds(1'790'000'000)); }
};

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

sieve::Compilation compiled(const std::string& script) {
  sieve::Compilation made = sieve::compile(View(script));
  for (const auto& each : made.errors) std::fprintf(stderr, "%u:%u %s\n", each.at.line, each.at.column, each.text.c_str());
  if (made.program == nullptr) std::exit(1);
  return made;
}

int run(const char* script, const char* folder, int rounds) {
  const sieve::Compilation made = compiled(read(script));
  const std::shared_ptr<const sieve::Program> programs[] = {made.program};
  std::vector<std::string> messages;
  for (const auto& each : std::filesystem::directory_iterator(folder)) messages.push_back(read(each.path()));
  const sieve::Envelope envelope{"sender@example.org", "me@example.com", std::nullopt, {}};
  World world;
  std::uint64_t steps = 0;
  std::size_t actions = 0;
  std::size_t peak = 0;
  std::vector<double> rates;
  for (int i = 0; i < rounds; ++i) {
    const double begin = processor_seconds();
    for (const std::string& message : messages) {
      const std::size_t before = held;
      most = held;
      const sieve::Outcome outcome = sieve::evaluate(programs, {message, envelope}, world);
      peak = std::max(peak, most - before);
      steps += outcome.steps;
      actions += outcome.actions.size();
    }
    rates.push_back(static_cast<double>(messages.size()) / (processor_seconds() - begin));
  }
  std::sort(rates.begin(), rates.end());
  std::printf("messages %.0f\nsteps %llu\nactions %zu\noctets %zu\n", rates[rates.size() / 2],
              static_cast<unsigned long long>(steps), actions / static_cast<std::size_t>(rounds), peak);
  return 0;
}

int compile(const char* script) {
  const std::string text = read(script);
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const double begin = processor_seconds();
    static_cast<void>(compiled(text));
    times.push_back(processor_seconds() - begin);
  }
  std::sort(times.begin(), times.end());
  std::printf("seconds %.5f\n", times[times.size() / 2]);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string what = count > 2 ? words[1] : "";
  if (what == "run" && count > 3) return run(words[2], words[3], count > 4 ? std::atoi(words[4]) : 5);
  if (what == "compile") return compile(words[2]);
  std::fprintf(stderr, "sieve-load run SCRIPT FOLDER [rounds] | compile SCRIPT\n");
  return 2;
}
