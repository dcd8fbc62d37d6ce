#include "protocol/sieve/extensions/metadata.h"

#include <array>
#include <optional>
#include <string>

#include "protocol/sieve/match.h"

namespace posthorn::sieve::extensions {

namespace {

bool match_entry(Call& call, std::optional<View> mailbox, View entry) {
  Match match(call);
  const auto value = call.run().ask(call.run().environment().metadata(mailbox, entry));
  if (value) static_cast<void>(match.value(call.run().keep(*value)));
  return match.finish();
}

bool all_exist(Call& call, std::optional<View> mailbox, std::size_t entries) {
  for (std::size_t i = 0; i < call.count(entries); ++i) {
    if (!call.run().ask(call.run().environment().metadata(mailbox, call.text_at(entries, i)))) return false;
  }
  return true;
}

bool of_mailbox(Call& call) { return match_entry(call, call.text(0), call.text(1)); }
bool of_server(Call& call) { return match_entry(call, std::nullopt, call.text(0)); }
bool exist_of_mailbox(Call& call) { return all_exist(call, call.text(0), 1); }
bool exist_of_server(Call& call) { return all_exist(call, std::nullopt, 0); }

constexpr std::array kMailboxEntry{Parameter{Value::string}, Parameter{Value::string}, Parameter{Value::strings}};
constexpr std::array kMailboxEntries{Parameter{Value::string}, Parameter{Value::strings}};
constexpr std::array kEntry{Parameter{Value::string}, Parameter{Value::strings}};
constexpr std::array kEntries{Parameter{Value::strings}};
constexpr Row kMetadata{.name = "metadata",
                        .source = "RFC 5490 section 4.1",
                        .example = "metadata :is \"INBOX\" \"/private/vendor/vendor.isode/auto-replies\" \"on\"",
                        .parameters = kMailboxEntry,
                        .takes = takes::match,
                        .keys = 3,
                        .test = of_mailbox};
constexpr Row kMetadataexists{.name = "metadataexists",
                              .source = "RFC 5490 section 4.2",
                              .example = "metadataexists \"INBOX\" [\"/private/comment\"]",
                              .parameters = kMailboxEntries,
                              .test = exist_of_mailbox};
constexpr Row kServermetadata{.name = "servermetadata",
                              .source = "RFC 5490 section 5.1",
                              .example = "servermetadata :contains \"/private/comment\" \"on\"",
                              .parameters = kEntry,
                              .takes = takes::match,
                              .keys = 2,
                              .test = of_server};
constexpr Row kServermetadataexists{.name = "servermetadataexists",
                                    .source = "RFC 5490 section 5.2",
                                    .example = "servermetadataexists [\"/private/comment\"]",
                                    .parameters = kEntries,
                                    .test = exist_of_server};
constexpr std::array kMailboxTests{&kMetadata, &kMetadataexists};
constexpr std::array kServerTests{&kServermetadata, &kServermetadataexists};

}  // namespace

constexpr Extension mboxmetadata{.name = "mboxmetadata", .source = "RFC 5490 section 4", .tests = kMailboxTests};
constexpr Extension servermetadata{.name = "servermetadata", .source = "RFC 5490 section 5", .tests = kServerTests};

}  // namespace posthorn::sieve::extensions
