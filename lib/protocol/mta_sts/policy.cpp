#include "posthorn/protocol/mta_sts/policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/cursor.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/grammar/mail/policy_record.h"

namespace posthorn::mta_sts {

namespace {

constexpr View kVersion = "STSv1";
constexpr std::size_t kMaxId = 32;  // octets, RFC 8461 section 3.1
constexpr CharSet kKey = chars::kAlnum + CharSet("_-.");

struct ModeWord {
  View word;
  Mode mode;
};
constexpr std::array<ModeWord, 3> kModes = {
    {{"enforce", Mode::enforce}, {"testing", Mode::testing}, {"none", Mode::none}}};

Error bad(View what) { return peer_error(Code::syntax, what); }

/// What was read so far; each key but "mx" counts once.
struct Draft {
  std::optional<std::string> version, mode, max_age;
  std::vector<std::string> mx;
};

Result<std::string> read_pattern(View text) {
  const bool any_label = text.starts_with("*.");
  auto name = mail::ascii_domain(any_label ? text.substr(2) : text);
  if (!name || text.find_first_of("\t ") != View::npos) return fail(bad("mx: no name of a host"));
  return any_label ? "*." + *name : std::move(*name);
}

Result<void> read_line(View line, Draft& draft, const Limits& limits) {
  const std::size_t colon = line.find(':');
  const View key = line.substr(0, std::min(colon, line.size()));
  if (colon == View::npos || key.empty() || key.size() > 32 ||
      !std::ranges::all_of(key, [](char c) { return kKey[c]; }))
    return fail(bad("a line is no field"));
  View value = line.substr(colon + 1);
  while (!value.empty() && chars::kSpace[value.front()]) value.remove_prefix(1);
  if (key == "mx") {
    if (draft.mx.size() == limits.patterns) return fail(peer_error(Code::too_many, "mx"));
    auto pattern = read_pattern(value);
    if (!pattern) return fail(pattern.error());
    draft.mx.push_back(std::move(*pattern));
    return {};
  }
  for (const auto& [name, field] : {std::pair(View("version"), &draft.version), std::pair(View("mode"), &draft.mode),
                                    std::pair(View("max_age"), &draft.max_age)}) {
    if (key == name && !*field) *field = own(value);
  }
  return {};
}

Result<Policy> finished(Draft draft) {
  Policy policy;
  if (draft.version != kVersion) return fail(bad("version"));
  const auto row = std::ranges::find_if(kModes, [&](const ModeWord& m) { return draft.mode == m.word; });
  if (row == kModes.end()) return fail(bad("mode"));
  policy.mode = row->mode;
  constexpr std::size_t kMaxDigits = 10;
  std::uint64_t seconds = 0;
  Cursor age(draft.max_age ? View(*draft.max_age) : View());
  if (!(age.number(seconds) && age.end()) || draft.max_age->size() > kMaxDigits) return fail(bad("max_age"));
  policy.max_age = std::min(std::chrono::seconds(seconds), kMaxAge);
  policy.mx = std::move(draft.mx);
  if (policy.mx.empty() && policy.mode != Mode::none) return fail(bad("mx: there is none"));
  return policy;
}

}  // namespace

std::string record_name(View domain) { return "_mta-sts." + own(domain); }
std::string policy_host(View domain) { return "mta-sts." + own(domain); }

Result<Record> parse_record(View text) {
  auto fields = mail::parse_policy_record(text, kVersion);
  if (!fields) return fail(fields.error());
  const auto id = std::ranges::find(*fields, "id", &mail::PolicyField::name);
  if (id == fields->end() || id->value.empty() || id->value.size() > kMaxId ||
      !std::ranges::all_of(id->value, [](char c) { return chars::kAlnum[c]; }))
    return fail(bad("id"));
  return Record{std::move(id->value)};
}

std::optional<Record> find_record(std::span<const dns::Record> answer) {
  const dns::Txt* only = nullptr;
  for (const dns::Record& record : answer) {
    const auto* text = std::get_if<dns::Txt>(&record);
    if (text == nullptr || !mail::is_policy_record(text->text, kVersion)) continue;
    if (only != nullptr) return std::nullopt;
    only = text;
  }
  if (only == nullptr) return std::nullopt;
  auto record = parse_record(only->text);
  return record ? std::optional(std::move(*record)) : std::nullopt;
}

Result<Policy> parse_policy(View text, const Limits& limits) {
  if (text.size() > limits.octets) return fail(peer_error(Code::too_long, "policy"));
  if (!codec::is_utf8(text) || text.find('\0') != View::npos) return fail(bad("the policy is not UTF-8"));
  Draft draft;
  while (!text.empty()) {
    // RFC 8461 section 3.2: LF and CRLF both end a line of this file, which is no stream of a mail protocol.
    const std::size_t end = std::min(text.find('\n'), text.size());
    View line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (!line.empty() && chars::kSpace[line.back()]) line.remove_suffix(1);
    if (line.empty()) continue;
    auto read = read_line(line, draft, limits);
    if (!read) return fail(read.error());
  }
  return finished(std::move(draft));
}

std::string format_policy(const Policy& policy) {
  std::string text = "version: " + own(kVersion) + "\nmode: ";
  text += std::ranges::find(kModes, policy.mode, &ModeWord::mode)->word;
  for (const std::string& pattern : policy.mx) text += "\nmx: " + pattern;
  return text + "\nmax_age: " + std::to_string(policy.max_age.count()) + "\n";
}

bool covers(const Policy& policy, View host) {
  const std::size_t dot = host.find('.');
  return std::ranges::any_of(policy.mx, [&](const std::string& pattern) {
    if (!pattern.starts_with("*.")) return pattern == host;
    return dot != View::npos && dot > 0 && host.substr(dot) == View(pattern).substr(1);
  });
}

}  // namespace posthorn::mta_sts
