// Planted faults: the check finds each of them, and finds nothing in a sound account.
#include "service/mailbox/fixture.h"
#include "service/mailbox/rows.h"
#include "service/mailbox/sealed.h"

using namespace posthorn;
using namespace posthorn::mailbox;
using imap::SystemFlag;

namespace {

struct Fault {
  View expected;  ///< part of a sentence
  std::function<void(store::Partition&)> plant;
};

void change(store::Partition& partition, const std::string& key, const std::function<std::string(std::string)>& how) {
  const auto row = partition.get(key);
  REQUIRE(row.has_value());
  REQUIRE(row->has_value());
  REQUIRE(partition.commit(store::Batch().put(key, how((*row)->value))).has_value());
}

void erase(store::Partition& partition, const std::string& key) {
  REQUIRE(partition.commit(store::Batch().erase(key)).has_value());
}

std::string with_messages(std::string value) {
  MailboxRow row = *decode_mailbox(value);
  ++row.messages;
  return encode(row);
}

MailboxId id_of(store::Partition& partition, View name) {
  return decode_name((*partition.get(keys::name(name)))->value)->mailbox;
}

void fill(store::Store& store) {
  Process process(store);
  add(*process.account, "INBOX", "one", flags_of({SystemFlag::seen}, {"k"}));
  add(*process.account, "INBOX", "two");
  const auto session = process.account->session();
  const auto view = *session->select("INBOX", false);
  REQUIRE(view->copy(numbers({1}), "Sent").has_value());
  REQUIRE(view->store_flags(numbers({2}), imap::FlagChange::add, flags_of({SystemFlag::answered}), {}).has_value());
}

}  // namespace

TEST_CASE("each planted fault is found") {
  const auto inbox = [](store::Partition& p) { return id_of(p, "INBOX"); };
  const std::vector<Fault> faults{
      {"counts 3 messages but has 2", [&](auto& p) { change(p, keys::mailbox(inbox(p)), with_messages); }},
      {"the account counts", [&](auto& p) { erase(p, keys::message(inbox(p), imap::Uid{2})); }},
      {"flags of message 2 of mailbox 1, which is not there",
       [&](auto& p) { erase(p, keys::message(inbox(p), imap::Uid{2})); }},
      {"is empty",
       [&](auto& p) { REQUIRE(p.commit(store::Batch().put(keys::flags(inbox(p), 7), encode(FlagBlock())))); }},
      {"is missing", [](auto& p) { REQUIRE(p.commit(store::Batch().drop(BlobId{2})).has_value()); }},
      {"belongs to no message",
       [](auto& p) {
         auto writer = *p.write_blob();
         REQUIRE(p.commit(store::Batch().keep(*writer->finish())).has_value());
       }},
      {"shared without a reference row", [](auto& p) { erase(p, keys::reference(BlobId{1})); }},
      {"reference",
       [](auto& p) {
         REQUIRE(p.commit(store::Batch().put(keys::reference(BlobId{1}), encode_references(3))).has_value());
       }},
      {"uid not given yet",
       [&](auto& p) {
         change(p, keys::mailbox(inbox(p)), [](const std::string& value) {
           MailboxRow row = *decode_mailbox(value);
           row.uid_next = 2;
           return encode(row);
         });
       }},
      {"keyword without a name", [&](auto& p) { erase(p, keys::keywords(inbox(p))); }},
      {"octets, its message says",
       [&](auto& p) {
         change(p, keys::message(inbox(p), imap::Uid{2}), [](const std::string& value) {
           MessageRow row = *decode_message(value);
           ++row.octets;
           return encode(row);
         });
       }},
      {"has no name", [](auto& p) { erase(p, keys::name("Trash")); }},
      {"leads to no mailbox", [&](auto& p) { erase(p, keys::mailbox(id_of(p, "Trash"))); }},
      {"has no parent",
       [](auto& p) {
         change(p, keys::name("Trash"), [](std::string value) { return value; });
         const std::string row = (*p.get(keys::name("Trash")))->value;
         REQUIRE(p.commit(store::Batch().erase(keys::name("Trash")).put(keys::name("no/Trash"), row)).has_value());
       }},
      {"log rows but has",
       [&](auto& p) {
         std::string key;
         REQUIRE(
             p.scan("m/l/", "m/l0", [&](View k, View, store::Revision) { return (key = own(k)).empty(); }).has_value());
         erase(p, key);
       }},
      {"belongs to nothing", [](auto& p) { REQUIRE(p.commit(store::Batch().put("m/x", "y")).has_value()); }},
      {"belongs to nothing",
       [](auto& p) {
         REQUIRE(p.commit(store::Batch().put(keys::message(MailboxId{99}, imap::Uid{1}), "y")).has_value());
       }},
      {"broken",
       [&](auto& p) { change(p, keys::mailbox(inbox(p)), [](std::string value) { return value.substr(1); }); }},
      {"summary \"o/0000000000000063\" belongs to no message",
       [](auto& p) { REQUIRE(p.commit(store::Batch().put(keys::summary(BlobId{99}), encode_summary("x")))); }},
      {"summary \"o/0000000000000001\" is broken",
       [](auto& p) { REQUIRE(p.commit(store::Batch().put(keys::summary(BlobId{1}), encode_summary("x")))); }},
      {"octets of deleted messages",
       [&](auto& p) {
         change(p, keys::mailbox(inbox(p)), [](const std::string& value) {
           MailboxRow row = *decode_mailbox(value);
           row.deleted_octets = 1;
           return encode(row);
         });
       }},
      {"there is no INBOX", [](auto& p) { erase(p, keys::name("INBOX")); }},
  };
  for (const Fault& fault : faults) {
    CAPTURE(fault.expected);
    const auto store = store::make_memory_store();
    fill(*store);
    {
      Process process(*store);
      require_sound(*process.account);
    }
    fault.plant(**store->open(kAccount));
    Process process(*store);
    std::string found;
    for (const std::string& problem : problems_of(*process.account)) found += problem + "\n";
    CHECK_MESSAGE(found.find(fault.expected) != std::string::npos, found);
  }
}

TEST_CASE("faults of sealed messages are found") {
  const auto store = store::make_memory_store();
  SealedProcess process(*store, true);
  process.seal(true);
  add(*process.account, "INBOX", std::string(1000, 'x'));
  const auto session = process.account->session(process.all);
  REQUIRE((*session->select("INBOX", false))->copy(numbers({1}), "INBOX"));
  require_sound(*process.account);
  const auto partition = std::move(*store->open(kAccount));
  const std::string key = keys::message(id_of(*partition, "INBOX"), imap::Uid{2});
  const std::string sound = (*partition->get(key))->value;
  const auto found_with = [&](const std::function<void(MessageRow&)>& how) {
    MessageRow row = *decode_message(sound);
    how(row);
    REQUIRE(partition->commit(store::Batch().put(key, encode(row))));
    std::string found;
    for (const std::string& problem : problems_of(*process.account)) found += problem + "\n";
    return found;
  };
  const auto has = [](const std::string& text, View part) { return text.find(part) != std::string::npos; };
  CHECK(has(found_with([](MessageRow& row) { row.capsule.back() ^= 1; }), "sealed alike"));
  CHECK(has(found_with([](MessageRow& row) { row.octets = 1000; }), "is padded to no size class"));
}
