#include "posthorn/protocol/smtp/parameter_values.h"

#include <array>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"

#include "grammar/made_of.h"

namespace posthorn::smtp {

namespace {

struct Occasion {
  View word;
  bool Notify::* flag;
};
constexpr std::array kOccasions = {
    Occasion{"SUCCESS", &Notify::success},
    Occasion{"FAILURE", &Notify::failure},
    Occasion{"DELAY", &Notify::delay},
};

constexpr std::uint32_t kMaxByTime = 999'999'999;
constexpr CharSet kPrintable = chars::kVisible + CharSet(" ");

}  // namespace

std::optional<Notify> parse_notify(View value) {
  Notify out{.given = true};
  if (same_word(value, "NEVER")) {
    out.never = true;
    return out;
  }
  for (;;) {
    const View word = value.substr(0, value.find(','));
    bool known = false;
    for (const Occasion& row : kOccasions) {
      if (!same_word(word, row.word)) continue;
      known = true;
      out.*row.flag = true;
    }
    if (!known) return std::nullopt;
    if (word.size() == value.size()) return out;
    value.remove_prefix(word.size() + 1);
  }
}

std::string format_notify(const Notify& notify) {
  if (notify.never) return "NEVER";
  std::string out;
  for (const Occasion& row : kOccasions) {
    if (notify.*row.flag) out.append(out.empty() ? "" : ",").append(row.word);
  }
  return out;
}

std::optional<DeliverBy> parse_deliver_by(View value) {
  Cursor c(value);
  DeliverBy out;
  const bool over = c.try_octet('-');
  if (!over) (void)c.try_octet('+');
  std::uint32_t seconds = 0;
  if (!c.number(seconds, kMaxByTime) || !c.octet(';')) return std::nullopt;
  out.returns = c.try_word("R");
  if (!out.returns && !c.word("N")) return std::nullopt;
  out.trace = c.try_word("T");
  out.seconds = static_cast<std::int32_t>(seconds) * (over ? -1 : 1);
  if (!c.end() || (out.returns && out.seconds <= 0)) return std::nullopt;
  return out;
}

std::string format_deliver_by(const DeliverBy& by) {
  return std::to_string(by.seconds) + (by.returns ? ";R" : ";N") + (by.trace ? "T" : "");
}

std::optional<Priority> parse_priority(View value) {
  const bool negative = value.starts_with('-');
  const View digit = value.substr(negative ? 1 : 0);
  const bool fits = digit.size() == 1 && chars::kDigit[digit[0]] && !(negative && digit[0] == '0');
  if (!fits) return std::nullopt;
  const int number = digit[0] - '0';
  return static_cast<Priority>(negative ? -number : number);
}

std::optional<std::string> parse_envelope_id(View value) {
  if (value.size() > kMaxEnvelopeId) return std::nullopt;
  auto id = mail::xtext_decode(value);
  const bool fits = id && !id->empty() && is_made_of(*id, kPrintable);
  return fits ? id : std::nullopt;
}

std::optional<std::string> format_envelope_id(View id) {
  std::string out = mail::xtext_encode(id);
  const bool fits = !id.empty() && out.size() <= kMaxEnvelopeId && is_made_of(id, kPrintable);
  return fits ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace posthorn::smtp
