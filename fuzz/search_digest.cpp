// Search digests: what SEARCH finds in a message its digest holds, pieces make no difference, any octets are a digest.
#include "posthorn/protocol/imap/search_digest.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "posthorn/bytes/codec/fold.h"

#include "check.h"
#include "fuzz.h"
#include "protocol/imap/found_texts.h"

namespace {
using namespace posthorn;
using imap::search::Ask;

std::string digest_of(imap::SearchDigestBuilder& builder, View message, std::size_t piece) {
  for (std::size_t at = 0; at < message.size(); at += piece) builder.feed(message.substr(at, piece));
  return builder.finish();
}

void look_for(View needle, testing::ListedMailbox& mailbox, View digest) {
  if (needle.empty()) return;
  const bool held = imap::may_hold(digest, needle);
  for (const Ask ask : {Ask::text, Ask::body}) {
    fuzzing::check(held || !testing::search_finds(mailbox, ask, needle), "a text that is found is held");
  }
  fuzzing::check(held || !testing::search_finds(mailbox, Ask::header, needle, "Subject"), "a field found is held");
}
}  // namespace

/// Two octets, the place and the length of a needle, then a message.
void posthorn_fuzz(std::string_view input) {
  if (input.size() < 2) return;
  const std::size_t place = static_cast<unsigned char>(input[0]);
  const std::size_t length = static_cast<unsigned char>(input[1]) % 32;
  const View message = input.substr(2);

  imap::SearchDigestBuilder builder;
  const std::string digest = digest_of(builder, message, input.size());
  fuzzing::check(digest.size() <= imap::kMaxSearchDigest, "a digest is bounded");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, length + 1}) {
    fuzzing::check(digest_of(builder, message, piece) == digest, "pieces make no difference");
  }

  testing::ListedMailbox mailbox;
  mailbox.add(std::string(message), 1);
  const std::string raw = codec::fold_case(message);
  look_for(View(raw).substr(std::min(place, raw.size()), length), mailbox, digest);
  const auto texts = testing::found_texts(message);
  for (const std::string& text : texts) fuzzing::check(imap::may_hold(digest, text), "every text is held");
  for (std::size_t i = 0; i < std::min<std::size_t>(texts.size(), 8); ++i) {
    if (!texts[i].empty()) look_for(View(texts[i]).substr(place % texts[i].size(), length), mailbox, digest);
  }

  (void)imap::may_hold(input, raw);
  std::string other = digest;
  other[place % other.size()] = static_cast<char>(other[place % other.size()] ^ (1U << (length % 8)));
  fuzzing::check(imap::may_hold(other, "never there"), "a damaged digest denies nothing");
}
