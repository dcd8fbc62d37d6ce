#include "protocol/sieve/extensions/vacation.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "posthorn/grammar/mail/address.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

void check_from(Check& check, const TagRow& tag) {
  for (const Check::Constant& from : check.constants(tag)) {
    const auto list = mail::address_list(from.text);
    const bool one =
        list.size() == 1 && list.front().kind == mail::Address::Kind::mailbox && !list.front().domain.empty();
    if (!one) check.error(from.at, "\"" + own(from.text) + "\" is no address to answer from");
  }
}

constexpr TagRow kDays{.name = "days", .value = Value::number, .group = Group::period};
constexpr TagRow kSeconds{.name = "seconds", .on = takes::answer, .value = Value::number, .group = Group::period};
constexpr TagRow kSubject{.name = "subject", .value = Value::string};
constexpr TagRow kFrom{.name = "from", .value = Value::string, .check = check_from};
constexpr TagRow kAddresses{.name = "addresses", .value = Value::strings};
constexpr TagRow kMime{.name = "mime"};
constexpr TagRow kHandle{.name = "handle", .value = Value::string};
constexpr std::array kTags{&kDays, &kSubject, &kFrom, &kAddresses, &kMime, &kHandle};
constexpr std::array kSecondsTags{&kSeconds};

/// Answers that say different things are different answers (RFC 5230 section 4.2).
std::string handle_of(const Vacation& answer) {
  return answer.subject + '\x1f' + answer.from + '\x1f' + (answer.mime ? "m" : "t") + '\x1f' + answer.reason;
}

Flow answer(Call& call) {
  Vacation action{.reason = own(call.text(0)), .mime = call.has(kMime)};
  action.subject = call.text(kSubject).value_or("");
  action.from = call.text(kFrom).value_or("");
  action.addresses = call.texts(kAddresses);
  const auto seconds = call.number(kSeconds);
  constexpr std::uint64_t kMost = 365U * 24U * 3600U;
  // RFC 5230 section 4.1: a period of less than one is one.
  const auto days = std::max<std::uint64_t>(call.number(kDays).value_or(7), 1);
  action.period = seconds ? std::chrono::seconds(std::min(*seconds, kMost))
                          : std::chrono::seconds(std::min(days, std::uint64_t{365}) * 24U * 3600U);
  action.handle = call.text(kHandle) ? own(*call.text(kHandle)) : handle_of(action);
  call.run().act(call, std::move(action), false);
  return Flow::next;
}

constexpr std::array kReason{Parameter{Value::string}};
constexpr Row kVacation{.name = "vacation",
                        .source = "RFC 5230 section 4",
                        .example = "vacation :days 7 :addresses [\"tim@example.com\"] \"away\";",
                        .parameters = kReason,
                        .tags = kTags,
                        .takes = takes::sending | takes::answer,
                        .run = answer};
constexpr std::array kCommands{&kVacation};
constexpr std::array<View, 1> kImplied{"vacation"};

}  // namespace

constexpr Extension vacation{.name = "vacation", .source = "RFC 5230", .commands = kCommands, .answers_delivery = true};
constexpr Extension vacation_seconds{
    .name = "vacation-seconds", .source = "RFC 6131", .tags = kSecondsTags, .implies = kImplied};

}  // namespace posthorn::sieve::extensions
