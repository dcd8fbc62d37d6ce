#include "protocol/sieve/extensions/delivery.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/timestamp.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/moment.h"
#include "protocol/sieve/run.h"

namespace posthorn::sieve::extensions {

namespace {

std::string upper(View text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

/// RFC 3461 section 4.1: NEVER alone, or some of the others.
bool is_notify(View text) {
  if (same_word(text, "NEVER")) return true;
  while (true) {
    const std::size_t comma = text.find(',');
    const View word = text.substr(0, comma);
    if (!same_word(word, "SUCCESS") && !same_word(word, "FAILURE") && !same_word(word, "DELAY")) return false;
    if (comma == View::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool is_ret(View text) { return same_word(text, "FULL") || same_word(text, "HDRS"); }
bool is_mode(View text) { return same_word(text, "NOTIFY") || same_word(text, "RETURN"); }
bool is_time(View text) { return mail::parse_timestamp(text).has_value(); }

/// The text of a tag; where it is not what it has to be, the script fails.
template <bool (*Is)(View)>
bool is_good(Call& call, const TagRow& tag) {
  const View text = *call.text(tag);
  if (Is(text)) return true;
  call.run().fail("\"" + own(text) + "\" is no value of ':" + own(tag.name) + "'");
  return false;
}

template <bool (*Is)(View)>
void check_value(Check& check, const TagRow& tag) {
  for (const Check::Constant& each : check.constants(tag)) {
    if (!Is(each.text)) check.error(each.at, "\"" + own(each.text) + "\" is no value of ':" + own(tag.name) + "'");
  }
}

void notify(Call& call, const TagRow& tag, Action& action) {
  if (is_good<is_notify>(call, tag)) std::get<Redirect>(action).dsn.notify = upper(*call.text(tag));
}

void ret(Call& call, const TagRow& tag, Action& action) {
  if (is_good<is_ret>(call, tag)) std::get<Redirect>(action).dsn.ret = upper(*call.text(tag));
}

DeliverBy& deliver_by(Action& action) {
  auto& place = std::get<Redirect>(action).deliver_by;
  return place ? *place : place.emplace();
}

// RFC 2852 section 4: nine digits.
void relative(Call& call, const TagRow& tag, Action& action) {
  deliver_by(action).seconds = static_cast<std::int64_t>(std::min<std::uint64_t>(*call.number(tag), 999'999'999));
}

void absolute(Call& call, const TagRow& tag, Action& action) {
  if (!is_good<is_time>(call, tag)) return;
  const auto left = *mail::parse_timestamp(*call.text(tag)) - call.run().environment().now();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left).count();
  deliver_by(action).seconds = std::clamp<std::int64_t>(seconds, -999'999'999, 999'999'999);
}

void mode(Call& call, const TagRow& tag, Action& action) {
  if (is_good<is_mode>(call, tag)) deliver_by(action).return_late = same_word(*call.text(tag), "RETURN");
}

void trace(Call& /*call*/, const TagRow& /*tag*/, Action& action) { deliver_by(action).trace = true; }

constexpr TagRow kNotify{
    .name = "notify", .on = takes::redirect, .value = Value::string, .act = notify, .check = check_value<is_notify>};
constexpr TagRow kRet{
    .name = "ret", .on = takes::redirect, .value = Value::string, .act = ret, .check = check_value<is_ret>};
constexpr std::array kDsnTags{&kNotify, &kRet};

constexpr TagRow kRelative{
    .name = "bytimerelative", .on = takes::redirect, .value = Value::number, .group = Group::period, .act = relative};
constexpr TagRow kAbsolute{.name = "bytimeabsolute",
                           .on = takes::redirect,
                           .value = Value::string,
                           .group = Group::period,
                           .act = absolute,
                           .check = check_value<is_time>};

void check_time(Check& check) {
  if (!check.has(kRelative) && !check.has(kAbsolute)) check.error("':bymode' and ':bytrace' stand only beside a time");
}

constexpr TagRow kMode{.name = "bymode",
                       .on = takes::redirect,
                       .value = Value::string,
                       .act = mode,
                       .check = [](Check& check, const TagRow& tag) {
                         check_time(check);
                         check_value<is_mode>(check, tag);
                       }};
constexpr TagRow kTrace{
    .name = "bytrace", .on = takes::redirect, .act = trace, .check = [](Check& check, const TagRow& /*tag*/) {
      check_time(check);
    }};
constexpr std::array kByTags{&kRelative, &kAbsolute, &kMode, &kTrace};

}  // namespace

constexpr TagRow kEnvelopeZone{
    .name = "zone", .on = takes::envelope, .value = Value::string, .group = Group::zone, .check = check_zone};
namespace {
constexpr std::array kEnvelopeTags{&kEnvelopeZone};
}

constexpr Extension envelope_dsn{.name = "envelope-dsn", .source = "RFC 6009"};
constexpr Extension envelope_deliverby{.name = "envelope-deliverby", .source = "RFC 6009", .tags = kEnvelopeTags};
constexpr Extension redirect_dsn{.name = "redirect-dsn", .source = "RFC 6009", .tags = kDsnTags};
constexpr Extension redirect_deliverby{.name = "redirect-deliverby", .source = "RFC 6009", .tags = kByTags};

}  // namespace posthorn::sieve::extensions
