#include "posthorn/service/signing/publication.h"

#include <algorithm>
#include <utility>

#include "posthorn/protocol/dkim/key_record.h"

namespace posthorn::signing {

namespace {

Published judge(const Key& key, const dns::Answer& answer) {
  if (answer.failed()) return Published::unknown;
  const auto ours = dkim::KeyRecord::parse(key.record);
  Published best = Published::no;
  for (const dns::Record& record : answer.records) {
    const auto* txt = std::get_if<dns::Txt>(&record);
    if (txt == nullptr) continue;
    const auto found = dkim::KeyRecord::parse(txt->text);
    if (!found || !ours) {
      best = Published::another;
      continue;
    }
    best = found->key.empty() ? Published::revoked : Published::another;
    if (found->scheme == ours->scheme && found->key == ours->key)
      return answer.records.size() == 1 ? Published::yes : Published::another;
  }
  return best;
}

}  // namespace

View text(Published published) {
  switch (published) {
    case Published::unknown: return "the DNS does not answer";
    case Published::yes: return "published";
    case Published::no: return "not published";
    case Published::revoked: return "revoked";
    case Published::another: return "another record";
  }
  return {};
}

Publication::Publication(const std::vector<Key>& keys) : keys_(keys), verdict_(keys.size(), Published::unknown) {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    wanted_.push_back({keys_[i].record_name(), dns::Type::txt});
    asked_for_.push_back(i);
  }
}

void Publication::answer(std::size_t index, const dns::Answer& answer) {
  verdict_[asked_for_[index]] = judge(keys_[asked_for_[index]], answer);
  wanted_.erase(wanted_.begin() + static_cast<std::ptrdiff_t>(index));
  asked_for_.erase(asked_for_.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace posthorn::signing
