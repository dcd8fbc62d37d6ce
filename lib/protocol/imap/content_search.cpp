#include "protocol/imap/content_search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/bytes/codec/fold.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::imap::search {

namespace {
/// Decoded octets that are collected before they are searched.
constexpr std::size_t kWindow = 65'536;

class Searcher final : public mime::Visitor {
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

  void part_begins(mime::PartId, mime::PartId) override {
    flush();
    encoding_ = mime::Encoding::seven_bit;
    charset_.clear();
    is_text_ = true;
    decoder_.reset();
    reader_.reset();
  }
  void field(mime::PartId part, const mime::Field& f) override {
    const bool is_type = same_word(f.name, "Content-Type");
    const bool is_encoding = same_word(f.name, "Content-Transfer-Encoding");
    if (is_encoding) encoding_ = mime::parse_encoding(f.raw);
    if (is_type) type(f.raw);
    // Nobody who looks for "text" means the type of a part.
    if (part == mime::PartId(0) || is_type || is_encoding) return;
    look(codec::fold_case(std::string(f.name) + ": " + mime::decode_words(mime::unfold(f.raw))));
  }
  void body(mime::PartId, View chunk) override {
    if (!is_text_) return;
    if (!decoder_) {
      decoder_.emplace(mime::transfer_of(encoding_));
      reader_.emplace(charset_.empty() ? "utf-8" : charset_);
    }
    for (; !chunk.empty(); chunk.remove_prefix(std::min(chunk.size(), kWindow))) {
      decoder_->decode(chunk.substr(0, kWindow), window_);
      if (window_.size() >= kWindow) search_window();
    }
  }
  void part_ends(const mime::Part&) override { flush(); }

 private:
  void type(View raw) {
    const auto type = mime::parse_content_type(raw);
    if (!type) return;
    is_text_ = same_word(type->type, "text");
    const std::string* charset = mime::find_parameter(type->parameters, "charset");
    if (charset != nullptr) charset_ = *charset;
  }

  void flush() {
    if (decoder_) {
      decoder_->finish(window_);
      search_window();
      std::string rest;
      reader_->finish(rest);
      look(overlap_ += codec::fold_case(rest));
    }
    decoder_.reset();
    reader_.reset();
    overlap_.clear();
  }

  void search_window() {
    std::string text;
    reader_->decode(window_, text);
    window_.clear();
    overlap_ += codec::fold_case(text);
    look(overlap_);
    if (overlap_.size() > longest_) overlap_.erase(0, overlap_.size() - longest_);
  }

  void look(View text) {
    for (std::size_t i = 0; i < needles_.size(); ++i) {
      if (!found_[i]) found_[i] = text.find(needles_[i]) != View::npos;
    }
  }

  std::vector<View> needles_;
  std::vector<bool> found_;
  std::size_t longest_ = 0;
  mime::Encoding encoding_ = mime::Encoding::seven_bit;
  std::string charset_;
  bool is_text_ = true;
  std::optional<codec::Decoder> decoder_;
  std::optional<codec::CharsetDecoder> reader_;
  std::string window_;   // decoded, in the part's charset
  std::string overlap_;  // folded UTF-8 that the next window goes on from
};
}  // namespace

struct ContentSearch::State {
  explicit State(const std::vector<View>& needles) : searcher(needles), parser(searcher, {}) {}
  Searcher searcher;
  mime::Parser parser;
};

ContentSearch::ContentSearch(const std::vector<View>& needles) : state_(std::make_unique<State>(needles)) {}
ContentSearch::~ContentSearch() = default;

void ContentSearch::feed(View chunk) { state_->parser.feed(chunk); }
bool ContentSearch::all_found() const { return state_->searcher.all_found(); }
std::vector<bool> ContentSearch::finish() {
  state_->parser.finish();
  return state_->searcher.take();
}

}  // namespace posthorn::imap::search
