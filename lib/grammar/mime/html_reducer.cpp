#include "grammar/mime/html_reducer.h"

#include <algorithm>
#include <array>

#include "posthorn/grammar/char_set.h"

namespace posthorn::mime {

enum class HtmlReducer::Kind : std::uint8_t {
  inline_text,  // says nothing about the text
  block,
  paragraph,
  heading,
  quote,
  pre,
  list,
  item,
  definition,  // dt, dd
  table,
  section,  // thead and the like, caption
  row,
  cell,
  link,
  image,
  line_break,
  rule,
  empty,   // has no content, says nothing
  raw,     // its content is not HTML and not shown
  unseen,  // its content is HTML and not shown
};

struct HtmlReducer::Element {
  View name;
  Kind kind;
  View written;  // empty: not in the reduced form
};

namespace {
constexpr CharSet kWhite = " \t\r\n\f";
constexpr CharSet kTagEnd = kWhite + CharSet("/>");
/// Elements that are open at all, seen or not.
constexpr std::size_t kMaxOpen = 400;
constexpr std::size_t kLongestName = 12;

std::size_t run(View text, std::size_t at, const CharSet& set) {
  while (at < text.size() && set[text[at]]) ++at;
  return at;
}
std::size_t run_to(View text, std::size_t at, const CharSet& set) {
  while (at < text.size() && !set[text[at]]) ++at;
  return at;
}

/// "display:none" or "visibility:hidden" in a style, white space and case left out.
bool hides(View style) {
  constexpr std::array<View, 2> kHiding{"display:none", "visibility:hidden"};
  std::array<std::size_t, 2> matched{};
  bool in_property = false;
  for (const char c : style) {
    if (kWhite[c]) continue;
    for (std::size_t i = 0; i < kHiding.size(); ++i) {
      const bool goes_on = matched[i] < kHiding[i].size() && to_lower(c) == kHiding[i][matched[i]];
      matched[i] = goes_on && (matched[i] > 0 || !in_property) ? matched[i] + 1 : 0;
      if (matched[i] == kHiding[i].size()) return true;
    }
    in_property = c != ';';
  }
  return false;
}
}  // namespace

const HtmlReducer::Element& HtmlReducer::element(View name) {
  static constexpr std::array kElements{
      Element{"a", Kind::link, "ins"},
      Element{"address", Kind::block, "div"},
      Element{"area", Kind::empty, ""},
      Element{"article", Kind::block, "div"},
      Element{"aside", Kind::block, "div"},
      Element{"base", Kind::empty, ""},
      Element{"blockquote", Kind::quote, "blockquote"},
      Element{"br", Kind::line_break, "br"},
      Element{"caption", Kind::section, "caption"},
      Element{"center", Kind::block, "div"},
      Element{"col", Kind::empty, ""},
      Element{"dd", Kind::definition, "dd"},
      Element{"details", Kind::block, "div"},
      Element{"dir", Kind::list, "ul"},
      Element{"div", Kind::block, "div"},
      Element{"dl", Kind::list, "dl"},
      Element{"dt", Kind::definition, "dt"},
      Element{"embed", Kind::empty, ""},
      Element{"fieldset", Kind::block, "div"},
      Element{"figcaption", Kind::block, "div"},
      Element{"figure", Kind::block, "div"},
      Element{"footer", Kind::block, "div"},
      Element{"form", Kind::block, "div"},
      Element{"h1", Kind::heading, "h1"},
      Element{"h2", Kind::heading, "h1"},
      Element{"h3", Kind::heading, "h1"},
      Element{"h4", Kind::heading, "h1"},
      Element{"h5", Kind::heading, "h1"},
      Element{"h6", Kind::heading, "h1"},
      Element{"header", Kind::block, "div"},
      Element{"hr", Kind::rule, "hr"},
      Element{"iframe", Kind::raw, ""},
      Element{"img", Kind::image, "img"},
      Element{"input", Kind::empty, ""},
      Element{"legend", Kind::block, "div"},
      Element{"li", Kind::item, "li"},
      Element{"link", Kind::empty, ""},
      Element{"listing", Kind::pre, "pre"},
      Element{"main", Kind::block, "div"},
      Element{"menu", Kind::list, "ul"},
      Element{"meta", Kind::empty, ""},
      Element{"nav", Kind::block, "div"},
      Element{"ol", Kind::list, "ol"},
      Element{"optgroup", Kind::block, "div"},
      Element{"option", Kind::block, "div"},
      Element{"p", Kind::paragraph, "p"},
      Element{"param", Kind::empty, ""},
      Element{"plaintext", Kind::pre, "pre"},
      Element{"pre", Kind::pre, "pre"},
      Element{"script", Kind::raw, ""},
      Element{"section", Kind::block, "div"},
      Element{"source", Kind::empty, ""},
      Element{"style", Kind::raw, ""},
      Element{"summary", Kind::block, "div"},
      Element{"svg", Kind::unseen, "span"},
      Element{"table", Kind::table, "table"},
      Element{"tbody", Kind::section, "tbody"},
      Element{"td", Kind::cell, "td"},
      Element{"template", Kind::unseen, "span"},
      Element{"tfoot", Kind::section, "tfoot"},
      Element{"th", Kind::cell, "td"},
      Element{"thead", Kind::section, "thead"},
      Element{"title", Kind::raw, ""},
      Element{"tr", Kind::row, "tr"},
      Element{"track", Kind::empty, ""},
      Element{"ul", Kind::list, "ul"},
      Element{"wbr", Kind::empty, ""},
      Element{"xmp", Kind::pre, "pre"},
  };
  static_assert(std::ranges::is_sorted(kElements, {}, &Element::name));
  static constexpr Element kOther{"", Kind::inline_text, ""};
  std::array<char, kLongestName> lower{};
  if (name.size() > lower.size()) return kOther;
  std::ranges::transform(name, lower.begin(), to_lower);
  const View key(lower.data(), name.size());
  const auto* const found = std::ranges::lower_bound(kElements, key, {}, &Element::name);
  return found != kElements.end() && found->name == key ? *found : kOther;
}

std::string HtmlReducer::reduce() {
  while (!rest_.empty() && out_.size() < limits_.max_reduced_octets) {
    const std::size_t begin = rest_.find('<');
    text(rest_.substr(0, begin));
    rest_.remove_prefix(std::min(begin, rest_.size()));
    if (!rest_.empty()) markup();
  }
  return std::move(out_);
}

/// White space is collapsed here already: most HTML is full of it.
void HtmlReducer::text(View text) {
  text = text.substr(0, limits_.max_reduced_octets - std::min(out_.size(), limits_.max_reduced_octets));
  if (in_pre()) {
    out_ += text;
    return;
  }
  while (!text.empty()) {
    const std::size_t word = run_to(text, 0, kWhite);
    out_ += text.substr(0, word);
    const std::size_t white = run(text, word, kWhite);
    if (white > word) out_ += ' ';
    text.remove_prefix(white);
  }
}

/// At a "<".
void HtmlReducer::markup() {
  const char next = rest_.size() > 1 ? rest_[1] : '\0';
  if (chars::kAlpha[next]) {
    start_tag();
  } else if (next == '/' && rest_.size() > 2 && chars::kAlpha[rest_[2]]) {
    end_tag();
  } else if (next == '!' || next == '?' || next == '/') {
    declaration();
  } else {
    out_ += "&lt;";
    rest_.remove_prefix(1);
  }
}

/// Comments and what HTML takes for comments.
void HtmlReducer::declaration() {
  std::size_t end = 0;
  if (rest_.starts_with("<!-->") || rest_.starts_with("<!--->")) {
    end = rest_.find('>') + 1;
  } else if (rest_.starts_with("<!--")) {
    const std::size_t close = rest_.find("-->", 4);
    end = close == View::npos ? rest_.size() : close + 3;
  } else {
    end = std::min(rest_.find('>'), rest_.size() - 1) + 1;
  }
  rest_.remove_prefix(end);
}

void HtmlReducer::start_tag() {
  const std::size_t name_end = run_to(rest_, 1, kTagEnd);
  const View name = rest_.substr(1, name_end - 1);
  rest_.remove_prefix(name_end);
  Attributes found;
  if (!attributes(found)) return;
  const Element& e = element(name);
  if (e.kind == Kind::inline_text && found.self_closing) return;  // <o:p/>, and <path/> in pictures
  switch (e.kind) {
    case Kind::empty: break;
    case Kind::raw: skip_raw(name); break;
    case Kind::rule: close_implied(e.kind); [[fallthrough]];
    case Kind::image:
    case Kind::line_break:
      if (!found.hidden) write_tag(e.written, e, found);
      break;
    case Kind::inline_text:
    case Kind::block:
    case Kind::paragraph:
    case Kind::heading:
    case Kind::quote:
    case Kind::pre:
    case Kind::list:
    case Kind::item:
    case Kind::definition:
    case Kind::table:
    case Kind::section:
    case Kind::row:
    case Kind::cell:
    case Kind::link:
    case Kind::unseen:
      close_implied(e.kind);
      open(e, name, found);
      break;
  }
}

/// Takes the attributes and the ">"; false when the HTML ends before that: then there is no tag.
bool HtmlReducer::attributes(Attributes& out) {
  constexpr CharSet kBetween = kWhite + CharSet("/");
  constexpr CharSet kNameEnd = kTagEnd + CharSet("=");
  for (;;) {
    const std::size_t between = run(rest_, 0, kBetween);
    out.self_closing = between > 0 && rest_[between - 1] == '/';
    rest_.remove_prefix(between);
    if (rest_.empty()) return false;
    if (rest_.front() == '>') {
      rest_.remove_prefix(1);
      return true;
    }
    const std::size_t name_end = run_to(rest_, 1, kNameEnd);  // a "=" in front is part of the name
    const View name = rest_.substr(0, name_end);
    rest_.remove_prefix(name_end);
    const std::size_t after = run(rest_, 0, kWhite);
    View value;
    if (after < rest_.size() && rest_[after] == '=') {
      rest_.remove_prefix(run(rest_, after + 1, kWhite));
      value = attribute_value();
    }
    take_attribute(name, value, out);
  }
}

View HtmlReducer::attribute_value() {
  const bool quoted = rest_.starts_with('"') || rest_.starts_with('\'');
  const std::size_t begin = quoted ? 1 : 0;
  const std::size_t end =
      quoted ? std::min(rest_.find(rest_.front(), 1), rest_.size()) : run_to(rest_, 0, kWhite + CharSet(">"));
  const View value = rest_.substr(begin, end - begin);
  rest_.remove_prefix(std::min(end + begin, rest_.size()));
  return value;
}

void HtmlReducer::take_attribute(View name, View value, Attributes& out) const {
  if (same_word(name, "style")) {
    if (hides(value)) out.hidden = true;
  } else if (same_word(name, "hidden")) {
    out.hidden = true;
  } else if (value.size() > limits_.max_value) {
    return;
  } else if (same_word(name, "href")) {
    if (out.link.empty()) out.link = value;
  } else if (same_word(name, "alt")) {
    if (out.alt.empty()) out.alt = value;
  } else if (same_word(name, "start")) {
    if (out.start.empty()) out.start = value;
  }
}

/// Up to and with the end tag of the same name; all of the rest where there is none.
void HtmlReducer::skip_raw(View name) {
  for (std::size_t at = rest_.find("</"); at != View::npos; at = rest_.find("</", at + 2)) {
    const View end = rest_.substr(at + 2);
    if (!same_word(end.substr(0, name.size()), name)) continue;
    if (end.size() > name.size() && !kTagEnd[end[name.size()]]) continue;
    rest_.remove_prefix(std::min(rest_.find('>', at), rest_.size() - 1) + 1);
    return;
  }
  rest_ = {};
}

/// Whether an element of this kind that is open ends where one of the kind `start` begins.
bool HtmlReducer::is_closed_by(Kind open, Kind start) {
  switch (start) {
    case Kind::item: return open == Kind::item || open == Kind::paragraph;
    case Kind::definition: return open == Kind::definition || open == Kind::paragraph;
    case Kind::cell: return open == Kind::cell;
    case Kind::row: return open == Kind::row || open == Kind::cell;
    case Kind::section: return open == Kind::section || open == Kind::row || open == Kind::cell;
    case Kind::heading: return open == Kind::heading || open == Kind::paragraph;
    case Kind::link: return open == Kind::link;
    case Kind::inline_text:
    case Kind::image:
    case Kind::line_break:
    case Kind::empty:
    case Kind::raw:
    case Kind::unseen: return false;
    case Kind::block:
    case Kind::paragraph:
    case Kind::quote:
    case Kind::pre:
    case Kind::list:
    case Kind::table:
    case Kind::rule: break;
  }
  return open == Kind::paragraph;
}

/// What lies between an element and the place where it is looked for ends.
bool HtmlReducer::stops_start(Kind start, Kind open) {
  if (open == Kind::table) return true;
  switch (start) {
    case Kind::row:
    case Kind::section: return false;
    case Kind::cell: return open == Kind::row || open == Kind::section;
    case Kind::item:
    case Kind::definition: return open == Kind::list || open == Kind::cell || open == Kind::quote;
    case Kind::inline_text:
    case Kind::block:
    case Kind::paragraph:
    case Kind::heading:
    case Kind::quote:
    case Kind::pre:
    case Kind::list:
    case Kind::table:
    case Kind::link:
    case Kind::image:
    case Kind::line_break:
    case Kind::rule:
    case Kind::empty:
    case Kind::raw:
    case Kind::unseen: break;
  }
  return open != Kind::inline_text && open != Kind::link;
}

bool HtmlReducer::stops_end(Kind end, Kind open) {
  const bool of_table = end == Kind::table || end == Kind::section || end == Kind::row || end == Kind::cell;
  if (open == Kind::table) return true;
  if (open == Kind::cell) return !of_table;
  return open == Kind::list && end == Kind::item;
}

void HtmlReducer::close_implied(Kind start) {
  std::size_t size = open_.size();
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (is_closed_by(open_[i].kind, start)) {
      size = i;
    } else if (stops_start(start, open_[i].kind)) {
      break;
    }
  }
  close_down_to(size);
}

