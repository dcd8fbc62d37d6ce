#include "protocol/sieve/extensions/enotify.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mail/mailto.h"

#include "protocol/sieve/check.h"
#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

constexpr CharSet kAlpha = CharSet::range('a', 'z') + CharSet::range('A', 'Z');
constexpr CharSet kDigit = CharSet::range('0', '9');
constexpr CharSet kScheme = kAlpha + kDigit + CharSet("+-.");
constexpr CharSet kUnreserved = kAlpha + kDigit + CharSet("-._~");
constexpr CharSet kHex = kDigit + CharSet::range('a', 'f') + CharSet::range('A', 'F');
constexpr CharSet kUri = kUnreserved + CharSet(":/?#[]@!$&'()*+,;=");

/// RFC 3986 section 3: a scheme and what behind its colon is written in the characters of a URI.
bool is_uri(View text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == View::npos || !kAlpha[text.front()]) return false;
  if (!std::ranges::all_of(text.substr(0, colon), [](char c) { return kScheme[c]; })) return false;
  for (std::size_t i = colon + 1; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && kHex[text[i + 1]] && kHex[text[i + 2]];
    if (!escape && !kUri[text[i]]) return false;
    if (escape) i += 2;
  }
  return true;
}

bool is_mailto(View uri) { return same_word(uri.substr(0, uri.find(':')), "mailto"); }

/// RFC 5436 section 2.1: there is somebody to notify.
bool is_method(View uri) { return is_uri(uri) && (!is_mailto(uri) || mail::parse_mailto(uri).has_value()); }

bool is_usable(Run& run, View uri) { return is_method(uri) && run.environment().can_notify(uri); }

std::optional<std::uint8_t> importance_of(View text) {
  if (text.size() != 1 || text.front() < '1' || text.front() > '3') return std::nullopt;
  return static_cast<std::uint8_t>(text.front() - '0');
}

// RFC 5435 section 3.5: name=value.
bool is_option(View text) {
  const std::size_t equals = text.find('=');
  return equals != 0 && equals != View::npos && std::ranges::all_of(text.substr(0, equals), [](char c) {
           return kAlpha[c] || kDigit[c] || View("-_.").contains(c);
         });
}

void check_importance(Check& check, const TagRow& tag) {
  for (const Check::Constant& each : check.constants(tag)) {
    if (!importance_of(each.text)) check.error(each.at, "an importance is \"1\", \"2\" or \"3\"");
  }
}

void check_options(Check& check, const TagRow& tag) {
  for (const Check::Constant& each : check.constants(tag)) {
    if (!is_option(each.text)) check.error(each.at, "an option is written as \"name=value\"");
  }
}

constexpr TagRow kFrom{.name = "from", .value = Value::string};
constexpr TagRow kImportance{.name = "importance", .value = Value::string, .check = check_importance};
constexpr TagRow kOptions{.name = "options", .value = Value::strings, .check = check_options};
constexpr TagRow kMessage{.name = "message", .value = Value::string};
constexpr std::array kTags{&kFrom, &kImportance, &kOptions, &kMessage};

Flow notify(Call& call) {
  Run& run = call.run();
  Notify action{.method = own(call.text(0)), .message = own(call.text(kMessage).value_or(""))};
  action.from = call.text(kFrom).value_or("");
  action.options = call.texts(kOptions);
  const auto importance = importance_of(call.text(kImportance).value_or("2"));
  if (!importance) {
    run.fail("an importance is \"1\", \"2\" or \"3\"");
    return Flow::stop;
  }
  action.importance = *importance;
  if (!is_usable(run, action.method)) {
    run.fail("nobody can be notified by \"" + action.method + "\"");
    return Flow::stop;
  }
  // RFC 5436 section 2.2: what is no address is as if it was not there.
  if (is_mailto(action.method) && !action.from.empty()) {
    const auto list = mail::address_list(action.from);
    const bool one =
        list.size() == 1 && list.front().kind == mail::Address::Kind::mailbox && !list.front().domain.empty();
    if (!one) action.from.clear();
  }
  run.act(call, std::move(action), false);
  return Flow::next;
}

void check_method(Check& check) {
  for (const Check::Constant& method : check.constants(0)) {
    if (!is_method(method.text)) check.error(method.at, "\"" + own(method.text) + "\" is no way to notify somebody");
  }
}

bool is_valid(Call& call) {
  for (const std::string& uri : call.texts(std::size_t{0})) {
    if (!is_usable(call.run(), uri)) return false;
  }
  return true;
}

/// RFC 5435 section 5, RFC 8580 section 3. nullopt: nothing is known by that name.
std::optional<View> capability_of(View name) {
  if (same_word(name, "online")) return "maybe";
  if (same_word(name, "fcc")) return "yes";
  return std::nullopt;
}

// Of a method without anybody to notify only the scheme counts: "xmpp:".
bool has_capability(Call& call) {
  Match match(call);
  const View uri = call.text(0);
  const auto value = capability_of(call.text(1));
  if (value && is_uri(uri) && call.run().environment().can_notify(uri)) static_cast<void>(match.value(*value));
  return match.finish();
}

void encode(std::string& value) {
  constexpr View kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    if (kUnreserved[c]) {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[octet >> 4U];
    out += kDigits[octet & 15U];
  }
  value = std::move(out);
}

constexpr std::array kMethod{Parameter{Value::string}};
constexpr std::array kUris{Parameter{Value::strings}};
constexpr std::array kAsked{Parameter{Value::string}, Parameter{Value::string}, Parameter{Value::strings}};
constexpr Row kNotify{.name = "notify",
                      .source = "RFC 5435 section 3",
                      .example = "notify :importance \"1\" :message \"You got mail\" \"mailto:alm@example.com\";",
                      .parameters = kMethod,
                      .tags = kTags,
                      .takes = takes::sending,
                      .check = check_method,
                      .run = notify};
constexpr Row kValid{.name = "valid_notify_method",
                     .source = "RFC 5435 section 4",
                     .example = "valid_notify_method [\"mailto:alm@example.com\"]",
                     .parameters = kUris,
                     .test = is_valid};
constexpr Row kCapability{.name = "notify_method_capability",
                          .source = "RFC 5435 section 5",
                          .example = "notify_method_capability \"xmpp:tim@example.com\" \"Online\" \"yes\"",
                          .parameters = kAsked,
                          .takes = takes::match,
                          .keys = 3,
                          .test = has_capability};
constexpr std::array kCommands{&kNotify};
constexpr std::array kTests{&kValid, &kCapability};
constexpr TagRow kEncodeUrl{.name = "encodeurl", .on = takes::modifier, .modify = encode, .rank = 15};
constexpr std::array kModifiers{&kEncodeUrl};

}  // namespace

constexpr Extension enotify{
    .name = "enotify", .source = "RFC 5435", .commands = kCommands, .tests = kTests, .tags = kModifiers};

}  // namespace posthorn::sieve::extensions
