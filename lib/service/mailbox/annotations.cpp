#include "service/mailbox/annotations.h"

#include <map>

namespace posthorn::mailbox {

namespace {

Result<void> check_entry(const imap::MetadataEntry& entry, const Limits& limits) {
  const View name = entry.name;
  const bool named = name.starts_with("/private/") || name.starts_with("/shared/");
  if (!named || name.ends_with('/') || name.find('\0') != View::npos) return fail(peer_error(Code::syntax, "entry"));
  if (name.size() > limits.annotation_name_octets) return fail(peer_error(Code::too_long, "name of an annotation"));
  if (entry.value && entry.value->size() > limits.annotation_octets)
    return fail(peer_error(Code::too_long, "value of an annotation"));
  return {};
}

}  // namespace

Result<std::vector<imap::MetadataEntry>> read_annotations(const store::Partition& partition,
                                                          const std::string& prefix) {
  std::vector<imap::MetadataEntry> entries;
  std::optional<Error> broken;
  const std::string first = prefix + "/";
  Result<void> scanned = partition.scan(first, store::after_prefix(first), [&](View key, View value, store::Revision) {
    Result<std::string> text = decode_annotation(value);
    if (!text) broken = text.error();
    if (text) entries.push_back({own(key.substr(prefix.size())), std::move(*text)});
    return !broken;
  });
  if (!scanned) return fail(std::move(scanned.error()));
  if (broken) return fail(std::move(*broken));
  return entries;
}

Result<std::uint64_t> annotation_octets(const store::Partition& partition) {
  std::uint64_t octets = 0;
  // The two kinds are neighbours.
  Result<void> scanned =
      partition.scan(keys::kAnnotations, store::after_prefix(keys::kNotes), [&](View key, View value, store::Revision) {
        octets += key.substr(key.find('/', keys::kNotes.size())).size() + value.size() - 1;
        return true;
      });
  if (!scanned) return fail(std::move(scanned.error()));
  return octets;
}

Result<void> write_annotations(Ledger& ledger, const std::string& prefix, std::span<const imap::MetadataEntry> entries,
                               const std::function<Result<void>(const Draft&)>& allowed) {
  const Limits& limits = ledger.limits();
  for (const imap::MetadataEntry& entry : entries) {
    if (Result<void> good = check_entry(entry, limits); !good) return good;
  }
  return ledger.write([&](Draft& draft) -> Result<void> {
    if (Result<void> may = allowed(draft); !may) return may;
    const auto present = read_annotations(draft.partition(), prefix);
    if (!present) return fail(present.error());
    const auto stored = annotation_octets(draft.partition());
    if (!stored) return fail(stored.error());
    std::map<std::string, std::size_t, std::less<>> sizes;  // of what is there afterwards
    std::uint64_t octets = *stored;
    for (const imap::MetadataEntry& entry : *present) sizes[entry.name] = entry.name.size() + entry.value->size();
    bool grows = false;
    for (const imap::MetadataEntry& entry : entries) {
      const auto known = sizes.find(entry.name);
      if (!entry.value && known == sizes.end()) continue;
      const std::size_t before = known == sizes.end() ? 0 : known->second;
      if (known != sizes.end()) sizes.erase(known);
      octets -= before;
      if (!entry.value) {
        draft.erase_beside(prefix + entry.name);
        continue;
      }
      const std::size_t after = entry.name.size() + entry.value->size();
      grows = grows || after > before;
      sizes[entry.name] = after;
      octets += after;
      draft.put_beside(prefix + entry.name, encode_annotation(*entry.value));
      if (!draft.has_room(0)) return fail(peer_error(Code::too_many, "annotations at once"));
    }
    if (sizes.size() > limits.annotations) return fail(peer_error(Code::too_many, "annotations"));
    if (grows && octets > limits.annotation_storage) return fail(environment_error(Code::over_quota, "annotations"));
    return {};
  });
}

}  // namespace posthorn::mailbox
