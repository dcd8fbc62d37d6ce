// Charsets that shift between sets by escapes: ISO 2022 in seven bits, and HZ.
#include <algorithm>
#include <array>
#include <span>

#include "bytes/codec/charset_reader.h"
#include "bytes/codec/scan.h"

namespace posthorn::codec {

namespace {
constexpr char kEscape = '\x1B';
constexpr char kShiftOut = '\x0E';
constexpr char kShiftIn = '\x0F';

/// A set of characters; those of two octets are read by a converter, as `prefix` and the octets with their upper bit
/// set.
struct Set {
  const char* converter = nullptr;
  std::size_t slot = 0;
  View prefix = {};
};
enum SetName : std::uint8_t {
  none,
  ascii,
  roman,
  katakana,
  latin1,
  greek,
  jis208,
  jis212,
  gb2312,
  ksc5601,
  cns1,
  cns2
};
constexpr std::array<Set, 12> kSets{{{},
                                     {},
                                     {},
                                     {},
                                     {},
                                     {},
                                     {"EUC-JP-MS", 0},
                                     {"EUC-JP-MS", 0, "\x8F"},
                                     {"GB18030", 1},
                                     {"CP949", 2},
                                     {"EUC-TW", 3},
                                     {"EUC-TW", 3, "\x8E\xA2"}}};

/// G0, G1 and G2 are where Shift::sets has them.
enum class Effect : std::uint8_t { g0, g1, g2, single_shift, tilde, nothing };
struct Row {
  View escape;
  Effect effect;
  SetName set = none;
};
/// RFC 1468 section 2, RFC 1554 section 3, RFC 1557, RFC 1922 section 3; the katakana are Microsoft's.
constexpr std::array<Row, 17> kIso2022{{{"\x1B(B", Effect::g0, ascii},
                                        {"\x1B$B", Effect::g0, jis208},
                                        {"\x1B(J", Effect::g0, roman},
                                        {"\x1B$@", Effect::g0, jis208},
                                        {"\x1B(I", Effect::g0, katakana},
                                        {"\x1B$(B", Effect::g0, jis208},
                                        {"\x1B$(D", Effect::g0, jis212},
                                        {"\x1B$A", Effect::g0, gb2312},
                                        {"\x1B$(A", Effect::g0, gb2312},
                                        {"\x1B$(C", Effect::g0, ksc5601},
                                        {"\x1B$)C", Effect::g1, ksc5601},
                                        {"\x1B$)A", Effect::g1, gb2312},
                                        {"\x1B$)G", Effect::g1, cns1},
                                        {"\x1B$*H", Effect::g2, cns2},
                                        {"\x1B.A", Effect::g2, latin1},
                                        {"\x1B.F", Effect::g2, greek},
                                        {"\x1BN", Effect::single_shift}}};
/// RFC 1843.
constexpr std::array<Row, 5> kHz{{{"~{", Effect::g0, gb2312},
                                  {"~}", Effect::g0, ascii},
                                  {"~~", Effect::tilde},
                                  {"~\n", Effect::nothing},
                                  {"~\r\n", Effect::nothing}}};

/// Shift::mode: bits.
constexpr std::uint8_t kInvokedG1 = 1;
constexpr std::uint8_t kSingle = 2;

bool is_graphic(char c) { return c > 0x20 && c < 0x7F; }

class Reader {
 public:
  Reader(Scheme scheme, Converters& converters, View octets, Shift& shift, TextSink& sink)
      : hz_(scheme == Scheme::hz), converters_(converters), octets_(octets), shift_(shift), sink_(sink) {
    if (shift_.sets[0] == none) shift_.sets[0] = ascii;
  }

  std::size_t read(bool last) {
    while (at_ < octets_.size()) {
      const char c = octets_[at_];
      bool is_cut = false;
      if (c == introducer()) {
        is_cut = !escape(last);
      } else if (!hz_ && (c == kShiftOut || c == kShiftIn)) {
        invoke(c == kShiftOut);
      } else if (!is_graphic(c)) {
        control(c);
      } else {
        is_cut = !characters(last);
      }
      if (is_cut) break;
    }
    return at_;
  }

 private:
  [[nodiscard]] char introducer() const { return hz_ ? '~' : kEscape; }
  [[nodiscard]] SetName set() const {
    const std::size_t invoked = (shift_.mode & kSingle) != 0 ? 2 : (shift_.mode & kInvokedG1) != 0 ? 1 : 0;
    return static_cast<SetName>(shift_.sets[invoked]);
  }
  void replace(std::size_t octets) {
    sink_.replace(at_);
    at_ += octets;
  }

