#include "posthorn/service/mailbox/export.h"

#include "service/mailbox/fixture.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::SystemFlag;

namespace {

/// Writes what it gets as text; may act between the calls.
struct Transcript : ExportSink {
  Result<void> begin(const StoredMessage& message) override {
    text += "<" + std::to_string(message.uid.value()) + " " + std::to_string(message.flags.system) + " ";
    if (on_begin) on_begin(message);
    return {};
  }
  Result<void> octets(View part) override {
    longest = std::max<std::size_t>(longest, part.size());
    text += part.size() > 10 ? std::to_string(part.size()) + "," : own(part);
    return {};
  }
  Result<void> finish() override {
    text += ">";
    if (full) return fail(environment_error(Code::no_space));
    return {};
  }
  Result<void> abandon() override {
    text += "!";
    return {};
  }
  std::string text;
  std::size_t longest = 0;
  bool full = false;
  std::function<void(const StoredMessage&)> on_begin;
};

}  // namespace

TEST_CASE("messages come out in order, in parts, with their flags") {
  const auto store = store::make_memory_store();
  Process process(*store);
  add(*process.account, "Sent", "a", flags_of({SystemFlag::seen}));
  add(*process.account, "Sent", "");
  add(*process.account, "Sent", std::string(600'000, 'x'));
  Transcript sink;
  CHECK(*export_mailbox(*process.account, "Sent", sink) == 3);
  CHECK(sink.text == "<1 1 a><2 0 ><3 0 262144,262144,75712,>");
  CHECK(sink.longest <= kExportPart);
  CHECK(code_of(export_mailbox(*process.account, "none", sink)) == Code::not_found);
}

TEST_CASE("a message that is expunged meanwhile is left out, and a full sink ends the export") {
  const auto store = store::make_memory_store();
  Process process(*store);
  for (const char* body : {"a", "b", "c"}) add(*process.account, "INBOX", body);
  Transcript sink;
  sink.on_begin = [&](const StoredMessage& message) {
    if (message.uid.value() == 2)
      CHECK(process.account->remove("INBOX", std::vector<imap::Uid>{message.uid}).has_value());
  };
  CHECK(*export_mailbox(*process.account, "INBOX", sink) == 2);
  CHECK(sink.text == "<1 0 a><2 0 !<3 0 c>");
  Transcript full;
  full.full = true;
  CHECK(code_of(export_mailbox(*process.account, "INBOX", full)) == Code::no_space);
}
