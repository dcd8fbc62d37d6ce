#include "posthorn/protocol/imap/comparator.h"

#include "posthorn/bytes/codec/fold.h"
#include "posthorn/grammar/char_set.h"

namespace posthorn::imap {

View name_of(Comparator comparator) {
  for (const ComparatorRow& row : kComparators) {
    if (row.comparator == comparator) return row.name;
  }
  return kComparators.front().name;
}

std::string collated(Comparator comparator, View text) {
  switch (comparator) {
    case Comparator::unicode_casemap: return codec::fold_case(text);
    case Comparator::ascii_casemap: {
      std::string out = own(text);
      for (char& c : out) c = to_lower(c);
      return out;
    }
    case Comparator::octet: return own(text);
  }
  return own(text);
}

}  // namespace posthorn::imap
