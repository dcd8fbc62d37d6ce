// Collects readings, a bounded number of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "posthorn/grammar/mime/readings.h"

namespace posthorn::mime {

class ReadingList {
 public:
  explicit ReadingList(View octets) : octets_(octets), has_crlf_(octets.find("\r\n") != View::npos) {}

  /// Without one the whole message is kept with LF, as files are.
  [[nodiscard]] bool has_crlf() const { return has_crlf_; }

  void begin_part(PartId part) {
    part_ = part;
    of_kind_.fill(0);
  }
  /// @param where a piece of the message itself
  void add(Ambiguity kind, View where) { add(kind, offset_of(where), where.size()); }
  void add(Ambiguity kind, Offset at, std::uint64_t octets) {
    auto& count = of_kind_[static_cast<std::size_t>(kind)];
    if (count == kMaxReadingsOfKind || found_.size() == kMaxReadings) return;
    ++count;
    found_.push_back({kind, part_, at, octets});
  }
  [[nodiscard]] Offset offset_of(View where) const { return static_cast<Offset>(where.data() - octets_.data()); }
  [[nodiscard]] std::vector<Reading> take() {
    std::ranges::sort(found_, {}, [](const Reading& r) { return std::pair(r.at, r.kind); });
    return std::move(found_);
  }

 private:
  View octets_;
  bool has_crlf_;
  PartId part_{0};
  std::array<std::uint8_t, 256> of_kind_{};
  std::vector<Reading> found_;
};

/// The lines, the fields and the parameters of the header of a part.
void read_header(ReadingList& list, const Message& message, const Part& part);
/// Boundaries, delimiter lines, preambles and epilogues.
void read_delimiters(ReadingList& list, const Message& message, const Part& part);
/// One field of it that says how a body is read.
void read_content_field(ReadingList& list, const Field& field);
/// What a body is encoded in.
void read_encoding(ReadingList& list, const Message& message, const Part& part);

}  // namespace posthorn::mime
