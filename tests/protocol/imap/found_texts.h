// The texts of a message as SEARCH sees them, whole and in memory: needles are cut from them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/codec/fold.h"
#include "posthorn/grammar/mime/header.h"

#include "protocol/imap/listed_mailbox.h"
#include "protocol/imap/search_match.h"
#include "protocol/imap/search_texts.h"

namespace posthorn::testing {

class TextList final : public imap::search::TextSink {
 public:
  void text(View text) override { present_ += codec::fold_case(text); }
  void text_ends() override { texts.push_back(std::exchange(present_, {})); }
  std::vector<std::string> texts;

 private:
  std::string present_;
};

/// Fields first, then the contents.
inline std::vector<std::string> found_texts(View message) {
  TextList list;
  imap::search::HeaderCollector header;
  header.feed(message);
  mime::FieldReader reader(header.text());
  for (mime::Field field; reader.next(field);) list.texts.push_back(codec::fold_case(imap::search::line_of(field)));
  imap::search::ContentWalker walker(list);
  walker.feed(message);
  walker.finish();
  return std::move(list.texts);
}

/// Whether SEARCH finds a text in the message, whatever a digest says.
inline bool search_finds(imap::SelectedMailbox& mailbox, imap::search::Ask ask, View needle, View field = {}) {
  imap::search::Key root;
  root.ask = imap::search::Ask::all_of;
  auto& key = root.keys.emplace_back();
  key.ask = ask;
  key.text = needle;
  key.name = field;
  imap::search::Matcher matcher(std::move(root), mailbox);
  const auto found = matcher.matches(imap::SeqNum(1));
  return found && *found;
}

}  // namespace posthorn::testing
