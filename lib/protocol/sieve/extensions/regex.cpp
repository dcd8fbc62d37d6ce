#include "protocol/sieve/extensions/regex.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <re2/re2.h>

#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

/// Octets that a compiled expression and its automaton may take.
constexpr std::int64_t kMemory = 512 * 1024;

using Expression = std::shared_ptr<const re2::RE2>;

/// POSIX extended expressions, with "\w", "\b" and their like, over the whole text as one line.
Expression compiled(View key, bool ignores_case, std::string& wrong) {
  re2::RE2::Options options(re2::RE2::POSIX);
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  options.set_case_sensitive(!ignores_case);
  options.set_perl_classes(true);
  options.set_word_boundary(true);
  options.set_one_line(true);
  options.set_dot_nl(true);
  auto made = std::make_shared<const re2::RE2>(re2::StringPiece(key.data(), key.size()), options);
  if (made->ok()) return made;
  wrong = "\"" + own(key) + "\" is no regular expression: " + made->error();
  return nullptr;
}

std::shared_ptr<const void> prepare(View key, bool ignores_case, std::string& wrong) {
  return compiled(key, ignores_case, wrong);
}

/// The last expression that was made while running: loops and lists of fields ask for the same one again.
struct Last {
  std::string key;
  bool ignores_case = false;
  Expression expression;
};

const re2::RE2* made_now(Match& match, View key) {
  Run& run = match.run();
  Last& last = run.state<Last>();
  const bool ignores_case = match.comparator().ignores_case;
  if (last.expression && last.key == key && last.ignores_case == ignores_case) return last.expression.get();
  std::string wrong;
  last = {own(key), ignores_case, compiled(key, ignores_case, wrong)};
  if (!last.expression) {
    run.fail(wrong);
    return nullptr;
  }
  return run.spend(static_cast<std::uint64_t>(last.expression->ProgramSize()) + key.size()) ? last.expression.get()
                                                                                            : nullptr;
}

bool fits(Match& match, View value, View key) {
  const void* prepared = match.prepared();
  const re2::RE2* expression = prepared == nullptr ? made_now(match, key) : static_cast<const re2::RE2*>(prepared);
  if (expression == nullptr) return false;
  const auto size = static_cast<std::uint64_t>(std::max(expression->ProgramSize(), 1));
  if (!match.run().spend_octets(value.size() * size)) return false;
  const re2::StringPiece text(value.data(), value.size());
  // What the groups stand for costs more to find, and nobody asks where there are no variables.
  std::size_t wanted = 0;
  if (match.wants_parts()) {
    wanted = std::min(match.run().options().limits.match_values,
                      static_cast<std::size_t>(expression->NumberOfCapturingGroups()) + 1);
  }
  std::vector<re2::StringPiece> groups(wanted);
  if (!expression->Match(text, 0, text.size(), re2::RE2::UNANCHORED, groups.data(), static_cast<int>(wanted)))
    return false;
  if (wanted == 0) return true;
  std::vector<std::string> parts;
  for (const re2::StringPiece& each : groups) parts.emplace_back(each.data() == nullptr ? "" : std::string(each));
  match.found(std::move(parts));
  return true;
}

void quote(std::string& value) {
  std::string out;
  for (const char c : value) {
    if (View(".*?+[](){}^$|\\").find(c) != View::npos) out += '\\';
    out += c;
  }
  value = std::move(out);
}

constexpr MatchType kRegexType{.holds = fits, .substrings = true, .collates = false, .prepare = prepare};
constexpr TagRow kRegex{.name = "regex", .on = takes::match, .group = Group::match_type, .match = &kRegexType};
constexpr TagRow kQuoteRegex{
    .name = "quoteregex", .on = takes::modifier, .group = Group::quoting, .modify = quote, .rank = 20};
constexpr std::array kTags{&kRegex, &kQuoteRegex};

}  // namespace

constexpr Extension regex{.name = "regex", .source = "draft-ietf-sieve-regex-01", .tags = kTags};

}  // namespace posthorn::sieve::extensions