void HtmlReducer::open(const Element& e, View name, const Attributes& found) {
  View written = e.written;
  if (written.empty() && found.hidden) written = "span";
  if (e.kind == Kind::link && found.link.empty()) written = found.hidden ? View("span") : View();
  if (written.empty() && says_nothing(e.kind) && open_.size() >= kMaxOpen / 2) return;  // its end tag ends nothing then
  if (dropped_ > 0 || open_.size() == kMaxOpen) {
    ++dropped_;
    drop_line();
    return;
  }
  if (written_ == limits_.max_depth) written = {};
  if (!written.empty()) {
    write_tag(written, e, found);
    ++written_;
    if (e.kind == Kind::pre) ++pre_;
  } else if (!says_nothing(e.kind)) {
    drop_line();
  }
  open_.push_back({e.kind, name, written});
}

/// An element over the limit of nesting still begins a line.
void HtmlReducer::drop_line() {
  if (!out_.ends_with("<br>")) out_ += "<br>";
}

bool HtmlReducer::says_nothing(Kind kind) { return kind == Kind::inline_text || kind == Kind::link; }

void HtmlReducer::write_tag(View name, const Element& e, const Attributes& found) {
  out_.append("<").append(name);
  if (found.hidden || e.kind == Kind::unseen) out_ += " hidden";
  if (e.kind == Kind::link) write_value("cite", found.link);
  if (e.kind == Kind::image) write_value("alt", found.alt);
  if (e.kind == Kind::list) write_value("start", found.start);
  out_ += '>';
}

