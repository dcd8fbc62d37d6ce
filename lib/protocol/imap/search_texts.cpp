#include "protocol/imap/search_texts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "posthorn/bytes/codec/charset.h"
#include "posthorn/bytes/codec/decoder.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::imap::search {

namespace {
/// Decoded octets that are collected before they are handed on.
constexpr std::size_t kWindow = 65'536;

class Walk final : public mime::Visitor {
 public:
  Walk(TextSink& sink, Comparator comparator) : sink_(sink), comparator_(comparator) {}

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
    sink_.text(folded_line(f, comparator_));
    sink_.text_ends();
  }
  void body(mime::PartId, View chunk) override {
    if (!is_text_) return;
    if (!decoder_) {
      decoder_.emplace(mime::transfer_of(encoding_));
      reader_.emplace(charset_.empty() ? "utf-8" : charset_);
    }
    for (; !chunk.empty(); chunk.remove_prefix(std::min(chunk.size(), kWindow))) {
      decoder_->decode(chunk.substr(0, kWindow), window_);
      if (window_.size() >= kWindow) hand_on();
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
    if (!decoder_) return;
    decoder_->finish(window_);
    hand_on();
    std::string rest;
    reader_->finish(rest);
    sink_.text(collated(comparator_, rest));
    sink_.text_ends();
    decoder_.reset();
    reader_.reset();
  }

  void hand_on() {
    std::string text;
    reader_->decode(window_, text);
    window_.clear();
    sink_.text(collated(comparator_, text));
  }

  TextSink& sink_;
  Comparator comparator_;
  mime::Encoding encoding_ = mime::Encoding::seven_bit;
  std::string charset_;
  bool is_text_ = true;
  std::optional<codec::Decoder> decoder_;
  std::optional<codec::CharsetDecoder> reader_;
  std::string window_;  // decoded, in the part's charset
};
}  // namespace

bool HeaderCollector::feed(View octets) {
  if (over_) return false;
  const std::size_t from = text_.size() < 3 ? 0 : text_.size() - 3;
  text_ += octets.substr(0, kMaxHeader - text_.size());
  const std::size_t end = text_.find("\r\n\r\n", from);
  if (end != std::string::npos) text_.resize(end + 2);
  over_ = end != std::string::npos || text_.size() == kMaxHeader;
  return !over_;
}

void HeaderCollector::clear() {
  text_.clear();
  over_ = false;
}

std::string folded_value(const mime::Field& field, Comparator comparator) {
  return collated(comparator, mime::decode_words(mime::unfold(field.raw)));
}

std::string folded_line(const mime::Field& field, Comparator comparator) {
  return collated(comparator, field.name) + ": " + folded_value(field, comparator);
}

struct ContentWalker::State {
  State(TextSink& sink, Comparator comparator) : walk(sink, comparator), parser(walk, {}) {}
  Walk walk;
  mime::Parser parser;
};

ContentWalker::ContentWalker(TextSink& sink, Comparator comparator)
    : state_(std::make_unique<State>(sink, comparator)) {}
ContentWalker::~ContentWalker() = default;

void ContentWalker::feed(View chunk) { state_->parser.feed(chunk); }
void ContentWalker::finish() { state_->parser.finish(); }

}  // namespace posthorn::imap::search
