// What was imported already: one append-only file for each account and source, so that an interrupted import goes on.
//
// A message is written down after its commit. What a crash leaves between the two is found again by its contents (see
// importer.cpp), so the file need not be synced for each message.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/protocol/imap/resync.h"

namespace posthorn::servers {

/// One mailbox of the source.
struct ImportedBox {
  imap::UidValidity uid_validity;  ///< of the source
  imap::UidSet done;               ///< UIDs of the source that are here
  imap::Uid last;                  ///< the highest UID here that the import knows of
};

class ImportJournal {
 public:
  /// Reads the file, or makes it; another import of the same pair is kept out as long as the object lives.
  /// @param source  names the server and the user there
  /// @errors conflict (an import is running), unavailable, corrupt (a file of something else)
  [[nodiscard]] static Result<std::unique_ptr<ImportJournal>> open(const std::string& data_directory,
                                                                   const std::string& address,
                                                                   const std::string& source);
  ~ImportJournal();
  ImportJournal(const ImportJournal&) = delete;
  ImportJournal& operator=(const ImportJournal&) = delete;

  /// A mailbox of the source; null when nothing was imported of it.
  [[nodiscard]] const ImportedBox* find(const std::string& wire_name) const;
  /// What is written next belongs to this mailbox. @param last  the highest UID of the target at this moment
  Result<void> begin(const std::string& wire_name, imap::UidValidity uid_validity, imap::Uid last);
  Result<void> add(imap::Uid source, imap::Uid target);
  /// Makes durable what was written.
  Result<void> sync();

  /// For open().
  ImportJournal(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

 private:
  Result<void> read();
  [[nodiscard]] bool take(View line);
  Result<void> write(const std::string& line);

  int descriptor_;
  std::string path_;
  std::map<std::string, ImportedBox> boxes_;
  ImportedBox* current_ = nullptr;
};

}  // namespace posthorn::servers
