// A queue of octets that is contiguous to read and gives its memory back when it is empty.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>

#include "posthorn/bytes/view.h"

namespace posthorn {

/// Octets appended at the end and consumed at the front. An idle session holds no memory in it.
class Buffer {
 public:
  void append(View octets) {
    compact_if_worth();
    octets_.append(octets);
  }
  void push(char octet) { append(View(&octet, 1)); }

  /// Everything not yet consumed. @lifetime until the next non-const call
  [[nodiscard]] View view() const { return View(octets_).substr(begin_); }
  [[nodiscard]] std::size_t size() const { return octets_.size() - begin_; }
  [[nodiscard]] bool empty() const { return size() == 0; }

  /// Drops `count` octets at the front; `count` is at most size().
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ >= octets_.size()) rewind();
  }
  /// Forgets everything and gives the memory back.
  void clear() {
    octets_ = std::string();
    begin_ = 0;
  }
  /// Gives memory back that an empty buffer still holds; call it when the session goes idle.
  void release() {
    if (empty()) clear();
  }

 private:
  static constexpr std::size_t kKeep = 1024;  // an empty buffer keeps this much: saves allocations in a dialogue

  void rewind() {
    if (octets_.capacity() > kKeep) {
      octets_ = std::string();
    } else {
      octets_.clear();
    }
    begin_ = 0;
  }
  void compact_if_worth() {
    if (begin_ > 4096 && begin_ > octets_.size() / 2) {
      octets_.erase(0, begin_);
      begin_ = 0;
    }
  }
  std::string octets_;
  std::size_t begin_ = 0;
};

}  // namespace posthorn
