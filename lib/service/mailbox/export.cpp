#include "posthorn/service/mailbox/export.h"

namespace posthorn::mailbox {
namespace {

/// @returns whether the message is whole in the sink
Result<bool> export_message(const Account& account, const StoredMessage& message, ExportSink& sink) {
  if (Result<void> begun = sink.begin(message); !begun) return fail(std::move(begun.error()));
  for (std::uint64_t offset = 0; offset < message.octets;) {
    const Result<std::string> part = account.read_body(message.blob, offset, kExportPart);
    if (!part && part.error().code == Code::not_found) {
      if (Result<void> abandoned = sink.abandon(); !abandoned) return fail(std::move(abandoned.error()));
      return false;
    }
    if (!part) return fail(part.error());
    if (part->empty()) return fail(Error(Code::corrupt, Blame::environment, Lasting::permanent, "body is short"));
    if (Result<void> taken = sink.octets(*part); !taken) return fail(std::move(taken.error()));
    offset += part->size();
  }
  if (Result<void> finished = sink.finish(); !finished) return fail(std::move(finished.error()));
  return true;
}

}  // namespace

Result<std::uint64_t> export_mailbox(const Account& account, View mailbox, ExportSink& sink) {
  const Result<std::vector<StoredMessage>> messages = account.messages(mailbox);
  if (!messages) return fail(messages.error());
  std::uint64_t exported = 0;
  for (const StoredMessage& message : *messages) {
    const Result<bool> whole = export_message(account, message, sink);
    if (!whole) return fail(whole.error());
    if (*whole) ++exported;
  }
  return exported;
}

}  // namespace posthorn::mailbox
