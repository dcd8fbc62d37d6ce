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
  explicit Walk(TextSink& sink) : sink_(sink) {}

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
    sink_.text(line_of(f));
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
    reader_->finish(text_);
    sink_.text(text_);
    text_.clear();
    sink_.text_ends();
    decoder_.reset();
    reader_.reset();
  }

  void hand_on() {
    reader_->decode(window_, text_);
    window_.clear();
    sink_.text(text_);
    text_.clear();
  }

  TextSink& sink_;
  mime::Encoding encoding_ = mime::Encoding::seven_bit;
  std::string charset_;
  bool is_text_ = true;
  std::optional<codec::Decoder> decoder_;
  std::optional<codec::CharsetDecoder> reader_;
  std::string window_;  // decoded, in the part's charset
  std::string text_;    // the same in UTF-8
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

View header_of(View message) {
  message = message.substr(0, kMaxHeader);
  const std::size_t end = message.find("\r\n\r\n");
  return end == View::npos ? message : message.substr(0, end + 2);
}

std::string value_of(const mime::Field& field) { return mime::decode_words(mime::unfold(field.raw)); }

std::string line_of(const mime::Field& field) {
  std::string out = own(field.name);
  out += ": ";
  return out += value_of(field);
}

struct ContentWalker::State {
  explicit State(TextSink& sink) : walk(sink), parser(walk, {}) {}
  Walk walk;
  mime::Parser parser;
};

ContentWalker::ContentWalker(TextSink& sink) : state_(std::make_unique<State>(sink)) {}
ContentWalker::~ContentWalker() = default;

void ContentWalker::feed(View chunk) { state_->parser.feed(chunk); }
void ContentWalker::finish() { state_->parser.finish(); }

}  // namespace posthorn::imap::search
