#include "posthorn/protocol/tlsrpt/record.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/policy_record.h"

namespace posthorn::tlsrpt {

namespace {

constexpr View kVersion = "TLSRPTv1";

View trimmed(View text) {
  while (!text.empty() && chars::kSpace[text.front()]) text.remove_prefix(1);
  while (!text.empty() && chars::kSpace[text.back()]) text.remove_suffix(1);
  return text;
}

bool has_scheme(View uri, View scheme) {
  return uri.size() > scheme.size() && same_word(uri.substr(0, scheme.size()), scheme);
}

}  // namespace

std::string record_name(View domain) { return "_smtp._tls." + own(domain); }

Result<Record> parse_record(View text) {
  const auto fields = mail::parse_policy_record(text, kVersion);
  if (!fields) return fail(fields.error());
  const auto rua = std::ranges::find(*fields, "rua", &mail::PolicyField::name);
  if (rua == fields->end()) return fail(peer_error(Code::syntax, "rua"));
  Record record;
  View list = rua->value;
  // A comma inside a URI is written as %2C (RFC 8460 section 3).
  while (!list.empty() && record.rua.size() < kMaxDestinations) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const View uri = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (!std::ranges::all_of(uri, [](char c) { return chars::kVisible[c]; }))
      return fail(peer_error(Code::syntax, "a URI with white space"));
    if (has_scheme(uri, "mailto:") || has_scheme(uri, "https:")) record.rua.push_back(own(uri));
  }
  if (record.rua.empty()) return fail(peer_error(Code::syntax, "no destination with mailto or https"));
  return record;
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

}  // namespace posthorn::tlsrpt
