// Address lists of header fields: lenient, RFC 5322 sections 3.4 and 4.4.
#include "posthorn/grammar/mail/address.h"

#include <utility>

namespace posthorn::mail {

namespace {
/// Entries of one field; what comes after them is not read.
constexpr std::size_t kMaxAddresses = 10'000;
constexpr std::size_t kMaxCommentDepth = 50;
constexpr std::size_t kMaxRoute = 1000;

constexpr CharSet kWhite = " \t\r\n";
constexpr CharSet kSpecial = "()<>@,;:\"\\[]";
constexpr CharSet kAtom = ~(kSpecial + kWhite);

class ListReader {
 public:
  explicit ListReader(View text) : text_(text) {}

  std::vector<Address> run() {
    while (at_ < text_.size() && out_.size() < kMaxAddresses) step();
    finish_entry();
    close_group();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (kWhite[c]) {
      ++at_;
      gap_ = true;
    } else if (c == '(') {
      comment_ = comment();
      gap_ = true;
    } else if (c == '"') {
      word(quoted());
    } else if (c == '<') {
      angle();
    } else if (c == '@') {
      ++at_;
      at_domain();
    } else if (kAtom[c]) {
      word(text_.substr(at_, run_length(kAtom)), true);
    } else {
      separator(c);
    }
  }

  void separator(char c) {
    ++at_;
    switch (c) {
      case ',': finish_entry(); break;
      case ';':
        finish_entry();
        close_group();
        break;
      case ':':
        close_group();
        emit({Address::Kind::group_begin, std::exchange(phrase_, {}), {}, {}, {}});
        in_group_ = true;
        forget_entry();
        break;
      default: break;  // a stray special is no part of any address
    }
  }

  std::size_t run_length(const CharSet& set) const {
    std::size_t end = at_;
    while (end < text_.size() && set[text_[end]]) ++end;
    return end - at_;
  }

  /// Adds to the phrase, and to the run that is a local part when "@" follows.
  void word(View text, bool advance = false) {
    if (gap_ && !phrase_.empty()) phrase_ += ' ';
    const bool joined = !gap_ || (!run_.empty() && run_.back() == '.') || text.starts_with('.');
    if (!joined) run_.clear();
    phrase_ += text;
    run_ += text;
    gap_ = false;
    ++words_;
    if (advance) at_ += text.size();
  }

  /// Unquoted and unfolded; an open quote ends with the text.
  View quoted() {
    scratch_.clear();
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      if (text_[at_] != '\r' && text_[at_] != '\n') scratch_ += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return scratch_;
  }

  /// The text of a comment without its outer parentheses.
  std::string comment() {
    std::string text;
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '(' && depth < kMaxCommentDepth) {
        if (depth++ == 0) continue;
      } else if (c == ')' && --depth == 0) {
        ++at_;
        break;
      } else if (c == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      }
      if (text_[at_] != '\r' && text_[at_] != '\n') text += text_[at_];
    }
    return text;
  }

  void skip_cfws() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '(') {
        comment_ = comment();
        --at_;
      } else if (!kWhite[text_[at_]]) {
        return;
      }
    }
  }

  /// Atoms, dots and literals up to a special that ends a domain.
  std::string domain() {
    std::string out;
    for (skip_cfws(); at_ < text_.size(); skip_cfws()) {
      if (text_[at_] == '[') {
        const std::size_t end = text_.find(']', at_);
        const std::size_t count = end == View::npos ? text_.size() - at_ : end + 1 - at_;
        out += text_.substr(at_, count);
        at_ += count;
        continue;
      }
      const View atom = text_.substr(at_, run_length(kAtom));
      if (atom.empty() || (!out.empty() && out.back() != '.' && atom.front() != '.')) break;
      out += atom;
      at_ += atom.size();
    }
    return out;
  }

  /// addr-spec outside brackets: the run before "@" was its local part.
  void at_domain() {
    if (run_.empty()) {
      (void)domain();
      return;
    }
    found_.local_part = std::exchange(run_, {});
    found_.domain = domain();
    has_address_ = true;
    phrase_.append("@").append(found_.domain);
    bare_ = true;
  }

  /// angle-addr = "<" [route ":"] addr-spec ">"
  void angle() {
    ++at_;
    skip_cfws();
    Address a;
    if (at_ < text_.size() && text_[at_] == '@') a.route = route();
    a.local_part = local_part();
    if (at_ < text_.size() && text_[at_] == '@') {
      ++at_;
      a.domain = domain();
    }
    const std::size_t end = text_.find_first_of(">,;", at_);
    at_ = end == View::npos ? text_.size() : end;
    if (at_ < text_.size() && text_[at_] == '>') ++at_;
    gap_ = true;
    if (a.local_part.empty() && a.domain.empty()) return;
    found_ = std::move(a);
    has_address_ = true;
    bare_ = false;
  }

  /// obs-route, without its colon.
  std::string route() {
    const View text = text_.substr(at_, kMaxRoute);
    const std::size_t colon = text.find_first_of(":>");
    if (colon == View::npos || text[colon] == '>') return {};
    std::string out;
    for (char c : text.substr(0, colon)) {
      if (!kWhite[c]) out += c;
    }
    at_ += colon + 1;
    return out;
  }

  std::string local_part() {
    constexpr CharSet kEnd = "@>,;(\"";
    constexpr CharSet kPlain = ~(kEnd + kWhite);
    std::string out;
    for (skip_cfws(); at_ < text_.size(); skip_cfws()) {
      if (text_[at_] == '"') {
        out += quoted();
        continue;
      }
      const std::size_t count = run_length(kPlain);
      if (count == 0) break;
      out += text_.substr(at_, count);
      at_ += count;
    }
    return out;
  }

  void finish_entry() {
    if (!has_address_ && words_ == 1) {  // "From: root"
      found_.local_part = std::exchange(phrase_, {});
      has_address_ = true;
      bare_ = true;
    }
    if (has_address_) {
      found_.name = bare_ ? std::exchange(comment_, {}) : std::exchange(phrase_, {});
      if (found_.name.empty()) found_.name = std::exchange(comment_, {});
      emit(std::exchange(found_, {}));
    }
    forget_entry();
  }

  void forget_entry() {
    phrase_.clear();
    run_.clear();
    comment_.clear();
    has_address_ = false;
    bare_ = false;
    gap_ = false;
    words_ = 0;
  }

  void close_group() {
    if (!in_group_) return;
    in_group_ = false;
    emit({Address::Kind::group_end, {}, {}, {}, {}});
  }

  void emit(Address a) { out_.push_back(std::move(a)); }

  View text_;
  std::size_t at_ = 0;
  std::vector<Address> out_;
  std::string phrase_;   // the words so far, as a display name
  std::string run_;      // the last words without a gap: a local part when "@" follows
  std::string comment_;  // the last comment: an old way to write a name
  std::string scratch_;
  Address found_;
  std::size_t words_ = 0;
  bool has_address_ = false;
  bool bare_ = false;  // found_ stood outside brackets, so the phrase is the address and no name
  bool gap_ = false;
  bool in_group_ = false;
};
}  // namespace

std::vector<Address> address_list(View field_body) { return ListReader(field_body).run(); }

}  // namespace posthorn::mail
