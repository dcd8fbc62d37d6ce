// What a searching command tells: SEARCH, SORT and ESEARCH responses, however long, in pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/imap/responder.h"
#include "posthorn/protocol/imap/state.h"

#include "protocol/imap/search_match.h"
#include "protocol/imap/search_return.h"

namespace posthorn::imap::search {

/// The correlators of an ESEARCH response (RFC 9051 section 7.3.4, RFC 7377 section 2.1).
struct Correlators {
  std::string tag;
  std::optional<std::string> mailbox;  ///< of ESEARCH; UTF-8
  UidValidity uid_validity;            ///< of `mailbox`
};

/// One untagged response.
class Answer {
 public:
  /// "* SEARCH 2 84 882 (MODSEQ 917162500)".
  /// @param word  SEARCH or SORT
  [[nodiscard]] static Answer plain(View word, std::vector<std::uint32_t> ids, std::optional<ModSeq> modseq);
  /// "* ESEARCH (TAG "a") UID MIN 2 COUNT 3 ALL 2,10:11".
  /// @param ids  in the order of the answer: the first is MIN, the last is MAX
  /// @param modseq  told where something was found
  [[nodiscard]] static Answer extended(const Correlators& correlators, bool uid, const ReturnOptions& options,
                                       std::vector<std::uint32_t> ids, std::optional<ModSeq> modseq);
  /// Nothing at all.
  Answer() = default;

  /// Writes until the responder is full. @returns whether all is written
  bool write(Responder& responder);

 private:
  struct Piece {
    enum class Kind : std::uint8_t { text, mailbox, list, set };
    Kind kind = Kind::text;
    std::string text;
    Slice ids;  ///< of list (" 2 84 882") and set ("2,84:86")
  };
  void add(std::string text);
  bool write_ids(Piece& piece, Responder& responder);

  std::vector<Piece> pieces_;
  std::vector<std::uint32_t> ids_;
  std::size_t at_ = 0;
};

/// "1:3,7"; runs that ascend are joined, the order stays (RFC 5267 section 3.2).
[[nodiscard]] std::string id_set(const std::vector<std::uint32_t>& ids);

/// What SAVE keeps of the results (RFC 5182 section 2.4, RFC 9394 section 3.2), as indices into them.
[[nodiscard]] std::vector<Slice> saved_slices(const ReturnOptions& options, std::size_t count);
/// The saved result of these messages: ranges of UIDs, ascending.
[[nodiscard]] std::vector<Range> uid_ranges(const SelectedMailbox& view, std::vector<std::uint32_t> numbers);

/// Why a searching command is refused before anything is searched; nullopt: it is not. Also takes note of what the keys
/// imply: MODSEQ enables CONDSTORE (RFC 7162 section 3.1), and SAVE with a charset that is not known empties the saved
/// result (RFC 5182 section 2.1).
[[nodiscard]] std::optional<Reply> refusal_of(State& state, const Program& program, const ReturnOptions& options);
/// What keys of the running command depend on.
[[nodiscard]] Surroundings surroundings(const State& state);
/// The command failed: answers, and empties the saved result if SAVE was asked for.
void refuse(State& state, const ReturnOptions& options, const Error& error, Responder& responder);

/// Keeps what SAVE asks for, and makes the answer.
/// @param word  SEARCH or SORT
/// @param numbers  of the messages that match, in the order of the answer
/// @param with_modseq  whether the mod-sequence belongs to it: there was the key MODSEQ
[[nodiscard]] Answer conclude(State& state, View word, const ReturnOptions& options,
                              const std::vector<std::uint32_t>& numbers, bool with_modseq);

}  // namespace posthorn::imap::search
