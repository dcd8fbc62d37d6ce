#include "posthorn/grammar/mime/parameter.h"

#include "grammar/cfws.h"
#include "grammar/mime/token.h"

namespace posthorn::mime {

namespace {
/// What people send without quotes although they may not: "boundary=a/b?c".
constexpr CharSet kLooseToken = ~(CharSet(";\"()") + kFoldingWhite);

std::size_t run_end(View text, std::size_t at, const CharSet& set) {
  while (at < text.size() && set[text[at]]) ++at;
  return at;
}

/// Whether "name =" stands at `at`: the next parameter, though no ";" came before it.
bool begins_parameter(View text, std::size_t at) {
  std::size_t end = run_end(text, at, kToken);
  if (end == at) return false;
  end = run_end(text, end, kFoldingWhite);
  return end < text.size() && text[end] == '=';
}

std::size_t semicolon(View text, std::size_t at) {
  const std::size_t end = text.find(';', at);
  return end == View::npos ? text.size() : end;
}
}  // namespace

bool ParameterReader::next(ParameterView& out) {
  while (at_ < text_.size()) {
    at_ = skip_cfws(text_, at_);
    if (at_ < text_.size() && text_[at_] == ';') {
      ++at_;
      continue;
    }
    if (parameter(out)) return true;
  }
  return false;
}

/// One parameter, or what stands in its place up to the next ";".
bool ParameterReader::parameter(ParameterView& out) {
  const std::size_t name_end = run_end(text_, at_, kToken);
  out.name = text_.substr(at_, name_end - at_);
  at_ = skip_cfws(text_, name_end);
  if (out.name.empty() || at_ == text_.size() || text_[at_] != '=') {
    // A word that is no parameter, as in "attachment foo filename=bar": the next one may be.
    if (out.name.empty() || !begins_parameter(text_, at_)) at_ = semicolon(text_, at_);
    return false;
  }
  at_ = skip_cfws(text_, at_ + 1);
  out.quoted = at_ < text_.size() && text_[at_] == '"';
  if (out.quoted) {
    quoted_value(out);
    return true;
  }
  plain_value(out);
  return !out.value.empty();
}

/// A quote that stays open ends with the text.
void ParameterReader::quoted_value(ParameterView& out) {
  const std::size_t begin = ++at_;
  for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
  }
  out.value = out.loose = text_.substr(begin, at_ - begin);
  if (at_ < text_.size()) ++at_;
  at_ = skip_cfws(text_, at_);
  if (!begins_parameter(text_, at_)) at_ = semicolon(text_, at_);
}

/// Comments at the end are comments; before further words they belong to the loose value: "scan (1).pdf".
void ParameterReader::plain_value(ParameterView& out) {
  const std::size_t begin = at_;
  std::size_t end = at_ = run_end(text_, at_, kLooseToken);
  out.value = text_.substr(begin, end - begin);
  while (true) {
    at_ = skip_cfws(text_, at_);
    if (at_ == text_.size() || text_[at_] == ';' || begins_parameter(text_, at_)) break;
    end = at_ = run_end(text_, at_ + 1, kLooseToken);
  }
  out.loose = text_.substr(begin, end - begin);
}

std::optional<ValueView> split_value(View raw) {
  const std::size_t begin = skip_cfws(raw, 0);
  std::size_t at = run_end(raw, begin, kToken);
  if (at == begin) return std::nullopt;
  ValueView out;
  out.type = raw.substr(begin, at - begin);
  at = skip_cfws(raw, at);
  if (at < raw.size() && raw[at] == '/') {
    at = skip_cfws(raw, at + 1);
    const std::size_t end = run_end(raw, at, kToken);
    out.subtype = raw.substr(at, end - at);
    at = end;
  }
  out.parameters = raw.substr(at);
  return out;
}

std::optional<ValueView> split_content_type(View raw) {
  const auto out = split_value(raw);
  return out && !out->subtype.empty() ? out : std::nullopt;
}

std::optional<ParameterView> find_parameter(View parameters, View name) {
  ParameterReader reader(parameters);
  ParameterView found;
  while (reader.next(found)) {
    if (same_word(found.name, name)) return found;
  }
  return std::nullopt;
}

void append_unquoted(std::string& out, const ParameterView& parameter) {
  const View text = parameter.value;
  if (!parameter.quoted) {
    out += text;
    return;
  }
  std::size_t plain = 0;  // where what is not yet written begins
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '\\' && c != '\r' && c != '\n') continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    if (c == '\\' && plain < text.size() && text[plain] != '\r' && text[plain] != '\n') ++i;
  }
  if (plain < text.size()) out += text.substr(plain);
}

}  // namespace posthorn::mime
