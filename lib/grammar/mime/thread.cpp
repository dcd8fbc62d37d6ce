#include "posthorn/grammar/mime/thread.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

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
/// An id without its opening bracket; takes all up to and with the closing one. Empty where that is missing, or where
/// another id opens before it. Comments that are closed are no part of it (RFC 5322 section 4.5.4).
std::string take_id(View& text) {
  View inside = text.substr(0, text.find_first_of("<>"));  // where comments are looked for, until one stays open
  std::string id;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quoted && i + 1 < text.size()) {
      id += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == '(' && i < inside.size()) {
      const std::size_t end = comment_end(inside, i);
      if (end < inside.size() || inside.ends_with(')')) {
        i = end - 1;
      } else {
        inside = {};
        id += c;
      }
    } else if (!quoted && c == '<') {
      text.remove_prefix(i);
      return {};
    } else if (!quoted && c == '>') {
      text.remove_prefix(i + 1);
      return id;
    } else if (!kFoldingWhite[c]) {
      id += c;
    }
  }
  text = {};
  return {};
}

std::vector<std::string> ids_of(View header, View name) {
  const auto raw = find_field(header, name);
  return raw ? message_ids(*raw) : std::vector<std::string>();
}
}  // namespace

std::vector<std::string> message_ids(View raw) {
  std::vector<std::string> out;
  while (!raw.empty()) {
    raw.remove_prefix(skip_cfws(raw, 0));
    if (raw.starts_with('<')) {
      raw.remove_prefix(1);
      if (std::string id = take_id(raw); !id.empty()) out.push_back(std::move(id));
    } else if (raw.starts_with('"')) {
      const std::size_t close = raw.find('"', 1);
      raw.remove_prefix(close == View::npos ? 1 : close + 1);
    } else {
      raw.remove_prefix(std::min(raw.find_first_of(" \t\r\n<(\"", raw.empty() ? 0 : 1), raw.size()));
    }
  }
  return out;
}

std::vector<std::string> ThreadLinks::ancestors() const {
  if (!references.empty() || in_reply_to.empty()) return references;
  return {in_reply_to.front()};
}

ThreadLinks thread_links(View header) {
  ThreadLinks out;
  auto ids = ids_of(header, "Message-ID");
  if (!ids.empty()) out.message_id = std::move(ids.front());
  out.in_reply_to = ids_of(header, "In-Reply-To");
  out.references = ids_of(header, "References");
  out.subject = base_subject(find_field(header, "Subject").value_or(""));
  return out;
}

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