void HtmlReducer::write_value(View name, View value) {
  if (value.empty()) return;
  out_.append(" ").append(name).append("=\"");
  for (const char c : value) {
    if (c == '"') {
      out_ += "&quot;";
    } else {
      out_ += c;
    }
  }
  out_ += '"';
}

void HtmlReducer::end_tag() {
  const std::size_t name_end = run_to(rest_, 2, kTagEnd);
  const View name = rest_.substr(2, name_end - 2);
  rest_.remove_prefix(name_end);
  Attributes ignored;
  if (!attributes(ignored)) return;
  if (dropped_ > 0) {
    --dropped_;
    return;
  }
  const Element& e = element(name);
  if (e.kind == Kind::line_break) out_ += "<br>";  // as browsers take it
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (same_word(open_[i].name, name)) {
      if (open_[i].written.empty() && says_nothing(open_[i].kind)) {
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        close_down_to(i);
      }
      return;
    }
    if (stops_end(e.kind, open_[i].kind)) return;
  }
}

void HtmlReducer::close_down_to(std::size_t size) {
  while (open_.size() > size) {
    const Open& last = open_.back();
    if (!last.written.empty()) {
      out_.append("</").append(last.written).append(">");
      --written_;
      if (last.kind == Kind::pre) --pre_;
    } else if (!says_nothing(last.kind)) {
      drop_line();
    }
    open_.pop_back();
  }
}

}  // namespace posthorn::mime
