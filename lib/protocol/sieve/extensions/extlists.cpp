#include "protocol/sieve/extensions/extlists.h"

#include <array>
#include <string>

#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

bool must_exist(Run& run, View list) {
  if (!run.spend_question()) return false;
  if (run.environment().list_exists(list)) return true;
  run.fail("there is no list \"" + own(list) + "\"");
  return false;
}

// RFC 6134 section 2.2: ${0} is what was found.
bool is_in_list(Match& match, View value, View key) {
  Run& run = match.run();
  if (!must_exist(run, key) || !run.ask(run.environment().is_in_list(key, value))) return false;
  if (match.wants_parts()) match.found({own(value)});
  return true;
}

void name_list(Call& call, const TagRow& /*tag*/, Action& action) {
  auto* redirect = std::get_if<Redirect>(&action);
  if (redirect == nullptr) return;
  redirect->list = must_exist(call.run(), redirect->address);
}

bool valid(Call& call) {
  for (const std::string& list : call.texts(std::size_t{0})) {
    if (!call.run().spend_question() || !call.run().environment().list_exists(list)) return false;
  }
  return true;
}

constexpr std::array kNames{Parameter{Value::strings}};
constexpr Row kValid{.name = "valid_ext_list",
                     .source = "RFC 6134 section 2.7",
                     .example = "valid_ext_list \":addrbook:default\"",
                     .parameters = kNames,
                     .test = valid};
constexpr std::array kTests{&kValid};
constexpr MatchType kListType{.holds = is_in_list, .collates = false};
constexpr TagRow kMatch{.name = "list", .on = takes::match, .group = Group::match_type, .match = &kListType};
constexpr TagRow kRedirect{.name = "list", .on = takes::redirect, .act = name_list, .lists = true};
constexpr std::array kTags{&kMatch, &kRedirect};

}  // namespace

constexpr Extension extlists{.name = "extlists", .source = "RFC 6134", .tests = kTests, .tags = kTags};

}  // namespace posthorn::sieve::extensions
