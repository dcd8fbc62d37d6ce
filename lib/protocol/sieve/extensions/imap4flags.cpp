#include "protocol/sieve/extensions/imap4flags.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/grammar/char_set.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/filing.h"
#include "protocol/sieve/interpolation.h"
#include "protocol/sieve/match.h"
#include "protocol/sieve/modifiers.h"

namespace posthorn::sieve::extensions {

namespace {

using Flags = std::vector<std::string>;

/// The internal variable (RFC 5232 section 2).
struct Internal {
  Flags flags;
  bool begun = false;
  bool touched = false;
};

Internal& internal_of(Run& run) {
  Internal& internal = run.state<Internal>();
  if (!std::exchange(internal.begun, true))
    internal.flags.assign(run.subject().flags.begin(), run.subject().flags.end());
  return internal;
}

constexpr CharSet kAtom = CharSet::range(0x21, 0x7E) - CharSet("(){%*\"\\]");

bool is_flag(View flag) {
  constexpr std::array<View, 5> kSystem{"\\answered", "\\flagged", "\\deleted", "\\seen", "\\draft"};
  if (flag.starts_with('\\')) return std::ranges::any_of(kSystem, [&](View each) { return same_word(each, flag); });
  return !flag.empty() && std::ranges::all_of(flag, [](char c) { return kAtom[c]; });
}

/// What it costs to look for a flag among others.
bool spend_search(Run& run, const Flags& flags, View flag) {
  return run.spend_octets((1 + flags.size()) * (kOctetsOfName + flag.size()));
}

/// @returns false: the script has failed
bool add(Run& run, Flags& flags, View flag) {
  const auto same = [&](const std::string& other) { return same_word(other, flag); };
  if (!spend_search(run, flags, flag)) return false;
  if (!is_flag(flag) || std::ranges::any_of(flags, same)) return true;
  const auto is_keyword = [](View other) { return !other.starts_with('\\'); };
  const auto keywords = static_cast<std::size_t>(std::ranges::count_if(flags, is_keyword));
  if (is_keyword(flag) && keywords >= run.options().limits.keywords) {
    run.fail("too many flags");
    return false;
  }
  flags.emplace_back(flag);
  return true;
}

// A string may hold several flags; unknown ones are passed over (RFC 5232 section 2).
void add_all(Run& run, Flags& flags, View list) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (!add(run, flags, list.substr(0, end))) return;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

Flags flags_of(Run& run, const std::vector<std::string>& lists) {
  Flags out;
  for (const std::string& each : lists) {
    if (run.failed()) break;
    add_all(run, out, each);
  }
  return out;
}

std::string joined(const Flags& flags) {
  std::string out;
  for (const std::string& each : flags) out += (out.empty() ? "" : " ") + each;
  return out;
}

void put_into(Run& run, Filing& filing) {
  const Internal& internal = internal_of(run);
  if (internal.touched) filing.flags = internal.flags;
}

enum class Change : std::uint8_t { set, add, remove };

template <Change Kind>
Flow change(Call& call) {
  Run& run = call.run();
  Internal& internal = internal_of(run);
  const bool named = call.has(std::size_t{0});
  std::optional<std::uint32_t> variable;
  if (named) variable = call.program().variable(lower_case(call.text(0)));
  Flags flags;
  if (named && Kind != Change::set) add_all(run, flags, run.frame().variable(*variable));
  if (!named && Kind != Change::set) flags = internal.flags;
  const Flags given = flags_of(run, call.texts(std::size_t{1}));
  for (const std::string& each : given) {
    if (Kind == Change::remove) {
      if (!spend_search(run, flags, each)) break;
      std::erase_if(flags, [&](const std::string& flag) { return same_word(flag, each); });
    } else {
      if (!add(run, flags, each)) break;
    }
  }
  if (run.failed()) return Flow::stop;
  if (named) {
    run.set(*variable, joined(flags));
    return Flow::next;
  }
  internal.flags = std::move(flags);
  internal.touched = true;
  if (!run.hold(0, joined(internal.flags).size())) return Flow::stop;
  run.at_filing(put_into);
  return Flow::next;
}

bool has_flag(Call& call) {
  Match match(call);
  Run& run = call.run();
  Flags flags;
  if (call.has(std::size_t{0})) {
    for (const std::string& name : call.texts(std::size_t{0})) {
      if (const auto variable = call.program().variable(lower_case(name)))
        add_all(run, flags, run.frame().variable(*variable));
    }
  } else {
    flags = internal_of(run).flags;
  }
  for (const std::string& flag : flags) {
    if (match.value(flag)) break;
  }
  return match.finish();
}

void check_names(Check& check) {
  if (!check.constants(0).empty() || find_parameter(check.program(), check.node(), 0) != nullptr) {
    if (!check.program().has_variables) return check.error("a variable of flags needs: require \"variables\";");
    if (!check.must_be_constant(0)) return;
    for (const Check::Constant& name : check.constants(0)) check_variable(check, name);
  }
}

void set_flags(Call& call, const TagRow& tag, Action& action) {
  Flags flags = flags_of(call.run(), call.texts(tag));
  if (auto* keep = std::get_if<Keep>(&action))
    keep->filing.flags = std::move(flags);
  else if (FileInto* into = filed(action))
    into->filing.flags = std::move(flags);
}

constexpr std::array kChange{Parameter{Value::string, true}, Parameter{Value::strings}};
constexpr std::array kHas{Parameter{Value::strings, true}, Parameter{Value::strings}};
constexpr Row kSetflag{.name = "setflag",
                       .source = "RFC 5232 section 3.1",
                       .example = "setflag \"\\\\Seen\";",
                       .parameters = kChange,
                       .check = check_names,
                       .run = change<Change::set>};
constexpr Row kAddflag{.name = "addflag",
                       .source = "RFC 5232 section 3.2",
                       .example = "addflag \"\\\\Seen\";",
                       .parameters = kChange,
                       .check = check_names,
                       .run = change<Change::add>};
constexpr Row kRemoveflag{.name = "removeflag",
                          .source = "RFC 5232 section 3.3",
                          .example = "removeflag \"\\\\Seen\";",
                          .parameters = kChange,
                          .check = check_names,
                          .run = change<Change::remove>};
constexpr Row kHasflag{.name = "hasflag",
                       .source = "RFC 5232 section 4",
                       .example = "hasflag \"\\\\Seen\"",
                       .parameters = kHas,
                       .takes = takes::match,
                       .keys = 2,
                       .check = check_names,
                       .test = has_flag};
constexpr std::array kCommands{&kSetflag, &kAddflag, &kRemoveflag};
constexpr std::array kTests{&kHasflag};
constexpr TagRow kFlags{.name = "flags",
                        .on = takes::filing | takes::sending,
                        .value = Value::strings,
                        .act = set_flags,
                        .check = check_filing_tag};
constexpr std::array kTags{&kFlags};

}  // namespace

constexpr Extension imap4flags{
    .name = "imap4flags", .source = "RFC 5232", .commands = kCommands, .tests = kTests, .tags = kTags};

}  // namespace posthorn::sieve::extensions