  /// False where more octets may make it an escape.
  bool escape(bool last) {
    const View rest = octets_.substr(at_);
    const std::span<const Row> rows = hz_ ? std::span<const Row>(kHz) : std::span<const Row>(kIso2022);
    const auto row = std::ranges::find_if(rows, [&](const Row& r) { return rest.starts_with(r.escape); });
    const bool is_empty = row != rows.end() && row->effect == Effect::single_shift && shift_.sets[2] == none;
    if (row != rows.end() && !is_empty) {
      at_ += row->escape.size();
      apply(*row);
      return true;
    }
    if (!last && std::ranges::any_of(rows, [&](const Row& r) { return r.escape.starts_with(rest); })) return false;
    replace(1);
    return true;
  }
  void apply(const Row& row) {
    switch (row.effect) {
      case Effect::g0:
      case Effect::g1:
      case Effect::g2:
        shift_.sets[static_cast<std::size_t>(row.effect)] = row.set;
        shift_.mode &= static_cast<std::uint8_t>(~kSingle);
        break;
      case Effect::single_shift: shift_.mode |= kSingle; break;
      case Effect::tilde: sink_.put('~'); break;
      case Effect::nothing: break;
    }
  }
  void invoke(bool g1) {
    if (g1 && shift_.sets[1] == none) {
      replace(1);
      return;
    }
    shift_.mode = g1 ? kInvokedG1 : 0;
    ++at_;
  }

  /// White space, controls, and what is no octet of these charsets. A line begins in ASCII.
  void control(char c) {
    shift_.mode &= static_cast<std::uint8_t>(~kSingle);
    if (c == '\n' || c == '\r') {
      shift_.sets[0] = ascii;
      shift_.mode = 0;
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      replace(1);
    } else {
      sink_.put(static_cast<unsigned char>(c));
      ++at_;
    }
  }

  /// False where a character is cut.
  bool characters(bool last) {
    const SetName now = set();
    const bool is_single = (shift_.mode & kSingle) != 0;
    if (kSets[now].converter != nullptr) return pairs(kSets[now], is_single, last);
    shift_.mode &= static_cast<std::uint8_t>(~kSingle);
    if (now == ascii) {
      plain();
    } else {
      one(now, static_cast<unsigned char>(octets_[at_]));
    }
    return true;
  }

  /// ASCII up to what may mean something else.
  void plain() {
    std::size_t end = at_ + 1;
    while (end + Sixteen::kOctets <= octets_.size()) {
      const Sixteen block(octets_.data() + end);
      if ((block.above_ascii() | block.equal(introducer()) | block.equal(kShiftOut) | block.equal(kShiftIn)) != 0)
        break;
      end += Sixteen::kOctets;
    }
    while (end < octets_.size() && (is_graphic(octets_[end]) || octets_[end] == ' ') && octets_[end] != introducer()) {
      ++end;
    }
    sink_.copy(octets_.substr(at_, end - at_));
    at_ = end;
  }

  /// A character of one octet.
  void one(SetName now, char32_t c) {
    if (now == roman) {
      sink_.put(c == '\\' ? 0xA5 : c == '~' ? 0x203E : c);
      ++at_;
    } else if (now == katakana && c < 0x60) {
      sink_.put(0xFF61 + (c - 0x21));
      ++at_;
    } else if (now == latin1 || now == greek) {
      upper_half(*find_single_octet_charset(now == latin1 ? "iso-8859-1" : "iso-8859-7")->table, c + 0x80);
    } else {
      replace(1);
    }
  }

  void upper_half(const OctetTable& table, std::size_t octet) {
    const std::uint32_t entry = table[octet];
    if ((entry & kReplaced) != 0) return replace(1);
    std::array<char, 4> room;
    sink_.copy({room.data(), write_entry(room.data(), entry)});
    ++at_;
  }

  /// Characters of two octets, as many as stand together, or one.
  bool pairs(const Set& set, bool is_single, bool last) {
    std::array<char, 512> room;
    std::size_t held = 0;
    const std::size_t width = set.prefix.size() + 2;
    std::size_t end = at_;
    while (octets_.size() - end >= 2 && held + width <= room.size() && is_graphic(octets_[end]) &&
           octets_[end] != introducer() && is_graphic(octets_[end + 1]) && !(is_single && held > 0)) {
      std::ranges::copy(set.prefix, room.data() + held);
      room[held + width - 2] = static_cast<char>(octets_[end] | '\x80');
      room[held + width - 1] = static_cast<char>(octets_[end + 1] | '\x80');
      held += width;
      end += 2;
    }
    if (held == 0) return broken_pair(last);
    shift_.mode &= static_cast<std::uint8_t>(~kSingle);
    for (View rest(room.data(), held); at_ < end;) {
      const std::size_t converted = convert(converters_, set.slot, set.converter, rest, sink_.text()) / width;
      at_ += converted * 2;
      rest.remove_prefix(converted * width);
      if (rest.empty()) break;
      replace(2);
      rest.remove_prefix(width);
    }
    return true;
  }
  bool broken_pair(bool last) {
    const View rest = octets_.substr(at_, 2);
    if (rest.size() < 2 && !last) return false;
    shift_.mode &= static_cast<std::uint8_t>(~kSingle);
    replace(broken_octets(rest));
    return true;
  }

  bool hz_;
  Converters& converters_;
  View octets_;
  Shift& shift_;
  TextSink& sink_;
  std::size_t at_ = 0;
};
}  // namespace

std::size_t read_escaped(Scheme scheme, Converters& converters, View octets, bool last, Shift& shift, TextSink& sink) {
  return Reader(scheme, converters, octets, shift, sink).read(last);
}

}  // namespace posthorn::codec
