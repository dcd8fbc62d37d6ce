// Summaries: pieces make no difference, FETCH answers with one as without, any octets are read safely.
#include "posthorn/protocol/imap/summary.h"

#include <array>
#include <cstddef>
#include <string>

#include "check.h"
#include "fuzz.h"
#include "protocol/imap/commands/fetch.h"
#include "protocol/imap/listed_mailbox.h"

namespace {
using namespace posthorn;

std::string summary_of(imap::SummaryBuilder& builder, View message, std::size_t piece) {
  for (std::size_t at = 0; at < message.size(); at += piece) builder.feed(message.substr(at, piece));
  return builder.finish();
}

std::string fetched(View message, const std::string& summary) {
  imap::State state;
  auto mailbox = std::make_unique<testing::ListedMailbox>();
  mailbox->add(std::string(message), 1, 1);
  if (!summary.empty()) mailbox->summaries[1] = summary;
  state.selected = std::move(mailbox);
  return testing::dialogue(
      imap::commands::fetch::spec,
      " 1 (ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[HEADER] BODY.PEEK[HEADER.FIELDS (From Subject X)] "
      "BODY.PEEK[TEXT] BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2.1] BINARY.PEEK[1])",
      state);
}
}  // namespace

/// A message, or the octets of a summary.
void posthorn_fuzz(std::string_view input) {
  imap::SummaryBuilder builder;
  const std::string summary = summary_of(builder, input, input.size() + 1);
  fuzzing::check(summary.size() <= imap::kMaxSummary, "a summary is bounded");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    fuzzing::check(summary_of(builder, input, piece) == summary, "pieces make no difference");
  }
  fuzzing::check(summary.empty() || imap::Summary::parse(summary).has_value(), "what is made is read");
  fuzzing::check(fetched(input, summary) == fetched(input, {}), "FETCH answers with a summary as without");

  if (const auto read = imap::Summary::parse(input)) {
    (void)read->body();
    (void)read->tells("Subject");
    (void)fetched("Subject: s\r\n\r\ntext", std::string(input));
  }
}
