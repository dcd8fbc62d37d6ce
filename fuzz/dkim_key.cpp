// Key records, signatures and the lists of tags that they are: what is read is written and read again as the same.
#include "posthorn/protocol/dkim/key_record.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  if (const auto list = mail::TagList::parse(input)) {
    fuzzing::check(!list->tags().empty() && list->tags().size() <= mail::TagList::kTags, "tags are limited");
    for (const mail::Tag& tag : list->tags()) {
      fuzzing::check(list->find(tag.name) == &tag, "a name stands once");
      fuzzing::check(tag.raw.find(tag.value) != View::npos, "a value is a part of what was written");
    }
  }
  dkim::Signature signature;
  const dkim::Reason reason = dkim::read_signature(input, signature);
  fuzzing::check(signature.fields.size() <= dkim::Signature::kFields, "names are limited");
  if (reason == dkim::Reason::good)
    fuzzing::check(signature.body_hash.size() == 32 && !signature.domain.empty(), "a good one is whole");
  const auto record = dkim::KeyRecord::parse(input);
  if (!record) return;
  fuzzing::check(dkim::KeyRecord::parse(record->format()) == *record, "a record is read as it was written");
  if (const auto key = record->public_key())
    fuzzing::check(key->bits() == 256 || key->bits() >= crypto::kLeastRsaBits, "keys are not too weak");
}
