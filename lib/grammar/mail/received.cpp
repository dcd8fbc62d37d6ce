#include "posthorn/grammar/mail/received.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "posthorn/grammar/mail/date.h"

#include "grammar/cfws.h"
#include "grammar/made_of.h"
#include "grammar/mail/ip_text.h"

namespace posthorn::mail {

namespace {
/// The registered words, then those that programs in wide use write.
constexpr std::array<Transmission, 26> kTransmissions{{
    {"SMTP", "SMTP", false, false, "RFC 5321"},          {"ESMTP", "ESMTP", false, false, "RFC 5321"},
    {"ESMTPA", "ESMTPA", false, true, "RFC 3848"},       {"ESMTPS", "ESMTPS", true, false, "RFC 3848"},
    {"ESMTPSA", "ESMTPSA", true, true, "RFC 3848"},      {"LMTP", "LMTP", false, false, "RFC 3848"},
    {"LMTPA", "LMTPA", false, true, "RFC 3848"},         {"LMTPS", "LMTPS", true, false, "RFC 3848"},
    {"LMTPSA", "LMTPSA", true, true, "RFC 3848"},        {"MMS", "MMS", false, false, "RFC 4356"},
    {"UTF8SMTP", "UTF8SMTP", false, false, "RFC 6531"},  {"UTF8SMTPA", "UTF8SMTPA", false, true, "RFC 6531"},
    {"UTF8SMTPS", "UTF8SMTPS", true, false, "RFC 6531"}, {"UTF8SMTPSA", "UTF8SMTPSA", true, true, "RFC 6531"},
    {"UTF8LMTP", "UTF8LMTP", false, false, "RFC 6531"},  {"UTF8LMTPA", "UTF8LMTPA", false, true, "RFC 6531"},
    {"UTF8LMTPS", "UTF8LMTPS", true, false, "RFC 6531"}, {"UTF8LMTPSA", "UTF8LMTPSA", true, true, "RFC 6531"},
    {"HTTP", "HTTP", false, false, "web mail"},          {"HTTPREST", "HTTP", false, false, "Google"},
    {"IMAP", "IMAP", false, false, "fetchmail"},         {"POP3", "POP3", false, false, "fetchmail"},
    {"SMTPSVC", "SMTP", false, false, "Microsoft"},      {"BSMTP", "SMTP", false, false, "Exim"},
    {"ESMTP-TLS", "ESMTPS", true, false, "CommuniGate"}, {"LOCAL", "LOCAL", false, false, "Exim"},
}};

/// Words end before these; in a comment also at "=".
constexpr CharSet kOuterEnd = kFoldingWhite + CharSet("(),;");
constexpr CharSet kCommentEnd = kOuterEnd + CharSet("=");
constexpr CharSet kNamePart = chars::kAlnum + chars::kEightBit + CharSet("-._");

/// The next word from `at`, which is no separator: a run, quoted strings in it as they stand, or what stands in
/// brackets, with them. "a@[b]" is one.
View next_word(View text, std::size_t& at, const CharSet& end) {
  const std::size_t begin = at;
  do {
    const char c = text[at];
    if (c == '[' || c == '<') {
      if (at > begin && text[at - 1] != '@') break;
      at = std::min(text.find_first_of(c == '[' ? "];" : ">;", at), text.size());
      if (at < text.size() && text[at] != ';') ++at;
      break;
    }
    const std::size_t quote = c == '"' ? text.find('"', at + 1) : View::npos;
    at = (quote == View::npos ? at : quote) + 1;
  } while (at < text.size() && !end[text[at]]);
  return text.substr(begin, at - begin);
}

View without(View text, char open, char close) {
  if (text.size() < 2 || text.front() != open || text.back() != close) return text;
  return text.substr(1, text.size() - 2);
}

/// The address of "[IPv6:2001:db8::1]", "192.0.2.1:25" or "[(192.0.2.1)]"; empty where there is none.
View address_of(View word) {
  word = without(without(word, '[', ']'), '(', ')');
  if (same_word(word.substr(0, 5), "IPv6:")) word.remove_prefix(5);
  word = word.substr(0, word.find('%'));
  if (ipv6_octets(word)) return word;
  word = word.substr(0, word.find(':'));
  return ipv4_octets(word) ? word : View();
}

bool is_name(View word) {
  return word.find('.', 1) < word.size() && is_made_of(word, kNamePart) &&
         !is_made_of(word, chars::kDigit + CharSet("."));
}

/// "TLSv1.3", "TLS1_2", "TLS-1.0", "SSLv3"
bool is_tls_version(View word) {
  constexpr CharSet kVersion = chars::kDigit + CharSet("._");
  if (!same_word(word.substr(0, 3), "TLS") && !same_word(word.substr(0, 3), "SSL")) return false;
  word.remove_prefix(3);
  if (word.starts_with('-')) word.remove_prefix(1);
  if (!word.empty() && to_lower(word.front()) == 'v') word.remove_prefix(1);
  return !word.empty() && chars::kDigit[word.front()] && is_made_of(word, kVersion);
}

/// "TLS_AES_256_GCM_SHA384" or "DHE-RSA-AES256-SHA"
bool is_tls_cipher(View word) {
  constexpr CharSet kCipher = CharSet::range('A', 'Z') + chars::kDigit + CharSet("-_");
  return word.find_first_of("-_", 1) < word.size() && is_made_of(word, kCipher);
}

void set_once(View& slot, View value) {
  if (slot.empty()) slot = value;
}

class Reader {
 public:
  explicit Reader(View text) : text_(text) {}

