// text/plain; format=flowed: paragraphs that any screen can wrap (RFC 3676).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/message.h"

namespace posthorn::mime {

/// The line that divides a text from its signature; it is fixed although it ends in a space (RFC 3676 section 4.3).
inline constexpr View kSignatureSeparator = "-- ";

struct Paragraph {
  std::size_t depth = 0;  ///< of quoting
  std::string text;       ///< without line ends, quote marks and stuffing
  bool operator==(const Paragraph&) const = default;
};

/// How the parameters of a Content-Type say that a text is to be read.
struct TextFormat {
  bool flowed = false;        ///< format=flowed
  bool delete_space = false;  ///< DelSp=yes
};
[[nodiscard]] TextFormat text_format_of(const Message& message, PartId part);

/// Takes flowed text apart as it comes; any split gives the same. Lines end in LF or CRLF. A flowed line that nothing
/// may follow (another depth, a signature, the end) ends its paragraph without its space.
class FlowedDecoder {
 public:
  explicit FlowedDecoder(bool delete_space) : delete_space_(delete_space) {}

  /// Appends one line, ended with LF, for each paragraph: "> " for each level of quoting, then its text.
  void decode(View chunk, std::string& out);
  /// The text is over; ready for the next one.
  void finish(std::string& out);

  /// The paragraphs of a whole text.
  [[nodiscard]] static std::vector<Paragraph> paragraphs(View text, bool delete_space);

 private:
  enum class Stage : std::uint8_t { quotes, stuffing, head, text };

  template <class Sink>
  void take(View chunk, Sink& sink);
  template <class Sink>
  void take_line(View piece, Sink& sink);
  template <class Sink>
  void begin_text(Sink& sink);
  template <class Sink>
  void put(View octets, Sink& sink);
  template <class Sink>
  void text(View piece, Sink& sink);
  template <class Sink>
  void end_line(Sink& sink);
  template <class Sink>
  void end_text(Sink& sink);

  bool delete_space_;
  bool open_ = false;  // a paragraph: its last line was flowed, or is the present one
  std::size_t open_depth_ = 0;
  std::size_t owed_spaces_ = 0;  // of flowed lines before the present one
  Stage stage_ = Stage::quotes;
  std::size_t depth_ = 0;  // of the present line
  std::string head_;       // its first octets, as long as it may be a signature separator
  std::string held_;       // its last octets: " ", CR or both
};

/// decode_text() of a part, with paragraphs on one line each where it is format=flowed.
[[nodiscard]] std::string decode_plain(const Message& message, PartId part);

struct FlowedOptions {
  std::size_t width =
      72;  ///< characters of a line with quote marks and the space at its end; 20 to 998, 66 to 78 is wise
  bool delete_space = false;  ///< DelSp=yes: words longer than a line are cut, as scripts without spaces need it
};

/// Appends a paragraph as lines with CRLF: wrapped at spaces, stuffed where it must be. Spaces at its end go, for there
/// they would mean something else.
void append_flowed(std::string& out, const Paragraph& paragraph, const FlowedOptions& options = {});
/// Each line of `text` (UTF-8, LF or CRLF) as a paragraph that is not quoted.
[[nodiscard]] std::string encode_flowed(View text, const FlowedOptions& options = {});

}  // namespace posthorn::mime
