#include "posthorn/grammar/mime/html.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <gumbo.h>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"

#include "grammar/cfws.h"
#include "grammar/mime/html_reducer.h"
#include "grammar/mime/text_layout.h"

namespace posthorn::mime {

namespace {
struct Destroy {
  void operator()(GumboOutput* output) const { gumbo_destroy_output(&kGumboDefaultOptions, output); }
};

View attribute(const GumboNode& node, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&node.v.element.attributes, name);
  return found == nullptr ? View() : View(found->value);
}
bool has_attribute(const GumboNode& node, const char* name) {
  return gumbo_get_attribute(&node.v.element.attributes, name) != nullptr;
}

/// Targets that say something to a reader; without white space, which no URL has.
std::string shown_target(View url) {
  constexpr std::array<View, 4> kSilent{"javascript:", "data:", "cid:", "#"};
  std::string out;
  const View text = trimmed(url);
  for (const View prefix : kSilent) {
    if (same_word(text.substr(0, prefix.size()), prefix)) return {};
  }
  for (const char c : text) {
    if (c == '<' || c == '>') {
      out += c == '<' ? "%3C" : "%3E";
    } else if (!kFoldingWhite[c] && !chars::kCtl[c]) {
      out += c;
    }
  }
  return out;
}

/// Whether a link's text is its target: "www.example.org", "a@b".
bool says_target(View text, View target) {
  constexpr std::array<View, 5> kPrefixes{"", "http://", "https://", "mailto:", "tel:"};
  if (target.ends_with('/') && !text.ends_with('/')) target.remove_suffix(1);
  return std::ranges::any_of(kPrefixes, [&](View prefix) {
    return target.size() == prefix.size() + text.size() && same_word(target.substr(0, prefix.size()), prefix) &&
           same_word(target.substr(prefix.size()), text);
  });
}

/// Goes through the tree without recursion and writes what it finds.
class Walker {
 public:
  explicit Walker(const HtmlOptions& options) : options_(options), layout_(options.limits.max_indent) {}

  std::string walk(const GumboNode& root) {
    visit(root);
    while (!open_.empty()) {
      Place& top = open_.back();
      const GumboVector& children = top.node->v.element.children;
      if (top.next == children.length) {
        leave(*top.node);
        open_.pop_back();
      } else {
        visit(*static_cast<const GumboNode*>(children.data[top.next++]));
      }
    }
    return layout_.take();
  }

 private:
  struct Place {
    const GumboNode* node;
    unsigned next = 0;
  };
  struct List {
    bool numbered;
    unsigned next;
  };
  struct Link {
    std::size_t place;
    View target;
  };

  void visit(const GumboNode& node) {
    switch (node.type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_CDATA:
        if (pre_ > 0) {
          layout_.preformatted(node.v.text.text);
        } else {
          layout_.text(node.v.text.text);
        }
        break;
      case GUMBO_NODE_ELEMENT:
      case GUMBO_NODE_TEMPLATE:
        if (node.v.element.tag == GUMBO_TAG_HEAD || has_attribute(node, "hidden")) break;
        enter(node);
        open_.push_back({&node});
        break;
      case GUMBO_NODE_DOCUMENT:
      case GUMBO_NODE_COMMENT: break;
    }
  }

  // The tags are those of the reduced form; whatever else the parser makes begins no line.
  // NOLINTBEGIN(clang-diagnostic-switch-enum)
  void enter(const GumboNode& node) {
    const GumboTag tag = node.v.element.tag;
    if (tag == GUMBO_TAG_BR) layout_.line_break();
    if (tag == GUMBO_TAG_HR) rule();
    if (tag == GUMBO_TAG_IMG) layout_.text(attribute(node, "alt"));
    if (tag == GUMBO_TAG_INS) links_.push_back({layout_.place(), attribute(node, "cite")});
    if (tag == GUMBO_TAG_TD) layout_.cell();
    if (is_list(tag)) begin_list(node);
    if (tag == GUMBO_TAG_LI) begin_item();
    if (is_paragraph(tag)) layout_.begin_paragraph();
    if (is_line(tag)) layout_.begin_line();
    if (tag == GUMBO_TAG_BLOCKQUOTE) layout_.enter("> ");
    if (tag == GUMBO_TAG_DD) layout_.enter("  ");
    if (tag == GUMBO_TAG_PRE) ++pre_;
  }
  void leave(const GumboNode& node) {
    const GumboTag tag = node.v.element.tag;
    if (tag == GUMBO_TAG_INS) end_link();
    if (tag == GUMBO_TAG_PRE) --pre_;
    if (tag == GUMBO_TAG_BLOCKQUOTE || tag == GUMBO_TAG_DD || tag == GUMBO_TAG_LI) layout_.leave();
    if (is_list(tag)) lists_.pop_back();
    if (is_paragraph(tag) || (is_list(tag) && lists_.empty())) layout_.begin_paragraph();
    if (is_line(tag) || is_list(tag)) layout_.begin_line();
  }
  // NOLINTEND(clang-diagnostic-switch-enum)

  static bool is_list(GumboTag tag) { return tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL || tag == GUMBO_TAG_DL; }
  static bool is_paragraph(GumboTag tag) {
    return tag == GUMBO_TAG_P || tag == GUMBO_TAG_H1 || tag == GUMBO_TAG_BLOCKQUOTE || tag == GUMBO_TAG_PRE;
  }
  static bool is_line(GumboTag tag) {
    return tag == GUMBO_TAG_DIV || tag == GUMBO_TAG_LI || tag == GUMBO_TAG_DT || tag == GUMBO_TAG_DD ||
           tag == GUMBO_TAG_TABLE || tag == GUMBO_TAG_CAPTION || tag == GUMBO_TAG_TR;
  }

  void rule() {
    layout_.begin_line();
    layout_.text("----------");
    layout_.begin_line();
  }

  void begin_list(const GumboNode& node) {
    if (lists_.empty()) layout_.begin_paragraph();
    layout_.begin_line();
    constexpr unsigned kLargest = 1'000'000;
    unsigned first = 0;
    const View start = attribute(node, "start");
    for (const char c : start) first = chars::kDigit[c] && first < kLargest ? first * 10 + unsigned(c - '0') : kLargest;
    if (start.empty() || first >= kLargest) first = 1;
    lists_.push_back({node.v.element.tag == GUMBO_TAG_OL, first});
  }

  void begin_item() {
    layout_.begin_line();
    std::string marker = "* ";
    if (!lists_.empty() && lists_.back().numbered) marker = std::to_string(lists_.back().next++) + ". ";
    layout_.enter(std::string(marker.size(), ' '));
    layout_.marker(std::move(marker));
  }

  void end_link() {
    const Link link = links_.back();
    links_.pop_back();
    if (!options_.link_targets) return;
    const std::string target = shown_target(link.target);
    const View text = layout_.text_since(link.place);
    if (!target.empty() && !text.empty() && !says_target(text, target)) layout_.annotate(target);
  }

  const HtmlOptions& options_;
  TextLayout layout_;
  std::vector<Place> open_;
  std::vector<List> lists_;
  std::vector<Link> links_;
  std::size_t pre_ = 0;
};
}  // namespace

std::string html_to_text(View html, const HtmlOptions& options) {
  const std::string reduced = HtmlReducer(html, options.limits).reduce();
  GumboOptions parsing = kGumboDefaultOptions;
  parsing.max_errors = 0;
  const std::unique_ptr<GumboOutput, Destroy> output(
      gumbo_parse_with_options(&parsing, reduced.data(), reduced.size()));
  return Walker(options).walk(*output->root);
}

}  // namespace posthorn::mime
