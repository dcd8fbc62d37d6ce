#include "posthorn/grammar/mime/thread.h"

#include <array>
#include <cstddef>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"

#include "grammar/cfws.h"

namespace posthorn::mime {

namespace {
/// Step 1: UTF-8 with single spaces.
std::string spaced(View raw) {
  std::string out;
  for (const char c : decode_words(unfold(raw))) {
    const bool white = kFoldingWhite[c];
    if (white && out.ends_with(' ')) continue;
    out += white ? ' ' : c;
  }
  return out;
}

bool takes_front(View& text, View word) {
  if (!same_word(text.substr(0, word.size()), word)) return false;
  text.remove_prefix(word.size());
  return true;
}

void skip_spaces(View& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
}

/// subj-blob = "[" *BLOBCHAR "]" *WSP
bool takes_blob(View& text) {
  if (!text.starts_with('[')) return false;
  const std::size_t end = text.find_first_of("[]", 1);
  if (end == View::npos || text[end] != ']') return false;
  text.remove_prefix(end + 1);
  skip_spaces(text);
  return true;
}

/// subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
bool takes_refwd(View& text) {
  constexpr std::array<View, 3> kWords{"re", "fwd", "fw"};
  for (const View word : kWords) {
    View rest = text;
    if (!takes_front(rest, word)) continue;
    skip_spaces(rest);
    (void)takes_blob(rest);
    if (!rest.starts_with(':')) continue;
    text = rest.substr(1);
    return true;
  }
  return false;
}

/// Step 2.
void take_trailers(View& text, bool& found) {
  constexpr View kForward = "(fwd)";
  for (;;) {
    if (text.ends_with(' ')) {
      text.remove_suffix(1);
    } else if (text.size() >= kForward.size() && same_word(text.substr(text.size() - kForward.size()), kForward)) {
      text.remove_suffix(kForward.size());
      found = true;
    } else {
      return;
    }
  }
}

/// Steps 3 to 5. The blobs in front are looked at once: where no "re:" follows all of them, none follows fewer.
void take_leaders(View& text, bool& found) {
  for (;;) {
    skip_spaces(text);
    View rest = text;
    View last_blob = text;
    for (View blob = rest; takes_blob(rest); blob = rest) last_blob = blob;
    if (takes_refwd(rest)) {
      text = rest;
      found = true;
      continue;
    }
    text = rest.empty() ? last_blob : rest;  // step 4: not without something left
    return;
  }
}
}  // namespace

BaseSubject base_subject(View raw) {
  constexpr View kForward = "[fwd:";
  const std::string whole = spaced(raw);
  View text = whole;
  BaseSubject out;
  for (;;) {
    take_trailers(text, out.is_reply_or_forward);
    take_leaders(text, out.is_reply_or_forward);
    View inner = text;
    if (!text.ends_with(']') || !takes_front(inner, kForward)) break;  // step 6
    text = inner.substr(0, inner.size() - 1);
    out.is_reply_or_forward = true;
  }
  out.text = own(text);
  return out;
}

}  // namespace posthorn::mime
