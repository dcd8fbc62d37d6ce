// The text form of zones (RFC 1035 section 5).
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/dns/name.h"
#include "posthorn/testing/zone.h"

namespace posthorn::testing {

namespace {

using dns::wire::Data;
using dns::wire::Record;
using dns::wire::Type;

constexpr std::size_t kStringOctets = 255;
constexpr std::uint32_t kDefaultTtl = 3600;

/// One word; its escapes are resolved when it stood in quotes.
struct Word {
  std::string text;
  bool quoted = false;
};
/// An entry: its words, and whether it began with a space (the name is that of the entry before).
struct Entry {
  std::vector<Word> words;
  bool continues = false;
  std::size_t line = 0;
};

/// "\\X" and "\\DDD" as the octets that they stand for.
std::string unescaped(View text) {
  std::string out;
  while (!text.empty()) {
    const bool escape = text.front() == '\\' && text.size() > 1;
    unsigned value = static_cast<unsigned char>(text[escape ? 1 : 0]);
    std::size_t length = escape ? 2 : 1;
    if (escape && text.size() >= 4 && chars::kDigit[text[1]] && chars::kDigit[text[2]] && chars::kDigit[text[3]]) {
      std::from_chars(text.data() + 1, text.data() + 4, value);
      length = 4;
    }
    out.push_back(static_cast<char>(value));
    text.remove_prefix(length);
  }
  return out;
}

/// Cuts text to entries: lines, or what parentheses join.
class Entries {
 public:
  explicit Entries(View text) : text_(text) {}
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::size_t line() const { return line_; }

  /// nullopt at the end, or at a problem.
  std::optional<Entry> next() {
    while (problem_.empty() && !text_.empty()) {
      Entry entry;
      entry.line = line_;
      entry.continues = chars::kSpace[text_.front()];
      read(entry);
      if (!entry.words.empty()) return entry;
    }
    return std::nullopt;
  }

