#include "protocol/imap/content_search.h"

#include <algorithm>
#include <string>
#include <utility>

#include "protocol/imap/search_texts.h"

namespace posthorn::imap::search {

namespace {
class Searcher final : public TextSink {
 public:
  explicit Searcher(const std::vector<View>& needles) : needles_(needles), found_(needles.size(), false) {
    for (std::size_t i = 0; i < needles_.size(); ++i) {
      if (needles_[i].empty()) found_[i] = true;  // the empty text is everywhere
      longest_ = std::max(longest_, needles_[i].size());
    }
  }

  [[nodiscard]] bool all_found() const {
    return std::ranges::all_of(found_, [](bool f) { return f; });
  }
  [[nodiscard]] std::vector<bool> take() { return std::move(found_); }

  void text(View folded) override {
    overlap_ += folded;
    for (std::size_t i = 0; i < needles_.size(); ++i) {
      if (!found_[i]) found_[i] = overlap_.find(needles_[i]) != std::string::npos;
    }
    if (overlap_.size() > longest_) overlap_.erase(0, overlap_.size() - longest_);
  }
  void text_ends() override { overlap_.clear(); }

 private:
  std::vector<View> needles_;
  std::vector<bool> found_;
  std::size_t longest_ = 0;
  std::string overlap_;  // what the next piece goes on from
};
}  // namespace

struct ContentSearch::State {
  State(const std::vector<View>& needles, Comparator comparator) : searcher(needles), walker(searcher, comparator) {}
  Searcher searcher;
  ContentWalker walker;
};

ContentSearch::ContentSearch(const std::vector<View>& needles, Comparator comparator)
    : state_(std::make_unique<State>(needles, comparator)) {}
ContentSearch::~ContentSearch() = default;

void ContentSearch::feed(View chunk) { state_->walker.feed(chunk); }
bool ContentSearch::all_found() const { return state_->searcher.all_found(); }
std::vector<bool> ContentSearch::finish() {
  state_->walker.finish();
  return state_->searcher.take();
}

}  // namespace posthorn::imap::search
