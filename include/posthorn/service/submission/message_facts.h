// What a submission server has to know of a message that a client hands in, and what it adds to it (RFC 6409 sections
// 6 and 8, features F4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"

namespace posthorn::submission {

/// Limits on the header of a submitted message.
struct Limits {
  std::size_t max_authors = 100;  ///< mailboxes in From and Sender together
};

/// What the header says.
struct Facts {
  /// Addresses of all mailboxes in all From and Sender fields, each once: local part as it stands, domain in A-labels
  /// where it is one.
  std::vector<std::string> authors;
  bool has_from = false;           ///< a From field with an address
  bool has_date = false;           ///< a Date field, whatever stands in it
  bool has_message_id = false;     ///< likewise
  std::uint32_t received = 0;      ///< Received fields, for the detection of loops (RFC 5321 section 6.3)
  bool unreadable_author = false;  ///< From or Sender holds something that is no address: an author nobody can check
  std::uint32_t from_fields = 0;   ///< more than one is a way to show another author than the one that is checked
};

/// Reads a header. @param header  up to and with the empty line, which may be missing
[[nodiscard]] Facts read_facts(View header, const Limits& limits = {});

/// Whether the message may be taken at all: it says who wrote it, once (RFC 5322 section 3.6.2; RFC 6409 section 6.3
/// lets a server refuse). @returns a peer error for 554 5.6.0 otherwise
/// @errors syntax (no From, two From fields, an author without address), too_many (authors)
[[nodiscard]] Result<void> check(const Facts& facts, const Limits& limits = {});

/// The fields to put before a message that lacks them, with their line ends: Date and Message-ID (RFC 6409 sections
/// 8.1 and 8.3). What the message has is never touched.
/// @param id  unique, of letters, digits and dots, as delivery::make_id() makes it
/// @param host  the domain of the Message-ID: the name of this server
[[nodiscard]] std::string fix_ups(const Facts& facts, WallTime now, View id, View host);

}  // namespace posthorn::submission
