// Dialogues as text files, one dialect for all protocols: tests, fuzz seeds and examples of the documentation.
//
//     # a comment
//     C: USER alice          the client sends this line and CRLF
//     X: 51 55 49 54 0a      the client sends these octets
//     S: +OK ...             the server's next line; ... stands for any octets within the line
//     S*                     any number of lines, up to one that the next S: line matches
//     ! starttls             both sides start TLS: the server must want it
//     ! wait 600             600 seconds pass
//     ! end                  the client half-closes
//     ! closed               the server must have closed
//
// Lines of C: and X: that follow each other are sent at once, so a transcript can pipeline.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "posthorn/bytes/view.h"
#include "posthorn/protocol/session.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::testing {

struct TranscriptOptions {
  std::size_t chunk = 0;  ///< most octets in one receive(); 0: as many as there are
  TlsFacts tls;           ///< what `! starttls` tells the server
};

/// Plays a transcript against a server.
/// @returns empty when every line matched and nothing was left over; else what differed and in which line
[[nodiscard]] std::string play(View transcript, Conversation& server, FakeClock& clock,
                               const TranscriptOptions& options = {});

/// One server for one transcript, with everything it stands on.
struct Stage {
  std::shared_ptr<void> owner;     ///< keeps alive what the conversation needs
  Conversation* server = nullptr;  ///< inside `owner`
  FakeClock* clock = nullptr;      ///< inside `owner`
};

struct PlayedFolder {
  std::size_t files = 0;
  std::string problems;  ///< empty when all matched
};

/// Plays every *.txt of a folder, whole and octet by octet, each on a stage of its own.
/// @param make  gets the file's name without ".txt"
[[nodiscard]] PlayedFolder play_folder(const std::string& folder, const std::function<Stage(View name)>& make);

/// What the client of a transcript sends, all directives ignored: for fuzzers.
[[nodiscard]] std::string client_octets(View transcript);

}  // namespace posthorn::testing
