// The check of one account: rows against counters, references and bodies.
#include <algorithm>
#include <limits>
#include <map>

#include "service/mailbox/names.h"
#include "service/mailbox/stored_account.h"

namespace posthorn::mailbox {
namespace {

constexpr std::uint8_t kSeen = static_cast<std::uint8_t>(imap::SystemFlag::seen);
constexpr std::uint8_t kDeleted = static_cast<std::uint8_t>(imap::SystemFlag::deleted);

class Inspection {
 public:
  Inspection(const store::Partition& partition, const std::function<void(View)>& problem)
      : partition_(partition), problem_(problem) {}

  Result<void> run();

 private:
  struct NamedBody {
    std::uint64_t octets = 0;
    std::uint32_t references = 0;
    std::string capsule;
    std::uint32_t digest = 0;
  };

  template <class... Parts>
  void report(const Parts&... parts) {
    std::string sentence;
    ((sentence += text(parts)), ...);
    problem_(sentence);
  }
  static std::string text(View part) { return own(part); }
  static std::string text(std::uint64_t number) { return std::to_string(number); }

  void check_names();
  Result<void> check_mailbox(MailboxId id, const MailboxRow& row);
  void check_message(MailboxId id, const MailboxRow& mailbox, Uid uid, const MessageRow& row);
  void compare(MailboxId id, View what, std::uint64_t stored, std::uint64_t counted);
  Result<void> check_summaries();
  Result<void> check_flags(MailboxId id, const std::vector<Uid>& uids);
  Result<void> check_log(MailboxId id, const MailboxRow& row);
  static bool check_shared(View key, View value);
  Result<void> check_strays();
  Result<void> check_bodies();