  Received run() {
    while (at_ < text_.size()) step();
    tls_words(out_.with);
    return out_;
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '(') {
      if (starts_sendmail_client()) {
        sendmail_ = true;
        ++at_;
        return;
      }
      const std::size_t begin = at_ + 1;
      at_ = comment_end(text_, at_);
      comment(text_.substr(begin, at_ - begin));
      if (slot_ == &out_.with) slot_ = nullptr;
    } else if (c == ';') {
      slot_ = nullptr;
      if (const auto date = parse_date(text_.substr(++at_))) out_.date = date;
    } else if (kOuterEnd[c]) {
      ++at_;
    } else {
      word(next_word(text_, at_, kOuterEnd));
    }
  }

  /// "(from joe@localhost)": a clause in parentheses, where no other was before it.
  [[nodiscard]] bool starts_sendmail_client() const {
    return !sendmail_ && slot_ == nullptr && out_.from.name.empty() && same_word(text_.substr(at_ + 1, 5), "from ");
  }

  void word(View w) {
    if (View* slot = slot_of(w)) {
      slot_ = slot->empty() ? slot : nullptr;
    } else if (slot_ == &out_.with) {
      const auto begin = static_cast<std::size_t>((slot_->empty() ? w : *slot_).data() - text_.data());
      *slot_ = text_.substr(begin, at_ - begin);
    } else if (slot_ == &out_.from.name && !slot_->empty()) {
      set_once(out_.from.address, w.starts_with('[') ? address_of(w) : View());
    } else if (slot_ != nullptr) {
      set_once(*slot_, without(w, '<', '>'));
    }
  }

  /// Where the words after a keyword go, or null.
  View* slot_of(View w) {
    struct Clause {
      View keyword;
      View* slot;
    };
    const std::array<Clause, 7> clauses{{{"from", &out_.from.name},
                                         {"by", &out_.by},
                                         {"via", &out_.via},
                                         {"with", &out_.with},
                                         {"id", &out_.id},
                                         {"for", &out_.recipient},
                                         {"tls", &out_.tls_cipher}}};
    for (const Clause& clause : clauses) {
      if (same_word(w, clause.keyword)) return clause.slot;
    }
    return nullptr;
  }

  void comment(View text) {
    const bool of_client = slot_ == &out_.from.name;
    View* next = nullptr;  // of HELO or ident
    bool first = true;
    bool tls = false;
    for (std::size_t at = 0; at < text.size();) {
      if (kCommentEnd[text[at]]) {
        ++at;
        continue;
      }
      const View w = next_word(text, at, kCommentEnd);
      if (of_client) client_word(w, first, next);
      tls = tls_word(w, tls);
      first = false;
    }
  }

  /// @param next  where this word belongs, when a word before it said so
  void client_word(View w, bool first, View*& next) {
    Received::Client& from = out_.from;
    if (next != nullptr) {
      set_once(*next, w);
      next = nullptr;
    } else if (same_word(w, "helo") || same_word(w, "ehlo") || same_word(w, "lhlo")) {
      next = &from.helo;
    } else if (same_word(w, "ident")) {
      next = &from.ident;
    } else if (const View address = address_of(w); !address.empty()) {
      set_once(from.address, address);
    } else if (first && !w.starts_with('[')) {
      if (same_word(w.substr(0, 6), "ident:")) w.remove_prefix(6);
      if (const std::size_t sign = w.rfind('@'); sign != View::npos) {
        set_once(from.ident, w.substr(0, sign));
        w.remove_prefix(sign + 1);
        set_once(from.address, address_of(w));
      }
      w = without(w, '<', '>');
      if (is_name(w) && address_of(w).empty() && !is_tls_version(w)) set_once(from.reverse_name, w);
    }
  }

  void tls_words(View words) {
    bool tls = false;
    for (std::size_t at = 0; at < words.size();) {
      if (kOuterEnd[words[at]]) {
        ++at;
      } else {
        tls = tls_word(next_word(words, at, kOuterEnd), tls);
      }
    }
  }

  /// @param tls  whether "TLS" or a version stood before it: only then a cipher is one
  /// @returns the same for the next word
  bool tls_word(View w, bool tls) {
    while (!w.empty()) {
      const View part = w.substr(0, w.find_first_of("/:"));
      w.remove_prefix(std::min(part.size() + 1, w.size()));
      if (is_tls_version(part)) {
        set_once(out_.tls_version, part);
        tls = true;
      } else if (same_word(part, "TLS")) {
        tls = true;
      } else if (tls && is_tls_cipher(part)) {
        set_once(out_.tls_cipher, part);
      }
    }
    return tls;
  }

  View text_;
  std::size_t at_ = 0;
  bool sendmail_ = false;  // that form was met: once only, or hostile text would be read again and again
  Received out_;
  View* slot_ = nullptr;  // of the clause that is open
};
}  // namespace

const Transmission* transmission(View with) {
  constexpr CharSet kEnd = kFoldingWhite + CharSet("/[](),");
  const auto row_of = [](View word) {
    const auto* const row =
        std::ranges::find_if(kTransmissions, [&](const auto& r) { return same_word(r.word, word); });
    return row == kTransmissions.end() ? nullptr : row;
  };
  while (!with.empty()) {
    const auto end = std::ranges::find_if(with, [&](char c) { return kEnd[c]; });
    const View word = with.substr(0, static_cast<std::size_t>(end - with.begin()));
    with.remove_prefix(std::min(word.size() + 1, with.size()));
    if (const auto* row = row_of(word)) return row;
    if (const auto* row = row_of(word.substr(word.rfind('-') + 1))) return row;  // "local-esmtps"
  }
  return nullptr;
}

Received parse_received(View raw) { return Reader(raw).run(); }

}  // namespace posthorn::mail
