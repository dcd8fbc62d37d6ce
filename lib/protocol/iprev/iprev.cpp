#include "posthorn/protocol/iprev/iprev.h"

#include <algorithm>
#include <array>
#include <utility>

#include "posthorn/grammar/dns/name.h"

namespace posthorn::iprev {

View word_of(Status status) {
  static constexpr std::array<View, 4> kWords = {"pass", "fail", "temperror", "permerror"};
  return kWords.at(static_cast<std::size_t>(status));
}

Evaluation::Evaluation(const IpAddress& client, Limits limits) : client_(client), limits_(limits) {
  wanted_.push_back({client_.reverse_name(), dns::Type::ptr});
}

void Evaluation::answer(std::size_t index, const dns::Answer& answer) {
  if (index >= wanted_.size()) return;
  const dns::Question question = std::move(wanted_[index]);
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  if (question.type == dns::Type::ptr) {
    take_names(answer);
  } else {
    take_addresses(question.name, answer);
  }
  if (wanted_.empty()) conclude();
}

void Evaluation::take_names(const dns::Answer& answer) {
  if (answer.failed()) failed_ = true;
  const dns::Type type = client_.is_v4() ? dns::Type::a : dns::Type::aaaa;
  for (const dns::Record& record : answer.records) {
    const auto* ptr = std::get_if<dns::Ptr>(&record);
    if (ptr == nullptr) continue;
    if (names_.size() == limits_.names) break;
    auto name = dns::wire::normal_name(ptr->name);
    const bool known = name && std::ranges::find(names_, *name, &Name::name) != names_.end();
    names_.push_back({name ? *name : std::string()});
    if (name && !name->empty() && !known) wanted_.push_back({std::move(*name), type});
  }
}

void Evaluation::take_addresses(const std::string& name, const dns::Answer& answer) {
  if (answer.failed()) failed_ = true;
  const bool ours = std::ranges::find(answer.records, dns::Record(client_)) != answer.records.end();
  const auto at = std::ranges::find(names_, name, &Name::name);
  if (at != names_.end()) at->leads_back = ours;
}

void Evaluation::conclude() {
  for (Name& name : names_) {
    if (name.leads_back) verdict_.names.push_back(std::move(name.name));
  }
  if (!verdict_.names.empty()) {
    verdict_.status = Status::pass;
  } else if (failed_) {
    verdict_.status = Status::temperror;
  } else {
    verdict_.status = names_.empty() ? Status::permerror : Status::fail;
  }
}

}  // namespace posthorn::iprev
