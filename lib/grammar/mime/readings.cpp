#include "posthorn/grammar/mime/readings.h"

#include "grammar/mime/reading_list.h"

namespace posthorn::mime {

namespace {
/// What the parser kept closed, and others may open.
void read_limits(ReadingList& list, const Message& message) {
  for (const FoundDefect& found : message.defects()) {
    const bool limit = found.defect == Defect::header_too_long || found.defect == Defect::too_many_headers ||
                       found.defect == Defect::too_many_parts || found.defect == Defect::nested_too_deep;
    if (limit) list.add(Ambiguity::over_limit, found.at, 0);
  }
}
}  // namespace

std::vector<Reading> readings(const Message& message) {
  ReadingList list(message.octets());
  list.begin_part(PartId(0));
  read_limits(list, message);
  for (const Part& part : message.parts()) {
    list.begin_part(part.id);
    read_header(list, message, part);
    read_delimiters(list, message, part);
    read_encoding(list, message, part);
  }
  return list.take();
}

}  // namespace posthorn::mime
