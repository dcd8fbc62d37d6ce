#include "posthorn/protocol/dnsbl/check.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "posthorn/grammar/char_set.h"

namespace posthorn::dnsbl {

namespace {

bool is_within(const IpAddress& code, const std::array<std::uint8_t, 4>& network, unsigned bits) {
  return IpNetwork{IpAddress(network), bits}.contains(code);
}

/// One line of printable ASCII: a list must not be able to write into a reply or a log.
std::string printable(View text) {
  std::string out;
  for (const char c : text.substr(0, Limits::kReasonOctets)) out.push_back(chars::kVisible[c] ? c : ' ');
  return out;
}

}  // namespace

Codes codes_of(const dns::Answer& answer) {
  Codes result;
  if (answer.failed()) result.failure = FailedList{.failure = Failure::unavailable};
  if (answer.outcome != dns::Outcome::found) return result;
  for (const dns::Record& record : answer.records) {
    const auto* code = std::get_if<IpAddress>(&record);
    if (code == nullptr) continue;
    const bool listing = is_within(*code, {127, 0, 0, 0}, 8);
    // Spamhaus says so that it refuses: .252 a wrong name, .254 a public resolver, .255 too many questions.
    if (!listing || is_within(*code, {127, 255, 255, 0}, 24)) {
      return {{}, FailedList{{}, listing ? Failure::refused : Failure::not_a_list, *code}};
    }
    if (result.codes.size() < Limits::kCodes) result.codes.push_back(*code);
  }
  return result;
}

Check::Check(const IpAddress& client, std::span<const List> lists) : lists_(lists) {
  for (std::size_t i = 0; i < lists.size(); ++i) {
    wanted_.push_back({client.reversed(lists[i].zone), dns::Type::a});
    asked_.push_back(i);
  }
}

void Check::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const dns::Question question = std::move(wanted_[index]);
  const std::size_t which = asked_[index];
  const auto at = static_cast<std::ptrdiff_t>(index);
  wanted_.erase(wanted_.begin() + at);
  asked_.erase(asked_.begin() + at);
  const List& list = lists_[which];
  if (question.type == dns::Type::txt) return take_reason(list.zone, answer);
  if (!take_codes(list, answer)) return;
  wanted_.push_back({question.name, dns::Type::txt});
  asked_.push_back(which);
}

// Whether the list has the address, so that its reason is wanted.
bool Check::take_codes(const List& list, const dns::Answer& answer) {
  Codes codes = codes_of(answer);
  if (codes.failure) {
    codes.failure->zone = list.zone;
    verdict_.failed.push_back(std::move(*codes.failure));
    return false;
  }
  bool matched = false;
  int weight = 0;
  for (const Rule& rule : list.rules) {
    const auto matches = [&](const IpAddress& code) { return rule.pattern.matches(code); };
    if (std::none_of(codes.codes.begin(), codes.codes.end(), matches)) continue;
    matched = true;
    weight += rule.weight;
  }
  if (!matched) return false;
  verdict_.score += weight;
  verdict_.matches.push_back({list.zone, std::move(codes.codes), weight, {}});
  return true;
}

void Check::take_reason(View zone, const dns::Answer& answer) {
  const auto match =
      std::find_if(verdict_.matches.begin(), verdict_.matches.end(), [&](const Match& m) { return m.zone == zone; });
  for (const dns::Record& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record);
    if (text == nullptr || match == verdict_.matches.end()) continue;
    if (!match->reason.empty()) match->reason += "; ";
    match->reason = printable(match->reason + text->text);
  }
}

}  // namespace posthorn::dnsbl