  const store::Partition& partition_;
  const std::function<void(View)>& problem_;
  Snapshot tables_;
  std::map<BlobId, NamedBody> named_;
  std::uint64_t octets_ = 0;
  std::uint64_t messages_ = 0;
};

void Inspection::check_names() {
  std::map<MailboxId, std::string> named;
  for (const auto& [name, row] : tables_.names) {
    if (!tables_.mailboxes.contains(row.mailbox)) report("mailbox name \"", name, "\" leads to no mailbox");
    const auto [other, is_new] = named.emplace(row.mailbox, name);
    if (!is_new) report("mailbox names \"", name, "\" and \"", other->second, "\" lead to the same mailbox");
    for (const std::string& parent : parents_of(name)) {
      if (!tables_.names.contains(parent)) report("mailbox \"", name, "\" has no parent \"", parent, "\"");
    }
  }
  if (!tables_.names.contains(kInbox)) report("there is no INBOX");
  std::map<std::uint32_t, MailboxId> validities;
  for (const auto& [id, row] : tables_.mailboxes) {
    if (!named.contains(id)) report("mailbox ", id.value(), " has no name");
    if (id.value() >= tables_.account.next_mailbox) report("mailbox ", id.value(), " has a number not given yet");
    if (!validities.emplace(row.uid_validity, id).second) report("mailbox ", id.value(), " shares its UIDVALIDITY");
    if (row.uid_validity > tables_.account.last_validity)
      report("mailbox ", id.value(), " has a UIDVALIDITY not given yet");
    if (row.modseq > tables_.account.modseq) report("mailbox ", id.value(), " was changed after the account");
  }
}

void Inspection::check_message(MailboxId id, const MailboxRow& mailbox, Uid uid, const MessageRow& row) {
  const auto where = [&] {
    return "message " + std::to_string(uid.value()) + " of mailbox " + std::to_string(id.value());
  };
  if (uid.value() >= mailbox.uid_next || uid.value() == 0) report(where(), " has a uid not given yet");
  if (row.modseq > mailbox.modseq) report(where(), " was changed after its mailbox");
  const auto words = tables_.keywords.find(id);
  const std::size_t known = words == tables_.keywords.end() ? 0 : words->second.size();
  for (std::size_t i = 0; i < row.keywords.size(); ++i) {
    if (row.keywords[i] >= known) report(where(), " has a keyword without a name");
    if (i > 0 && row.keywords[i] <= row.keywords[i - 1]) report(where(), " has keywords out of order");
  }
  NamedBody& body = named_[row.blob];
  if (!row.capsule.empty()) {
    const Result<vault::CapsuleFacts> facts = vault::capsule_facts(row.capsule);
    if (!facts) report(where(), " has a broken capsule");
    if (facts && facts->padded && vault::padded_octets(row.octets) != row.octets)
      report(where(), " is padded to no size class");
  }
  if (body.references > 0 && (body.capsule != row.capsule || body.digest != row.digest))
    report(where(), " shares its body with one that is not sealed alike");
  body.capsule = row.capsule;
  body.digest = row.digest;
  if (body.references++ > 0 && body.octets != row.octets)
    report(where(), " has another size than one that shares its body");
  body.octets = row.octets;
}

void Inspection::compare(MailboxId id, View what, std::uint64_t stored, std::uint64_t counted) {
  if (stored != counted) report("mailbox ", id.value(), " counts ", stored, " ", what, " but has ", counted);
}

Result<void> Inspection::check_mailbox(MailboxId id, const MailboxRow& row) {
  MailboxRow counted;
  std::vector<Uid> uids;
  Result<void> scanned = scan_rows(partition_, id, Uid{0}, std::numeric_limits<std::uint64_t>::max(),
                                   [&](Uid uid, const MessageRow& message) {
                                     ++counted.messages;
                                     if ((message.system & kSeen) == 0) ++counted.unseen;
                                     if ((message.system & kDeleted) != 0) {
                                       ++counted.deleted;
                                       *counted.deleted_octets += message.octets;
                                     }
                                     counted.octets += message.octets;
                                     uids.push_back(uid);
                                     check_message(id, row, uid, message);
                                   });
  if (!scanned) return scanned;
  compare(id, "messages", row.messages, counted.messages);
  compare(id, "unseen messages", row.unseen, counted.unseen);
  compare(id, "deleted messages", row.deleted, counted.deleted);
  compare(id, "octets", row.octets, counted.octets);
  if (row.deleted_octets) compare(id, "octets of deleted messages", *row.deleted_octets, *counted.deleted_octets);
  messages_ += counted.messages;
  octets_ += counted.octets;
  if (Result<void> checked = check_flags(id, uids); !checked) return checked;
  return check_log(id, row);
}

/// @param uids  of the messages of the mailbox, ascending
Result<void> Inspection::check_flags(MailboxId id, const std::vector<Uid>& uids) {
  const auto there = [&](Uid uid) { return std::binary_search(uids.begin(), uids.end(), uid); };
  return scan_flags(partition_, id, Uid{0}, std::numeric_limits<std::uint64_t>::max(),
                    [&](std::uint32_t number, const FlagBlock& block) {
                      if (block.empty()) report("flags row ", number, " of mailbox ", id.value(), " is empty");
                      for (std::uint32_t i = 0; i < FlagBlock::kUids; ++i) {
                        const Uid uid{number * FlagBlock::kUids + i};
                        if (block.find(uid) != nullptr && !there(uid))
                          report("flags of message ", uid.value(), " of mailbox ", id.value(), ", which is not there");
                      }
                    });
}

Result<void> Inspection::check_log(MailboxId id, const MailboxRow& row) {
  std::uint32_t rows = 0;
  Result<void> scanned = partition_.scan(
      keys::log_prefix(id), store::after_prefix(keys::log_prefix(id)), [&](View key, View value, store::Revision) {
        ++rows;
        const Result<std::uint64_t> modseq = keys::number(key, keys::kLog.size() + 9, 16);
        if (!modseq || !decode_log(value)) {
          report("log row \"", key, "\" is broken");
        } else if (*modseq <= row.log_floor || *modseq > row.modseq) {
          report("log row \"", key, "\" lies outside the log of its mailbox");
        }
        return true;
      });
  if (!scanned) return scanned;
  compare(id, "log rows", row.log_rows, rows);
  return {};
}

/// False: a row of what visitors have or may do that cannot be read.
bool Inspection::check_shared(View key, View value) {
  if (key.starts_with(keys::kAcls)) return decode_acl(value).has_value();
  if (key.starts_with(keys::kSeen)) return decode_seen(value).has_value();
  if (key.starts_with(keys::kAnnotations) || key.starts_with(keys::kNotes)) return decode_annotation(value).has_value();
  return true;
}

/// Rows of mailboxes that do not exist, and rows that nobody knows.
Result<void> Inspection::check_strays() {
  return partition_.scan(keys::kFirst, keys::kEnd, [&](View key, View value, store::Revision) {
    if (key == keys::kAccount || key.starts_with(keys::kMailboxes) || key.starts_with(keys::kNames)) return true;
    if (key.starts_with(keys::kSubscriptions)) {
      if (value != encode_subscription()) report("subscription \"", key, "\" is broken");
      return true;
    }
    if (key.starts_with(keys::kReferences)) {
      const Result<std::uint64_t> blob = keys::number(key, keys::kReferences.size(), 16);
      const Result<std::uint32_t> count = decode_references(value);
      const auto body = blob ? named_.find(BlobId{*blob}) : named_.end();
      if (!count || body == named_.end() || body->second.references != *count)
        report("reference \"", key, "\" is wrong");
      if (body != named_.end()) body->second.references = 1;
      return true;
    }
    if (!check_shared(key, value)) report("row \"", key, "\" is broken");
    if (key.starts_with(keys::kNotes)) return true;  // its mailbox is in another account
    const bool known = key.starts_with(keys::kKeywords) || key.starts_with(keys::kFlags) ||
                       key.starts_with(keys::kLog) || key.starts_with(keys::kMessages) ||
                       key.starts_with(keys::kAcls) || key.starts_with(keys::kSeen) ||
                       key.starts_with(keys::kAnnotations);
    const Result<MailboxId> id = keys::mailbox_of(key);
    if (key.starts_with(keys::kAnnotations) && id && id->value() == 0) return true;  // on the server
    if (!known || !id || !tables_.mailboxes.contains(*id)) report("row \"", key, "\" belongs to nothing");
    return true;
  });
}

/// Call it before check_bodies(), which forgets what is named.
Result<void> Inspection::check_summaries() {
  return partition_.scan(
      keys::kSummaries, store::after_prefix(keys::kSummaries), [&](View key, View value, store::Revision) {
        const Result<BlobId> blob = keys::blob_of_summary(key);
        const auto body = blob ? named_.find(*blob) : named_.end();
        if (body == named_.end()) {
          report("summary \"", key, "\" belongs to no message");
          return true;
        }
        const Result<View> summary = decode_summary(value);
        // What is sealed can be looked at with its key only.
        const bool good = summary && (!body->second.capsule.empty() || imap::Summary::parse(*summary));
        if (!good) report("summary \"", key, "\" is broken");
        return true;
      });
}

Result<void> Inspection::check_bodies() {
  for (const auto& [blob, body] : named_) {
    if (body.references > 1) report("body ", blob.value(), " is shared without a reference row");
  }
  Result<void> walked = partition_.each_blob([&](BlobId blob, std::uint64_t octets) {
    const auto found = named_.find(blob);
    if (found == named_.end()) {
      report("body ", blob.value(), " belongs to no message");
      return;
    }
    const std::uint64_t said = found->second.octets;
    const bool sealed = !found->second.capsule.empty();
    if ((sealed ? vault::content_octets(said) + found->second.digest : said) != octets) {
      report("body ", blob.value(), " has ", octets, " octets, its message says ", said);
    }
    named_.erase(found);
  });
  if (!walked) return walked;
  for (const auto& [blob, body] : named_) report("body ", blob.value(), " is missing");
  return {};
}

Result<void> Inspection::run() {
  bool found = false;
  Result<Snapshot> tables = read_snapshot(partition_, found);
  if (!tables) return fail(std::move(tables.error()));
  tables_ = std::move(*tables);
  if (found) check_names();
  for (const auto& [id, row] : tables_.mailboxes) {
    if (Result<void> checked = check_mailbox(id, row); !checked) return checked;
  }
  const AccountRow& account = tables_.account;
  if (account.messages != messages_) report("the account counts ", account.messages, " messages but has ", messages_);
  if (account.octets != octets_) report("the account counts ", account.octets, " octets but has ", octets_);
  if (Result<void> checked = check_strays(); !checked) return checked;
  if (Result<void> checked = check_summaries(); !checked) return checked;
  return check_bodies();
}

}  // namespace

Result<void> StoredAccount::check(const std::function<void(View)>& problem) const {
  return ledger_.hold([&]() -> Result<void> {
    Result<void> checked = Inspection(partition(), problem).run();
    // Rows that cannot be read are a finding, not a failure of the check.
    if (!checked && checked.error().code == Code::corrupt) {
      problem("broken " + checked.error().note);
      return {};
    }
    return checked;
  });
}

}  // namespace posthorn::mailbox
