// Runs: "script NUL message", in a world that answers by the question. Whatever they do, a run ends within its limits
// and its outcome is one that a host can carry out.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "posthorn/protocol/sieve/program.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;
using namespace posthorn::sieve;

/// Says yes to every second question, by the octets in it.
class Oracle : public Environment {
 public:
  [[nodiscard]] WallTime now() const override { return WallTime(std::chrono::seconds(1'700'000'000)); }
  [[nodiscard]] std::optional<std::string> item(View name) const override { return answer(name); }
  [[nodiscard]] std::optional<std::string> configured(View name) const override { return answer(name); }
  Result<bool> mailbox_exists(View name) override { return is_odd(name); }
  Result<bool> mailbox_id_exists(View id) override { return is_odd(id); }
  Result<bool> special_use_exists(std::optional<View> /*mailbox*/, View use) override { return is_odd(use); }
  Result<std::optional<std::string>> metadata(std::optional<View> /*mailbox*/, View entry) override {
    return answer(entry);
  }
  Result<bool> seen_before(View id) override { return is_odd(id); }
  Result<std::shared_ptr<const Program>> include(Location where, View /*name*/) override {
    if (where == Location::personal) return self;
    return fail(peer_error(Code::syntax, "it does not compile"));
  }
  bool list_exists(View list) override { return is_odd(list); }
  Result<bool> is_in_list(View /*list*/, View value) override { return is_odd(value); }
  Score spam() override { return {true, 0.5}; }
  bool can_notify(View method) override { return is_odd(method); }

  std::shared_ptr<const Program> self;

 private:
  static bool is_odd(View text) { return text.size() % 2 == 1; }
  static std::optional<std::string> answer(View name) { return is_odd(name) ? std::optional(own(name)) : std::nullopt; }
};

void check_octets(const Octets& message, const Limits& limits, std::size_t before) {
  fuzzing::check(message == nullptr || message->size() <= before + limits.memory, "a message grows within its limit");
}

void check_outcome(const Outcome& outcome, const Limits& limits, std::size_t message) {
  fuzzing::check(outcome.actions.size() <= limits.actions + 1, "few actions");
  std::size_t redirects = 0;
  for (const Action& action : outcome.actions) {
    if (const auto* redirect = std::get_if<Redirect>(&action)) {
      ++redirects;
      fuzzing::check(!redirect->address.empty(), "redirected to somebody");
      check_octets(redirect->message, limits, message);
    }
    if (const auto* into = std::get_if<FileInto>(&action)) fuzzing::check(!into->mailbox.empty(), "filed somewhere");
    if (const auto* keep = std::get_if<Keep>(&action)) check_octets(keep->filing.message, limits, message);
    if (const auto* answer = std::get_if<Vacation>(&action))
      fuzzing::check(!answer->handle.empty(), "an answer has a handle");
  }
  fuzzing::check(redirects <= limits.redirects, "few redirects");
  if (!outcome.error) return;
  const auto* keep = outcome.actions.size() == 1 ? std::get_if<Keep>(outcome.actions.data()) : nullptr;
  fuzzing::check(keep != nullptr && keep->implicit, "what breaks off keeps the message");
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.size() > 65'536) return;
  const std::size_t end = std::min(input.find('\0'), input.size());
  const View message = input.substr(std::min(end + 1, input.size()));
  const Compilation made = compile(input.substr(0, end));
  if (made.program == nullptr) return;
  Oracle oracle;
  oracle.self = made.program;
  const Envelope envelope{
      .from = "sender@example.org", .to = "me+detail@example.com", .parameters = {{"notify", "NEVER"}}};
  RunOptions options;
  options.limits.steps = 20'000;
  options.limits.memory = 65'536;
  options.trace = end % 2 == 0;
  const std::array programs{made.program};
  const Outcome outcome = evaluate(programs, {message, envelope}, oracle, options);
  check_outcome(outcome, options.limits, message.size());
  const Outcome again = evaluate(programs, {message, envelope}, oracle, options);
  fuzzing::check(outcome.steps == again.steps && outcome.actions.size() == again.actions.size(), "a run repeats");
  oracle.self = nullptr;
}
