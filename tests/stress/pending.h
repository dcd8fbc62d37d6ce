// One command that a client has sent, with what must be remembered until its answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/client_session.h"

#include "stress/ledger.h"

namespace posthorn::stress {

enum class Act : std::uint8_t {
  login,
  enable,
  select,
  close,
  noop,
  idle,
  append,
  store,
  fetch,
  search,
  sort,
  copy,
  move,
  expunge,
  status
};
[[nodiscard]] View name_of(Act act);

/// What STORE changes.
struct FlagPlan {
  imap::FlagChange change = imap::FlagChange::add;
  std::string words;  ///< as words_of()
  bool silent = false;
  bool conditional = false;  ///< UNCHANGEDSINCE
  bool own_keyword = false;  ///< says something of the client's own keyword
};

/// What SEARCH and SORT must find.
struct Question {
  enum class What : std::uint8_t { everything, own_keyword, letter } what = What::everything;
  Letter letter;
};

struct Pending {
  Act act = Act::noop;
  imap::CommandId id;
  bool by_uid = false;
  std::size_t box = 0;              ///< the target of APPEND, COPY and MOVE; the mailbox of SELECT and STATUS
  std::vector<std::uint32_t> uids;  ///< the messages that it names
  std::vector<Letter> letters;      ///< APPEND: what is sent; COPY and MOVE: of `uids`
  std::size_t given = 0;            ///< of the letters of APPEND
  Floor floor;                      ///< of `box`, when it was sent
  FlagPlan flags;
  Question question;
  bool read_only = false;  ///< SELECT: it is EXAMINE. STORE: it must be refused
  bool answered = false;   ///< SEARCH, SORT: the result is there. COPY, MOVE: the COPYUID

  /// No removal may be told while it runs (RFC 9051 section 7.5.1, RFC 5256 section 3).
  [[nodiscard]] bool keeps_numbers() const {
    return !by_uid && (act == Act::fetch || act == Act::store || act == Act::search || act == Act::sort);
  }
};

}  // namespace posthorn::stress
