#include "bytes/codec/charsets.h"

#include <initializer_list>

namespace posthorn::codec {

namespace {
/// One step of a character: in state `from`, an octet from `low` to `high` leads to state `to`.
struct Step {
  std::uint8_t from;
  unsigned low;
  unsigned high;
  std::uint8_t to;
};
constexpr MultiOctet::Steps steps_of(std::initializer_list<Step> list) {
  MultiOctet::Steps steps{};
  for (auto& state : steps) state.fill(MultiOctet::kBroken);
  for (unsigned c = 0; c < 0x80; ++c) steps[0][c] = MultiOctet::kWhole;
  for (const Step& step : list) {
    for (unsigned c = step.low; c <= step.high; ++c) steps[step.from][c] = step.to;
  }
  return steps;
}

constexpr MultiOctet kShiftJis{
    steps_of({{0, 0xA1, 0xDF, 0}, {0, 0x81, 0x9F, 1}, {0, 0xE0, 0xFC, 1}, {1, 0x40, 0x7E, 0}, {1, 0x80, 0xFC, 0}}),
    "CP932"};
constexpr MultiOctet kEucJp{steps_of({{0, 0xA1, 0xFE, 1},
                                      {0, 0x8E, 0x8E, 2},
                                      {0, 0x8F, 0x8F, 3},
                                      {1, 0xA1, 0xFE, 0},
                                      {2, 0xA1, 0xDF, 0},
                                      {3, 0xA1, 0xFE, 1}}),
                            "EUC-JP-MS", "EUC-JP"};
constexpr MultiOctet kEucKr{steps_of({{0, 0x81, 0xFE, 1}, {1, 0x41, 0xFE, 0}}), "CP949"};
/// Where Hong Kong's table has another character than Microsoft's code page 950 and the WHATWG.
constexpr std::array<MultiOctet::Exception, 11> kBig5Exceptions{{{0xA145, 0x2027},
                                                                 {0xA14E, 0xFE51},
                                                                 {0xA1C2, 0x00AF},
                                                                 {0xA1E3, 0xFF5E},
                                                                 {0xA1F2, 0x2295},
                                                                 {0xA1F3, 0x2299},
                                                                 {0xA241, 0x2215},
                                                                 {0xA242, 0xFE68},
                                                                 {0xA244, 0xFFE5},
                                                                 {0xA246, 0xFFE0},
                                                                 {0xA247, 0xFFE1}}};
constexpr MultiOctet kBig5{steps_of({{0, 0x81, 0xFE, 1}, {1, 0x40, 0x7E, 0}, {1, 0xA1, 0xFE, 0}}), "BIG5-HKSCS",
                           "CP950", 0, kBig5Exceptions};
constexpr MultiOctet kEucTw{
    steps_of({{0, 0xA1, 0xFE, 1}, {0, 0x8E, 0x8E, 2}, {1, 0xA1, 0xFE, 0}, {2, 0xA1, 0xB0, 3}, {3, 0xA1, 0xFE, 1}}),
    "EUC-TW"};
/// 0x80 is the euro sign of Microsoft's code page 936, which the WHATWG kept.
constexpr MultiOctet kGb18030{steps_of({{0, 0x81, 0xFE, 1},
                                        {1, 0x40, 0x7E, 0},
                                        {1, 0x80, 0xFE, 0},
                                        {1, 0x30, 0x39, 2},
                                        {2, 0x81, 0xFE, 3},
                                        {3, 0x30, 0x39, 0}}),
                              "GB18030", nullptr, 0x20AC};

constexpr Charset characters(View names, const MultiOctet& kind) {
  return {names, Scheme::multi_octet, &kind, nullptr, true};
}

/// All but those of one octet for a character. The names are IANA's, the WHATWG's and what else mail has.
constexpr std::array kCharsets{
    Charset{
        "utf-8 csutf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 x-utf-8 utf-8-mac utf8mb4 cp65001 "
        "windows-65001",
        Scheme::utf8},
    Charset{"us-ascii ascii ansi_x3.4-1968 ansi_x3.4-1986 iso-ir-6 iso_646.irv:1991 iso646-us us csascii ibm367 cp367 "
            "cp20127 646",
            Scheme::utf8},
    characters("gb18030 csgb18030 gbk cp936 ms936 windows-936 csgbk x-gbk gb2312 csgb2312 gb_2312-80 gb_2312 iso-ir-58 "
               "csiso58gb231280 chinese euc-cn euccn x-euc-cn gb2312-80 cp54936 cn-gb",
               kGb18030),
    characters("big5 csbig5 cn-big5 big5-hkscs csbig5hkscs x-x-big5 big5-eten cp950 windows-950 ms950 big5-tw", kBig5),
    Charset{"iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 csiso2022jp2 iso-2022-jp-ms cp50220 cp50221 cp50222 "
            "cswindows50221 iso-2022-kr csiso2022kr cp50225 iso-2022-cn csiso2022cn iso-2022-cn-ext csiso2022cnext jis "
            "junet",
            Scheme::iso2022},
    characters(
        "shift_jis csshiftjis ms_kanji sjis x-sjis windows-31j cswindows31j ms932 cp932 windows-932 shift-jis-ms "
        "x-ms-cp932 ibm943 cp943 pck",
        kShiftJis),
    characters("euc-jp cseucpkdfmtjapanese extended_unix_code_packed_format_for_japanese x-euc-jp x-euc eucjp-ms ujis "
               "cp51932 cp20932 eucjp-win",
               kEucJp),
    characters(
        "euc-kr cseuckr ks_c_5601-1987 iso-ir-149 ks_c_5601-1989 ksc_5601 korean csksc56011987 windows-949 cp949 "
        "ms949 uhc ksc5601-1987 ks_c_5601 cp51949 x-windows-949 x-euc-kr",
        kEucKr),
    characters("euc-tw cns11643 x-euc-tw cp964", kEucTw),
    Charset{"hz-gb-2312 cshzgb2312 hz cp52936", Scheme::hz},
    Charset{"utf-16 csutf16 iso-10646-ucs-2 csunicode ucs-2 unicode iso-10646-utf-16", Scheme::utf16},
    Charset{"utf-16be csutf16be ucs-2be unicodefffe cp1201", Scheme::utf16be},
    Charset{"utf-16le csutf16le ucs-2le unicodefeff cp1200 x-utf-16le", Scheme::utf16le},
    Charset{"utf-32 csutf32 iso-10646-ucs-4 csucs4 ucs-4", Scheme::utf32},
    Charset{"utf-32be csutf32be ucs-4be cp12001", Scheme::utf32be},
    Charset{"utf-32le csutf32le ucs-4le cp12000", Scheme::utf32le},
    Charset{"utf-7 csutf7 unicode-1-1-utf-7 csunicode11utf7 x-unicode20utf7 unicode20utf7 cp65000", Scheme::utf7},
};

constexpr std::size_t next_counted(View name, std::size_t at) {
  while (at < name.size() && counted(name[at]) == '\0') ++at;
  return at;
}
}  // namespace

bool is_same_charset_name(View a, View b) {
  std::size_t i = next_counted(a, 0);
  std::size_t j = next_counted(b, 0);
  while (i < a.size() && j < b.size() && counted(a[i]) == counted(b[j])) {
    i = next_counted(a, i + 1);
    j = next_counted(b, j + 1);
  }
  return i == a.size() && j == b.size();
}

const Charset* find_charset(View name) {
  // The longest name in the tables has 45 octets; more than a few others around one are no spelling of it.
  constexpr std::size_t kMostOctets = 64;
  if (name.size() > kMostOctets) return nullptr;
  const Charset* found = find_in<kCharsets>(name);
  return found != nullptr ? found : find_single_octet_charset(name);
}

}  // namespace posthorn::codec
