// The messages of one POP3 session: a snapshot with marks (RFC 1939 section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posthorn/bytes/view.h"

namespace posthorn::pop3 {

/// One message of the snapshot.
struct Message {
  std::uint64_t octets = 0;  ///< as stored, line ends CRLF, dots not doubled
  std::string unique_id;     ///< 1 to 70 octets of 0x21 to 0x7E, never used for another message (UIDL)
};

/// What the client sees. Indices begin at 0, the numbers on the wire at 1; neither changes in a session.
class Maildrop {
 public:
  Maildrop() = default;
  explicit Maildrop(std::vector<Message> messages) : messages_(std::move(messages)), marked_(messages_.size(), false) {}

  [[nodiscard]] std::size_t size() const { return messages_.size(); }
  [[nodiscard]] const Message& operator[](std::size_t index) const { return messages_[index]; }
  [[nodiscard]] bool is_marked(std::size_t index) const { return marked_[index]; }

  /// The index of a message number that exists and is not marked.
  [[nodiscard]] std::optional<std::size_t> find(std::uint32_t number) const {
    if (number == 0 || number > messages_.size() || marked_[number - 1]) return std::nullopt;
    return number - 1;
  }
  void mark(std::size_t index) { marked_[index] = true; }
  void unmark_all() { marked_.assign(messages_.size(), false); }

  /// Messages that are not marked.
  [[nodiscard]] std::size_t count() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < size(); ++i) count += marked_[i] ? 0 : 1;
    return count;
  }
  /// Octets of the messages that are not marked.
  [[nodiscard]] std::uint64_t octets() const {
    std::uint64_t octets = 0;
    for (std::size_t i = 0; i < size(); ++i) octets += marked_[i] ? 0 : messages_[i].octets;
    return octets;
  }
  [[nodiscard]] std::vector<std::size_t> marked() const {
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < size(); ++i) {
      if (marked_[i]) indices.push_back(i);
    }
    return indices;
  }

 private:
  std::vector<Message> messages_;
  std::vector<bool> marked_;
};

}  // namespace posthorn::pop3
