#include "protocol/dmarc/tree_walk.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace posthorn::dmarc {

namespace {

constexpr std::size_t kAfterShortening = kMaxWalk - 1;  // labels

std::size_t labels_of(View domain) { return static_cast<std::size_t>(std::ranges::count(domain, '.')) + 1; }

/// The last `count` labels.
std::string last_labels(View domain, std::size_t count) {
  for (std::size_t labels = labels_of(domain); labels > count; --labels) domain.remove_prefix(domain.find('.') + 1);
  return own(domain);
}

}  // namespace

std::vector<std::string> walk_names(View domain) {
  std::vector<std::string> names{own(domain)};
  for (std::size_t left = std::min(labels_of(domain) - 1, kAfterShortening); left > 0; --left) {
    names.push_back(last_labels(domain, left));
  }
  return names;
}

bool is_within(View domain, View above) {
  if (!domain.ends_with(above)) return false;
  return domain.size() == above.size() || domain[domain.size() - above.size() - 1] == '.';
}

void Tree::take(const std::string& domain, const dns::Answer& answer) {
  Entry& entry = entries_[domain];
  entry.failed = answer.failed();
  for (const dns::Record& record : answer.records) {
    const auto* text = std::get_if<dns::Txt>(&record);
    auto parsed = text == nullptr ? fail(Error()) : parse_record(text->text);
    if (!parsed) continue;
    entry.several |= entry.record.has_value();
    entry.record = std::move(*parsed);
  }
  if (entry.several) entry.record.reset();
}

std::vector<std::string> Tree::names(const std::string& domain) const {
  if (suffixes_ == nullptr) return walk_names(domain);
  std::vector<std::string> names{domain};
  if (std::string above = suffixes_->organizational_domain(domain); above != domain) names.push_back(std::move(above));
  return names;
}

Walk Tree::walk(const std::string& domain) const {
  Walk walk;
  const std::vector<std::string> names = this->names(domain);
  walk.organizational_domain = suffixes_ == nullptr ? domain : names.back();
  for (const std::string& name : names) {
    const auto entry = entries_.find(name);
    if (entry == entries_.end()) {
      walk.next = name;
      return walk;
    }
    // No answer for a top-level domain is as good as none: hardly one has a record, and mail must not wait for it.
    const bool matters = name == domain || labels_of(name) > 1;
    if (entry->second.failed && matters) walk.failed_labels = std::max(walk.failed_labels, labels_of(name));
    if (!entry->second.record) continue;
    walk.found.push_back({name, &*entry->second.record});
    if (suffixes_ != nullptr) continue;
    walk.organizational_domain = name;
    const PublicSuffix suffix = entry->second.record->public_suffix;
    if (suffix == PublicSuffix::yes) walk.organizational_domain = last_labels(domain, labels_of(name) + 1);
    if (suffix != PublicSuffix::unknown) break;
  }
  return walk;
}

std::string Tree::told(const std::string& domain) const {
  const auto entry = entries_.find(domain);
  std::string line = record_name(domain) + ": ";
  if (entry == entries_.end()) return line + "not asked";
  if (entry->second.failed) return line + "no answer";
  if (entry->second.several) return line + "several records, which count as none";
  if (!entry->second.record) return line + "no record";
  const Record& record = *entry->second.record;
  if (record.unusable) return line + "a record without a policy and without addresses for reports";
  line += "p=" + own(word_of(record.policy));
  if (record.subdomains) line += " sp=" + own(word_of(*record.subdomains));
  if (record.not_existing) line += " np=" + own(word_of(*record.not_existing));
  if (record.public_suffix != PublicSuffix::unknown)
    line += record.public_suffix == PublicSuffix::yes ? " psd=y" : " psd=n";
  return record.testing ? line + " t=y" : line;
}

}  // namespace posthorn::dmarc
