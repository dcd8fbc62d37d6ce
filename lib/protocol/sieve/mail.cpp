#include "protocol/sieve/mail.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/content.h"
#include "posthorn/grammar/mime/encoded_word.h"
#include "posthorn/grammar/mime/header.h"

namespace posthorn::sieve {

namespace {

View trimmed(View text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

View decode_field(View raw, std::deque<std::string>& room) {
  raw = trimmed(raw);
  const bool folded = raw.find('\n') != View::npos;
  const bool encoded = raw.find("=?") != View::npos;
  const bool odd = std::ranges::any_of(raw, [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; });
  if (!folded && !encoded && !odd) return raw;
  std::string text = folded ? mime::unfold(raw) : own(raw);
  if (encoded || odd) text = mime::decode_words(text);
  return trimmed(room.emplace_back(std::move(text)));
}

Mail::Mail(View octets, const Limits& limits) : limits_(limits), octets_(octets) { read(); }

void Mail::change(std::string octets) {
  changed_ = std::make_shared<const std::string>(std::move(octets));
  read();
}

void Mail::enclose(std::string octets) {
  if (!inner_) inner_ = changed_;
  change(std::move(octets));
}

mime::PartId Mail::part() { return part_ && part_->value() < tree().parts().size() ? *part_ : mime::PartId(0); }

void Mail::read() {
  const View all = octets();
  fields_.clear();
  decoded_.clear();
  texts_.clear();
  tree_.reset();
  contents_.clear();
  std::size_t end = 0;
  // The header ends at the first empty line (RFC 5322 section 2.1).
  for (std::size_t at = 0;;) {
    const std::size_t next = all.find('\n', at);
    if (next == View::npos) {
      end = all.size();
      break;
    }
    const std::size_t length = next - at;
    at = next + 1;
    if (length == 0 || (length == 1 && all[next - 1] == '\r')) {
      end = at;
      break;
    }
  }
  header_ = all.substr(0, end);
  mime::FieldReader reader(header_);
  for (mime::Field field; fields_.size() < limits_.fields && reader.next(field);) {
    field.raw = field.raw.substr(0, limits_.field);
    fields_.push_back(field);
  }
  decoded_.resize(fields_.size());
}

const Decoded& Mail::decoded(std::size_t i) {
  std::optional<Decoded>& known = decoded_[i];
  if (!known) {
    const View text = decode_field(fields_[i].raw, texts_);
    known = {text, texts_.emplace_back(lower_case(text))};
  }
  return *known;
}

void Mail::find(View name, const Selection& selection, std::vector<std::uint32_t>& out) const {
  const std::size_t before = out.size();
  for (std::uint32_t i = 0; i < fields_.size(); ++i) {
    if (same_word(fields_[i].name, name)) out.push_back(i);
  }
  if (selection.index == 0) return;
  const std::size_t count = out.size() - before;
  if (selection.index > count) return out.resize(before);
  const std::size_t place = selection.from_end ? count - selection.index : selection.index - 1;
  out[before] = out[before + place];
  out.resize(before + 1);
}

const mime::Message& Mail::tree() {
  if (!tree_) tree_ = mime::Message::index(octets());
  return *tree_;
}

const std::string& Mail::content(mime::PartId part) {
  const mime::Message& message = tree();
  contents_.resize(message.parts().size());
  std::optional<std::string>& known = contents_[part.value()];
  if (!known) {
    const bool text = same_word(message.part(part).type, "text");
    known = text ? mime::decode_text(message, part) : mime::decode_body(message, part);
  }
  return *known;
}

}  // namespace posthorn::sieve
