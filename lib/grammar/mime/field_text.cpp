#include "grammar/mime/field_text.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"

#include "grammar/made_of.h"

namespace posthorn::mime {

bool is_folded(View body) {
  constexpr CharSet kText = ~chars::kCtl + CharSet("\t");
  for (bool first = true;; first = false) {
    const std::size_t end = std::min(body.find("\r\n"), body.size());
    const View line = body.substr(0, end);
    if (!is_made_of(line, kText)) return false;
    const bool continues = !line.empty() && chars::kSpace[line.front()];
    if (!first && (!continues || is_made_of(line, chars::kSpace))) return false;
    if (end == body.size()) return true;
    body.remove_prefix(end + 2);
  }
}

bool are_fields(View text) {
  FieldReader reader(text);
  std::size_t end = 0;
  for (Field field; reader.next(field);) {
    const View octets = Fields(text).octets(field);
    if (field.at != end || !octets.ends_with("\r\n") || octets.starts_with("--") || !is_folded(field.raw)) return false;
    end += octets.size();
  }
  return end == text.size();
}

}  // namespace posthorn::mime
