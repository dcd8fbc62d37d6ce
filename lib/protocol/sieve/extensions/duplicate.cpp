#include "protocol/sieve/extensions/duplicate.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "protocol/sieve/check.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

constexpr TagRow kHandle{.name = "handle", .value = Value::string};
constexpr TagRow kHeader{.name = "header", .value = Value::string, .group = Group::body};
constexpr TagRow kUniqueid{.name = "uniqueid", .value = Value::string, .group = Group::body};
constexpr TagRow kSeconds{.name = "seconds", .value = Value::number};
constexpr TagRow kLast{.name = "last"};
constexpr std::array kTags{&kHandle, &kHeader, &kUniqueid, &kSeconds, &kLast};

/// RFC 7352 section 3.1; empty: this message has nothing that tells it from others.
std::string id_of(Call& call) {
  Mail& mail = call.run().mail();
  if (const auto id = call.text(kUniqueid)) return own(*id);
  const auto header = call.text(kHeader);
  std::vector<std::uint32_t> found;
  if (!call.run().spend_octets(mail.fields().size() * kOctetsOfName)) return {};
  mail.find(header.value_or("message-id"), {}, found);
  return found.empty() ? std::string() : own(mail.decoded(found.front()).text);
}

bool test(Call& call) {
  Run& run = call.run();
  const std::string id = id_of(call);
  if (id.empty()) return false;
  // The kinds of ids do not meet each other, nor do handles.
  const std::string whole = (call.has(kUniqueid) ? "u"
                             : call.has(kHeader) ? "h"
                                                 : "m") +
                            own(call.text(kHandle).value_or("")) + '\x1f' + id;
  constexpr std::uint64_t kDefault = 7U * 24U * 3600U;
  constexpr std::uint64_t kMost = 365U * 24U * 3600U;
  const std::chrono::seconds period(std::min(call.number(kSeconds).value_or(kDefault), kMost));
  const bool seen = run.ask(run.environment().seen_before(whole));
  auto& remembered = run.outcome().remembered;
  const bool now = std::ranges::any_of(remembered, [&](const Remembered& each) { return each.id == whole; });
  // Its time begins anew only with :last (RFC 7352 section 3).
  if (!now && (!seen || call.has(kLast))) {
    if (remembered.size() >= run.options().limits.actions) run.fail("too many messages to remember");
    remembered.push_back({whole, period});
  }
  return seen;
}

void check(Check& check) {
  for (const Check::Constant& name : check.constants(kHeader)) {
    if (name.text.empty()) check.error(name.at, "this is no name of a header field");
  }
}

constexpr Row kDuplicate{.name = "duplicate",
                         .source = "RFC 7352 section 3",
                         .example = "duplicate :header \"x-id\"",
                         .tags = kTags,
                         .check = check,
                         .test = test};
constexpr std::array kTests{&kDuplicate};

}  // namespace

constexpr Extension duplicate{.name = "duplicate", .source = "RFC 7352", .tests = kTests};

}  // namespace posthorn::sieve::extensions
