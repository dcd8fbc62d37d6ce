// Readings: any message has a bounded, ordered list of them, all inside the message, the same each time.
#include "posthorn/grammar/mime/readings.h"

#include <cstddef>
#include <string>

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  mime::Limits limits;
  limits.max_depth = 10;
  limits.max_parts = 100;
  limits.max_fields = 50;
  limits.max_field_octets = 500;
  const auto message = mime::Message::index(input, limits);
  const auto found = mime::readings(message);
  fuzzing::check(found.size() <= mime::kMaxReadings, "no more than so many");
  mime::Offset before = 0;
  for (const auto& reading : found) {
    fuzzing::check(reading.at >= before, "in the order of the message");
    before = reading.at;
    fuzzing::check(reading.at <= input.size() && reading.octets <= input.size() - reading.at, "inside the message");
    fuzzing::check(reading.part.value() < message.parts().size(), "of a part that is there");
    fuzzing::check(mime::row_of(reading.kind).kind == reading.kind, "with a row");
  }
  // What the parser holds against a message is seen here too.
  for (const auto& defect : message.defects()) {
    const bool silent = defect.defect == mime::Defect::mbox_from_line ||
                        defect.defect == mime::Defect::eight_bit_header || defect.defect == mime::Defect::bare_line_end;
    fuzzing::check(silent || !found.empty(), "a defect is a reading, except what all read alike");
  }
}
