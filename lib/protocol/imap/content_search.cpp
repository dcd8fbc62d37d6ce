#include "protocol/imap/content_search.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "protocol/imap/search_texts.h"

namespace posthorn::imap::search {

namespace {
class Searcher final : public TextSink {
 public:
  Searcher(const std::vector<Needle>& needles, Comparator comparator)
      : needles_(needles), comparator_(comparator), found_(needles.size(), false) {
    for (std::size_t i = 0; i < needles_.size(); ++i) {
      if (needles_[i].text.empty()) found_[i] = true;  // the empty text is everywhere
      longest_ = std::max(longest_, needles_[i].text.size());
    }
  }

  [[nodiscard]] bool all_found() const {
    return std::ranges::all_of(found_, [](bool f) { return f; });
  }
  [[nodiscard]] std::vector<bool> take() { return std::move(found_); }

  void text(View text) override {
    if (text.empty()) return;
    if (overlap_.empty()) {
      look_into(text);
      overlap_ = end_of(text);
      return;
    }
    overlap_ += text;
    look_into(overlap_);
    overlap_.erase(0, overlap_.size() - end_of(overlap_).size());
  }
  void text_ends() override { overlap_.clear(); }

 private:
  // Collating a text costs more than to see that a word is not in it in any case.
  void look_into(View text) {
    std::optional<std::string> folded;
    for (std::size_t i = 0; i < needles_.size(); ++i) {
      if (found_[i] || !needles_[i].screen.may_hold(text)) continue;
      if (!folded) folded = collated(comparator_, text);
      found_[i] = folded->find(needles_[i].text) != std::string::npos;
    }
  }
  /// Whole characters, at least as many octets as the longest needle has: collating changes the number of none.
  [[nodiscard]] View end_of(View text) const {
    std::size_t from = text.size() - std::min(longest_, text.size());
    while (from > 0 && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80) --from;
    return text.substr(from);
  }

  const std::vector<Needle>& needles_;
  const Comparator comparator_;
  std::vector<bool> found_;
  std::size_t longest_ = 0;
  std::string overlap_;  // what the next piece goes on from
};
}  // namespace

struct ContentSearch::State {
  State(const std::vector<Needle>& needles, Comparator comparator) : searcher(needles, comparator), walker(searcher) {}
  Searcher searcher;
  ContentWalker walker;
};

ContentSearch::ContentSearch(const std::vector<Needle>& needles, Comparator comparator)
    : state_(std::make_unique<State>(needles, comparator)) {}
ContentSearch::~ContentSearch() = default;

void ContentSearch::feed(View chunk) { state_->walker.feed(chunk); }
bool ContentSearch::all_found() const { return state_->searcher.all_found(); }
std::vector<bool> ContentSearch::finish() {
  state_->walker.finish();
  return state_->searcher.take();
}

}  // namespace posthorn::imap::search
