// A run of a program: what commands and tests work with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/sieve/environment.h"
#include "posthorn/protocol/sieve/program.h"

#include "protocol/sieve/code.h"
#include "protocol/sieve/mail.h"

namespace posthorn::sieve {

class Run;

/// A command or test with its arguments, as it is met.
class Call {
 public:
  Call(Run& run, const Program& program, const Node& node) : run_(run), program_(program), node_(node) {}

  [[nodiscard]] Run& run() const { return run_; }
  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] const Node& node() const { return node_; }

  [[nodiscard]] bool has(const TagRow& tag) const { return find_tag(program_, node_, tag) != nullptr; }
  [[nodiscard]] const TagRow* chosen(Group group) const { return find_group(program_, node_, group); }
  /// Of a tag: its number, its string, its strings; nullopt or nothing where the tag is not there.
  [[nodiscard]] std::optional<std::uint64_t> number(const TagRow& tag) const;
  [[nodiscard]] std::optional<View> text(const TagRow& tag) const;
  [[nodiscard]] std::vector<std::string> texts(const TagRow& tag) const;
  /// Of a parameter. @param i  its place in Row::parameters
  [[nodiscard]] bool has(std::size_t i) const { return find_parameter(program_, node_, i) != nullptr; }
  [[nodiscard]] std::uint64_t number(std::size_t i) const { return find_parameter(program_, node_, i)->number; }
  [[nodiscard]] View text(std::size_t i) const { return text_at(i, 0); }
  [[nodiscard]] std::size_t count(std::size_t i) const;
  [[nodiscard]] View text_at(std::size_t i, std::size_t place) const;
  [[nodiscard]] std::vector<std::string> texts(std::size_t i) const;

  [[nodiscard]] std::size_t tests() const { return node_.tests.count; }
  [[nodiscard]] bool test(std::size_t i) const;
  [[nodiscard]] Flow block() const;
  /// The fields that its tags select.
  [[nodiscard]] Selection selection() const;

 private:
  Run& run_;
  const Program& program_;
  const Node& node_;
};

/// What a program has while it runs: one for each script that is included.
struct Frame {
  const Program* program = nullptr;
  std::vector<std::string> variables;
  std::vector<std::string> matches;              ///< ${0} and so on
  std::map<std::uint32_t, std::string*> shared;  ///< variables that are others' too (RFC 6609 section 3.4)

  [[nodiscard]] std::string& variable(std::uint32_t number) {
    const auto found = shared.empty() ? shared.end() : shared.find(number);
    return found == shared.end() ? variables[number] : *found->second;
  }
};

/// A body of 20 MiB that is looked through for ten words is some 50,000 steps.
constexpr std::uint64_t kOctetsOfStep = 4096;
/// A text costs no less than this, however short it is.
constexpr std::uint64_t kOctetsOfText = 64;
/// And a name that is only compared, as that of a field, less.
constexpr std::uint64_t kOctetsOfName = 8;
constexpr std::uint64_t kStepsOfQuestion = 100;

class Run {
 public:
  Run(const Subject& subject, Environment& environment, const RunOptions& options);
  ~Run();

  /// Runs scripts as one and takes what came of it.
  [[nodiscard]] Outcome run(std::span<const std::shared_ptr<const Program>> scripts);

  [[nodiscard]] Mail& mail() { return mail_; }
  [[nodiscard]] Environment& environment() { return environment_; }
  [[nodiscard]] const Subject& subject() const { return subject_; }
  [[nodiscard]] const RunOptions& options() const { return options_; }
  [[nodiscard]] Frame& frame() { return frames_.back(); }
  [[nodiscard]] std::size_t depth() const { return frames_.size(); }
  [[nodiscard]] Outcome& outcome() { return outcome_; }

  /// A text with its variables put in. @lifetime of the result: this statement
  [[nodiscard]] View text(const Program& program, const Text& text);
  /// Keeps octets for this statement.
  [[nodiscard]] View keep(std::string octets) { return scratch_.emplace_back(std::move(octets)); }
  /// What a statement may hold of variables and made texts; false: the script has failed.
  bool hold(std::size_t before, std::size_t now);
  /// Sets a variable, cut to what it may hold.
  void set(std::uint32_t variable, std::string value);
  [[nodiscard]] std::string cut(std::string value) const;

  /// Ends the script as a run-time error (RFC 5228 section 2.10.6).
  void fail(View why);
  [[nodiscard]] bool failed() const { return outcome_.error.has_value(); }
  /// The value, or `fallback` and a failed script.
  template <class T>
  T ask(Result<T> answer, T fallback = {}) {
    if (!answer) fail("the host could not answer: " + answer.error().note);
    return answer && spend_question() ? std::move(*answer) : fallback;
  }
  /// Counts work; false: the script has failed.
  bool spend(std::uint64_t steps);
  /// Counts what is read or compared: little things add up to a step.
  bool spend_octets(std::uint64_t octets);
  /// Counts a question to the host: its answer may lie in the store.
  bool spend_question() { return spend(kStepsOfQuestion); }

  /// Adds an action with what the command's tags change of it.
  void act(Call& call, Action action, bool cancels_keep);
  /// Says something to who traces.
  [[nodiscard]] bool traces() const { return options_.trace; }
  void trace(Place at, std::string text);

  [[nodiscard]] Flow commands(const Program& program, Span block);
  [[nodiscard]] bool test(const Program& program, std::uint32_t node);
  /// Runs another program in a frame of its own.
  [[nodiscard]] Flow enter(const Program& program);

  /// What an extension keeps for the whole run; one object for each type.
  template <class T>
  T& state() {
    static constexpr char kKey = 0;
    std::shared_ptr<void>& place = states_[&kKey];
    if (!place) place = std::make_shared<T>();
    return *static_cast<T*>(place.get());
  }
  /// Called with the implicit keep at the end: extensions add what they know of the message.
  using AtKeep = void (*)(Run& run, Filing& filing);
  void at_filing(AtKeep hook) { at_filing_ = hook; }

 private:
  Flow command(const Program& program, const Node& node, bool& taken);
  void finish_script(bool last);
  [[nodiscard]] Keep implicit_keep();
  void forget_scratch();
  [[nodiscard]] bool is_allowed(const Action& action);

  const Subject& subject_;
  Environment& environment_;
  const RunOptions& options_;
  Mail mail_;
  Outcome outcome_;
  std::deque<Frame> frames_;
  std::deque<std::string> scratch_;
  std::map<const void*, std::shared_ptr<void>> states_;
  AtKeep at_filing_ = nullptr;
  /// In octets.
  struct Counters {
    std::size_t held = 0;      // in variables
    std::size_t scratch = 0;   // in texts with variables of this statement
    std::uint64_t looked = 0;  // at since the last step was counted for it
  };
  Counters counters_;
  Place at_;
  bool keeps_ = true;
  /// What the scripts in front have left: it stays whatever happens to the one that runs.
  struct Settled {
    std::vector<Action> actions;
    std::vector<Remembered> remembered;
    Keep keep{.filing = {}, .implicit = true};
  };
  Settled settled_;
};

}  // namespace posthorn::sieve
