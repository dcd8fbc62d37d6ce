#include "protocol/imap/commands/setmetadata.h"

#include <algorithm>
#include <utility>

#include "protocol/imap/metadata_text.h"
#include "protocol/imap/replies.h"

namespace posthorn::imap::commands::setmetadata {

namespace {

void refuse(const Error& error, const Args& args, std::uint64_t limit, Responder& responder) {
  const auto is_private = [](const MetadataEntry& entry) { return entry.name.starts_with("/private/"); };
  if (error.code == Code::too_long)
    return responder.finish(Status::no, "METADATA MAXSIZE " + std::to_string(limit), "A value is too long");
  if (error.code == Code::too_many) return responder.finish(kTooManyEntries);
  if (error.code == Code::unsupported && std::any_of(args.entries.begin(), args.entries.end(), is_private))
    return responder.finish(kNoPrivateEntries);
  responder.refuse(error);
}

}  // namespace

Result<Args> parse(Cursor& c) {
  Args args;
  static_cast<void>(c.sp() && mailbox(c, args.name) && c.sp() && c.octet('('));
  do {
    MetadataEntry entry;
    if (args.entries.size() == kMaxEntries) c.fail(Code::too_many, "entries");
    static_cast<void>(entry_name(c, entry.name) && c.sp() && entry_value(c, entry.value));
    args.entries.push_back(std::move(entry));
  } while (c.try_sp());
  c.octet(')');
  return c.finish(std::move(args));
}

Result<std::unique_ptr<Execution>> run(Args args, State& state) {
  return once([args = std::move(args), &state](Responder& responder) {
    const std::uint64_t limit = state.mailboxes->metadata_limit();
    for (const MetadataEntry& entry : args.entries) {
      if (!has_entry_root(entry.name)) return responder.finish(kEntryRoot);
      if (entry.value && entry.value->size() > limit) {
        return refuse(peer_error(Code::too_long, "a value"), args, limit, responder);
      }
    }
    const auto done = state.mailboxes->set_metadata(args.name, args.entries);
    if (!done) return refuse(done.error(), args, limit, responder);
    responder.ok("Done");
  });
}

}  // namespace posthorn::imap::commands::setmetadata
