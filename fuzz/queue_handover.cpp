// What one queue hands over to another: any octets are read or refused, and what is read is written back the same.
#include <string>

#include "posthorn/service/queue/handover.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn::queue;
  if (const auto handed = parse_envelope(input)) {
    const auto again = format_envelope(*handed);
    posthorn::fuzzing::check(again && *again == input, "an envelope comes back");
    posthorn::fuzzing::check(name_at_partner(*handed).order == handed->key.message.order, "a name keeps its age");
  }
  if (const auto manifest = parse_manifest(input))
    posthorn::fuzzing::check(format_manifest(*manifest) == input, "a manifest comes back");
  if (const auto handed = parse_handed(input)) {
    const auto again = parse_handed(format_handed(*handed));
    posthorn::fuzzing::check(again && *again == *handed, "recipients come back");
  }
  if (const auto key = parse_item_name(input)) posthorn::fuzzing::check(name_of(*key) == input, "a name comes back");
}
