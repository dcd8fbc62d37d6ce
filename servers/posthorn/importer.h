// Copies the mail of an account on another server into mailboxes here; goes on where an earlier run stopped.
//
// What is promised: every message that the source has, and that can be stored, is here once, however often the import
// was killed. A message is written down in the journal after its commit; when a run ends in between, the next one finds
// the message by its date and contents among those that the journal does not know, and takes it as done. Of a sealed
// mailbox, whose contents nobody can read here, the date alone decides, and only for the one message that can have been
// under way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/bytes/result.h"
#include "posthorn/service/mailbox/account.h"

#include "import_journal.h"
#include "import_source.h"

namespace posthorn::servers {

struct ImportChoice {
  std::vector<std::string> folders;   ///< only these, names of the source; empty: all
  std::vector<std::string> excluded;  ///< not these, nor what is below them
  bool dry_run = false;
};

/// How far an import is.
struct ImportCount {
  std::uint64_t messages = 0;  ///< copied
  std::uint64_t octets = 0;
  std::uint64_t known = 0;    ///< here already
  std::uint64_t to_do = 0;    ///< messages of this folder
  std::uint64_t skipped = 0;  ///< messages and folders that could not be copied
};

/// Hears what happens. Called between messages.
struct ImportEar {
  std::function<void(View folder, const ImportCount& count)> progress;
  std::function<void(View folder, View target, const ImportCount& count)> folder_done;
  std::function<void(View folder, View problem)> skipped;
};

/// Where a mailbox of the source goes; nullopt with a reason when nowhere.
struct ImportTarget {
  std::optional<std::string> name;
  View reason;
};
/// @param local  the mailboxes that are here: those with a special use take what has the same
[[nodiscard]] ImportTarget import_target(const SourceBox& box, const std::vector<imap::MailboxInfo>& local);

class Importer {
 public:
  /// @lifetime borrows all but the choice and the ear
  Importer(ImportSource& source, mailbox::Account& account, ImportJournal* journal, ImportChoice choice, ImportEar ear)
      : source_(source), account_(account), journal_(journal), choice_(std::move(choice)), ear_(std::move(ear)) {}

  /// @errors those of the connection and of the store, which end the import; what is wrong with one message or folder
  /// is told to the ear and counted
  Result<ImportCount> run();

 private:
  struct Candidate {
    mailbox::StoredMessage message;
    bool used = false;
  };
  /// A message on its way: its body, and what tells it from others.
  struct Incoming {
    std::unique_ptr<mailbox::BodyWriter> writer;
    std::unique_ptr<crypto::HmacSha256> digest;  // only while there are candidates
    std::uint64_t octets = 0;
  };

  [[nodiscard]] bool is_chosen(const SourceBox& box) const;
  Result<void> copy_folder(const SourceBox& box, const std::string& target);
  Result<std::vector<imap::Uid>> pending(const SourceBox& box, imap::UidValidity& uid_validity);
  Result<void> prepare_target(const SourceBox& box, const std::string& target, imap::UidValidity uid_validity);
  Result<void> fetch(const std::vector<imap::Uid>& uids, const std::string& target);
  Result<void> on_event(imap::ClientEvent& event, const std::string& target);
  Result<void> begin_body();
  Result<void> append(View octets);
  Result<void> store(const imap::response::Fetch& fetch, const std::string& target);
  Result<std::optional<imap::Uid>> adopt(WallTime date);
  Result<void> skip(View problem);

  ImportSource& source_;
  mailbox::Account& account_;
  ImportJournal* journal_;
  ImportChoice choice_;
  ImportEar ear_;
  ImportCount count_;
  std::string folder_;
  std::vector<Candidate> candidates_;
  std::optional<Incoming> incoming_;
  bool first_ = true;  // of this folder in this run: the one that may have been under way
};

}  // namespace posthorn::servers
