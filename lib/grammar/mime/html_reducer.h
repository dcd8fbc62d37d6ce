// Cuts HTML down to what says something about its text, before a tree is made of it.
//
// gumbo takes time that grows with the square of the nesting and of the attributes of one tag, and reopens all open
// formatting elements in each paragraph. So comments, scripts, styles, formatting elements and most attributes go
// before it sees them, what is open is closed in order, and the nesting has a limit. Its input then is in a form of our
// own:
//   <ins cite="URL">  a link      <span hidden>, hidden in any tag  what is not shown
//   <div>             any element that begins a line
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mime/html.h"

namespace posthorn::mime {

class HtmlReducer {
 public:
  HtmlReducer(View html, const HtmlLimits& limits) : rest_(html.substr(0, limits.max_octets)), limits_(limits) {}
  [[nodiscard]] std::string reduce();

 private:
  enum class Kind : std::uint8_t;
  struct Element;
  /// What counts of the attributes of a tag. @lifetime views of the HTML
  struct Attributes {
    View link;
    View alt;
    View start;
    bool hidden = false;
    bool self_closing = false;
  };
  struct Open {
    Kind kind;
    View name;     // as spelled
    View written;  // how it is called in the reduced form; empty where it is left out
  };
  static const Element& element(View name);
  static bool stops_end(Kind end, Kind open);
  static bool stops_start(Kind start, Kind open);
  static bool says_nothing(Kind kind);
  static bool is_closed_by(Kind open, Kind start);

  void text(View text);
  void markup();
  void declaration();
  void start_tag();
  void end_tag();
  [[nodiscard]] bool attributes(Attributes& out);
  [[nodiscard]] View attribute_value();
  void take_attribute(View name, View value, Attributes& out) const;
  void skip_raw(View name);
  void close_implied(Kind start);
  void open(const Element& element, View name, const Attributes& attributes);
  void write_tag(View name, const Element& element, const Attributes& attributes);
  void write_value(View name, View value);
  void drop_line();
  void close_down_to(std::size_t size);
  [[nodiscard]] bool in_pre() const { return pre_ > 0; }

  View rest_;
  const HtmlLimits& limits_;
  std::string out_;
  std::vector<Open> open_;
  std::size_t written_ = 0;  // of open_
  std::size_t dropped_ = 0;  // open, but over kMaxOpen
  std::size_t pre_ = 0;
};

}  // namespace posthorn::mime