 private:
  void read(Entry& entry) {
    int depth = 0;
    while (problem_.empty() && !text_.empty()) {
      const char c = take();
      if (c == '\n') {
        ++line_;
        if (depth == 0) return;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')') {
        if (--depth < 0) problem_ = "a parenthesis that nothing opened";
      } else if (c == ';') {
        text_.remove_prefix(std::min(text_.find('\n'), text_.size()));
      } else if (c == '"') {
        entry.words.push_back({quoted(), true});
      } else if (!chars::kSpace[c] && c != '\r') {
        entry.words.push_back({word(c), false});
      }
    }
    if (depth > 0 && problem_.empty()) problem_ = "a parenthesis that nothing closes";
  }
  char take() {
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }
  std::string word(char first) {
    static constexpr CharSet kEnd = CharSet(" \t\r\n;()\"");
    std::string out(1, first);
    bool escaped = first == '\\';
    while (!text_.empty() && (escaped || !kEnd[text_.front()])) {
      escaped = !escaped && text_.front() == '\\';
      out.push_back(take());
    }
    return out;
  }
  std::string quoted() {
    bool escaped = false;
    for (std::size_t at = 0; at < text_.size() && text_[at] != '\n'; ++at) {
      if (text_[at] == '"' && !escaped) {
        std::string out = unescaped(text_.substr(0, at));
        text_.remove_prefix(at + 1);
        return out;
      }
      escaped = !escaped && text_[at] == '\\';
    }
    problem_ = "a quote that nothing closes";
    return {};
  }
  View text_;
  std::size_t line_ = 1;
  std::string problem_;
};

/// Seconds, also as "1h30m"; nullopt: no time.
std::optional<std::uint32_t> seconds(View text) {
  static constexpr std::pair<char, std::uint64_t> kUnits[] = {
      {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
  if (text.empty()) return std::nullopt;
  std::uint64_t all = 0;
  while (!text.empty()) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::uint64_t unit = 1;
    if (!text.empty()) {
      const auto* const row = std::find_if(std::begin(kUnits), std::end(kUnits),
                                           [&](const auto& u) { return u.first == to_lower(text.front()); });
      if (row == std::end(kUnits)) return std::nullopt;
      unit = row->second;
      text.remove_prefix(1);
    }
    all += number * unit;
  }
  return all > 0x7FFFFFFFU ? std::nullopt : std::optional(static_cast<std::uint32_t>(all));
}

/// Takes the fields of data from left to right; the first that is wrong stays.
class Fields {
 public:
  Fields(std::vector<Word>& words, std::size_t at, const std::string& origin)
      : words_(words), at_(at), origin_(origin) {}

  [[nodiscard]] bool more() const { return at_ < words_.size(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  void refuse(View why) {
    if (problem_.empty()) problem_ = own(why);
  }

  std::string word() {
    if (more()) return words_[at_++].text;
    refuse("a field is missing");
    return {};
  }
  std::string name() { return absolute(word()); }
  std::string absolute(const std::string& text) {
    const bool whole = text == "@" || text.ends_with('.');
    const std::string full = text == "@" ? origin_ : whole || origin_.empty() ? text : text + "." + origin_;
    auto name = dns::wire::normal_name(full);
    if (!name) refuse("no name: " + text);
    return name ? *name : std::string();
  }
  template <class Number>
  Number number() {
    const auto value = seconds(word());
    if (!value || *value > std::numeric_limits<Number>::max()) refuse("no number where one belongs");
    return static_cast<Number>(value.value_or(0));
  }
  /// Serial numbers use all 32 bits.
  std::uint32_t serial() {
    const std::string text = word();
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) refuse("no serial number");
    return value;
  }
  std::string hex() {
    std::string digits, octets;
    while (more()) digits += word();
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
      unsigned value = 0;
      const char* const pair = digits.data() + i;
      if (std::from_chars(pair, pair + 2, value, 16).ptr != pair + 2) refuse("no hexadecimal digits");
      octets.push_back(static_cast<char>(value));
    }
    if (digits.empty() || digits.size() % 2 != 0) refuse("half an octet");
    return octets;
  }
  IpAddress address(bool v4) {
    const std::string text = word();
    const auto address = IpAddress::parse(text);
    const bool fits = address && (v4 ? text.find(':') == std::string::npos : text.find(':') != std::string::npos);
    if (!fits) refuse("no address of this kind: " + text);
    return address.value_or(IpAddress());
  }
  dns::wire::Txt strings() {
    dns::wire::Txt txt;
    do {
      const bool quoted = more() && words_[at_].quoted;
      const std::string whole = quoted ? word() : unescaped(word());
      for (std::size_t at = 0; at == 0 || at < whole.size(); at += kStringOctets)
        txt.strings.push_back(whole.substr(at, kStringOctets));
    } while (more());
    return txt;
  }

 private:
  std::vector<Word>& words_;
  std::size_t at_;
  const std::string& origin_;
  std::string problem_;
};

Data read_address(Fields& fields, bool v4) { return fields.address(v4); }
Data read_target(Fields& fields) { return dns::wire::Target{fields.name()}; }
Data read_mx(Fields& fields) {
  const auto preference = fields.number<std::uint16_t>();
  return dns::wire::Mx{preference, fields.name()};
}
Data read_soa(Fields& fields) {
  dns::wire::Soa soa;
  soa.server = fields.name();
  soa.mailbox = fields.name();
  soa.serial = fields.serial();
  for (std::uint32_t* time : {&soa.refresh, &soa.retry, &soa.expire, &soa.minimum})
    *time = fields.number<std::uint32_t>();
  return soa;
}
Data read_srv(Fields& fields) {
  dns::wire::Srv srv;
  for (std::uint16_t* field : {&srv.priority, &srv.weight, &srv.port}) *field = fields.number<std::uint16_t>();
  srv.target = fields.name();
  return srv;
}
Data read_tlsa(Fields& fields) {
  dns::wire::Tlsa tlsa;
  for (std::uint8_t* field : {&tlsa.usage, &tlsa.selector, &tlsa.matching}) *field = fields.number<std::uint8_t>();
  tlsa.association = fields.hex();
  return tlsa;
}

struct Row {
  View word;
  Type type;
  Data (*read)(Fields&);
};
constexpr Row kTypes[] = {
    {"A", Type::a, [](Fields& f) { return read_address(f, true); }},
    {"AAAA", Type::aaaa, [](Fields& f) { return read_address(f, false); }},
    {"CNAME", Type::cname, read_target},
    {"MX", Type::mx, read_mx},
    {"NS", Type::ns, read_target},
    {"PTR", Type::ptr, read_target},
    {"SOA", Type::soa, read_soa},
    {"SRV", Type::srv, read_srv},
    {"TLSA", Type::tlsa, read_tlsa},
    {"TXT", Type::txt, [](Fields& f) { return Data(f.strings()); }},
};

const Row* row_of(View word) {
  const auto* const row =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const Row& r) { return same_word(r.word, word); });
  return row == std::end(kTypes) ? nullptr : row;
}

/// Reads entries with what the ones before have set.
class ZoneReader {
 public:
  /// @returns what is wrong, or nothing
  std::string read(Entry& entry, Zone& zone) {
    if (entry.words.front().text.starts_with('$') && !entry.continues) return directive(entry);
    std::size_t at = 0;
    if (!entry.continues) {
      Fields fields(entry.words, 0, origin_);
      name_ = fields.name();
      if (!fields.problem().empty()) return fields.problem();
      at = 1;
    } else if (!name_) {
      return "no name before";
    }
    Record record;
    record.name = *name_;
    record.ttl = ttl_;
    const Row* row = nullptr;
    for (; at < entry.words.size() && row == nullptr; ++at) {
      const std::string& word = entry.words[at].text;
      if (const auto ttl = seconds(word)) {
        record.ttl = *ttl;
      } else if (!same_word(word, "IN")) {
        row = row_of(word);
        if (row == nullptr) return "no type known here: " + word;
      }
    }
    if (row == nullptr) return "no type";
    Fields fields(entry.words, at, origin_);
    record.type = row->type;
    record.data = row->read(fields);
    if (fields.more()) fields.refuse("more than the data");
    if (fields.problem().empty()) zone.add(std::move(record));
    return fields.problem();
  }

 private:
  std::string directive(Entry& entry) {
    Fields fields(entry.words, 1, origin_);
    if (same_word(entry.words.front().text, "$ORIGIN")) {
      std::string origin = fields.name();
      if (fields.problem().empty()) origin_ = std::move(origin);
    } else if (same_word(entry.words.front().text, "$TTL")) {
      ttl_ = fields.number<std::uint32_t>();
    } else {
      return "no such directive: " + entry.words.front().text;
    }
    if (fields.more()) fields.refuse("more than one value");
    return fields.problem();
  }

  std::string origin_;
  std::uint32_t ttl_ = kDefaultTtl;
  std::optional<std::string> name_;
};

std::unexpected<Error> wrong(std::size_t line, View why) {
  return fail(caller_error(Code::syntax, "line " + std::to_string(line) + ": " + own(why)));
}

}  // namespace

Result<Zone> Zone::parse(View text) {
  Zone zone;
  ZoneReader reader;
  Entries entries(text);
  while (auto entry = entries.next()) {
    if (!entries.problem().empty()) break;
    const std::string problem = reader.read(*entry, zone);
    if (!problem.empty()) return wrong(entry->line, problem);
  }
  if (!entries.problem().empty()) return wrong(entries.line(), entries.problem());
  return zone;
}

}  // namespace posthorn::testing
