#include "posthorn/bytes/codec/charset.h"

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <iconv.h>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/testing/splits.h"

using namespace posthorn;

namespace {
/// The text, and behind "|" how many replacements there are and where the first is.
std::string read(View charset, View octets) {
  const auto run = [&](auto feed) {
    codec::CharsetDecoder decoder(charset);
    std::string out;
    feed([&](View piece) { decoder.decode(piece, out); });
    decoder.finish(out);
    CHECK(codec::is_utf8(out));
    const codec::CharsetFaults& faults = decoder.faults();
    if (faults.replacements > 0) out += "|" + std::to_string(faults.replacements) + "@" + std::to_string(faults.first);
    return out + (faults.unknown_charset ? "|unknown" : "");
  };
  CHECK(testing::for_every_split(octets, run) == "");
  return run([&](auto&& sink) { sink(octets); });
}

/// U+FFFD as ".".
std::string dotted(std::string text) {
  constexpr View kReplacement = "\xEF\xBF\xBD";
  for (std::size_t at = text.find(kReplacement); at != std::string::npos; at = text.find(kReplacement, at)) {
    text.replace(at, kReplacement.size(), ".");
  }
  return text;
}
std::string bad(View charset, View octets) { return dotted(read(charset, octets)); }

/// One octet by the machine's converter; empty where it has no character.
std::string by_machine(iconv_t converter, char octet) {
  std::array<char, 16> room{};
  char* from = &octet;
  char* to = room.data();
  std::size_t left = 1;
  std::size_t free = room.size();
  iconv(converter, nullptr, nullptr, nullptr, nullptr);
  if (iconv(converter, &from, &left, &to, &free) == static_cast<std::size_t>(-1)) return {};
  iconv(converter, nullptr, nullptr, &to, &free);
  return {room.data(), room.size() - free};
}
}  // namespace

TEST_CASE("charset: every name that IANA, the WHATWG or senders have for what mail is written in") {
  constexpr View kNames =
      "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 866 cp866 csibm866 ibm866 "
      "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2 csisolatin3 "
      "iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3 csisolatin4 iso-8859-4 "
      "iso-ir-110 iso_8859-4:1988 l4 latin4 csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso_8859-5:1988 "
      "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i "
      "iso-ir-127 iso_8859-6:1987 csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 "
      "iso_8859-7:1987 sun_eu_greek csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 "
      "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical csisolatin6 iso-8859-10 iso-ir-157 l6 latin6 "
      "iso-8859-13 iso8859-13 iso885913 iso-8859-14 iso885914 csisolatin9 iso-8859-15 l9 iso-8859-16 cskoi8r koi "
      "koi8 koi8-r koi8_r koi8-ru koi8-u csmacintosh mac macintosh x-mac-roman dos-874 iso-8859-11 iso8859-11 "
      "iso885911 tis-620 windows-874 cp1250 windows-1250 x-cp1250 cp1251 windows-1251 x-cp1251 ansi_x3.4-1968 "
      "ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 "
      "l1 latin1 us-ascii windows-1252 x-cp1252 cp1253 windows-1253 x-cp1253 cp1254 csisolatin5 iso-8859-9 "
      "iso-ir-148 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254 cp1255 windows-1255 x-cp1255 cp1256 "
      "windows-1256 x-cp1256 cp1257 windows-1257 x-cp1257 cp1258 windows-1258 x-cp1258 x-mac-cyrillic "
      "x-mac-ukrainian chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 "
      "big5 big5-hkscs cn-big5 csbig5 x-x-big5 cseucpkdfmtjapanese euc-jp x-euc-jp csiso2022jp iso-2022-jp "
      "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cseuckr csksc56011987 euc-kr "
      "iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 csiso2022kr hz-gb-2312 "
      "iso-2022-cn iso-2022-cn-ext iso-2022-kr unicodefffe utf-16be csunicode iso-10646-ucs-2 ucs-2 unicode "
      "unicodefeff utf-16 utf-16le iso-ir-6 ANSI_X3.4-1986 ISO_646.irv:1991 ISO646-US us IBM367 cp367 csASCII "
      "ISO_8859-14:1998 iso-ir-199 latin8 iso-celtic l8 csISO885914 Latin-9 csISO885915 iso-ir-203 "
      "ISO_8859-16:2001 iso-ir-226 latin10 l10 csISO885916 ISO_8859-10:1992 csISO885913 csTIS620 csISO885911 "
      "Extended_UNIX_Code_Packed_Format_for_Japanese csISO2022JP2 ISO-2022-JP-1 ISO-2022-JP-2 csISO2022CN "
      "csISO2022CNEXT csUTF8 csUTF7 UTF-7 UNICODE-1-1-UTF-7 csUnicode11UTF7 csUTF16 csUTF16BE csUTF16LE UTF-32 "
      "UTF-32BE UTF-32LE csUTF32 csUTF32BE csUTF32LE ISO-10646-UCS-4 csUCS4 csGB18030 CP936 MS936 windows-936 "
      "csGBK csHZGB2312 csBig5HKSCS csKOI8U VISCII csVISCII IBM437 437 csPC8CodePage437 IBM775 IBM850 850 IBM852 "
      "IBM855 IBM857 IBM00858 CCSID00858 CP00858 PC-Multilingual-850+euro IBM860 IBM861 cp-is IBM862 IBM863 "
      "IBM864 IBM865 IBM869 cp-gr cswindows874 cswindows1250 cswindows1258 csWindows31J hp-roman8 roman8 r8 "
      "PTCP154 csPTCP154 PT154 CP154 Cyrillic-Asian KZ-1048 STRK1048-2002 RK1048 csKZ1048 cp949 ms949 uhc cp950 "
      "cp932 eucJP-ms cp50220 cp50221 x-euc-tw EUC-TW x-mac-ce x-mac-greek x-mac-turkish "
      "x-mac-icelandic x-mac-romanian x-mac-croatian mac-cyrillic ansi cp65001 cp65000 cp1200 utf-8-mac win-1251 "
      "x-viet-tcvn5712 armscii-8 georgian-ps koi8-t 8859-1 646 ";
  for (View rest = kNames; !rest.empty(); rest.remove_prefix(rest.find(' ') + 1)) {
    const std::string name(rest.substr(0, rest.find(' ')));
    CAPTURE(name);
    CHECK(codec::knows_charset(name));
  }
}

TEST_CASE("charset: names are compared by letters and digits") {
  for (const View name : {"UTF8", "utf_8", " UTF-8 ", "\"utf-8\"", "'utf-8'", "utf-8;", "ISO8859-1", "iso_8859_1",
                          "windows1252", "Shift-JIS", "KOI8R", "GB-2312", "BIG-5", "iso2022jp"}) {
    CAPTURE(std::string(name));
    CHECK(codec::knows_charset(name));
  }
  for (const View name : {"", "-", "no-such-charset", "UTF-8//IGNORE", "utf-8//TRANSLIT", "utf-88", "tf-8",
                          "unknown-8bit", "iso-8859-12", "utf-8 utf-8"}) {
    CAPTURE(std::string(name));
    CHECK_FALSE(codec::knows_charset(name));
  }
  CHECK_FALSE(codec::knows_charset(std::string(100'000, 'u')));
  CHECK_FALSE(codec::knows_charset(std::string(100'000, '-') + "utf8"));
}

TEST_CASE("charset: what Python's codecs read") {
  struct Sample {
    View charset;
    View octets;
    View text;
  };
  const std::array kSamples{
      Sample{"utf-8", "Gr\xC3\xBC\xC3\x9F\x65 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x91\x8D", "Grüße 日本 👍"},
      Sample{"koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"},
      Sample{"KOI8-U", "\xB7\xD6\xC1\xCB", "Їжак"},
      Sample{"windows-1251", "\xCF\xF0\xE8\xE2\xE5\xF2, \xAB\xEC\xE8\xF0\xBB", "Привет, «мир»"},
      Sample{"iso-8859-2", "\xAElu\xBBou\xE8k\xFD k\xF9\xF2", "Žluťoučký kůň"},
      Sample{"iso-8859-5", "\xBF\xE0\xD8\xD2\xD5\xE2", "Привет"},
      Sample{"iso-8859-7", "\xC3\xE5\xE9\xDC", "Γειά"},
      Sample{"iso-8859-8-i", "\xF9\xEC\xE5\xED", "שלום"},
      Sample{"windows-1256", "\xE3\xD1\xCD\xC8\xC7", "مرحبا"},
      Sample{"ISO-8859-15", "12 \xA4", "12 €"},
      Sample{"tis-620", "\xCA\xC7\xD1\xCA\xB4\xD5", "สวัสดี"},
      Sample{"macintosh", "\x82\x61 va\xC9", "Ça va…"},
      Sample{"x-mac-cyrillic", "\x8F\xF0\xE8\xE2\xE5\xF2", "Привет"},
      Sample{"IBM850", "Gr\x94\xE1\x65", "Größe"},
      Sample{"cp866", "\x8F\xE0\xA8\xA2\xA5\xE2", "Привет"},
      Sample{"windows-1258", "Vi\xF2t", "Vi\xCC\xA3t"},
      Sample{"shift_jis", "\x93\xFA\x96{\x8C\xEA\x83\\abc \xB1\xB2\x87@\x81`", "日本語ソabc ｱｲ①～"},
      Sample{"euc-jp", "\xC6\xFC\xCB\xDC\xB8\xEC \x8E\xC3\x8E\xB7 \x8F\xB0\xA1", "日本語 ﾃｷ 丂"},
      Sample{"iso-2022-jp", "\x1B$BF|K\\8l\x1B(B abc", "日本語 abc"},
      Sample{"iso-2022-jp-1", "\x1B$(D0!\x1B(B", "丂"},
      Sample{"iso-2022-jp-2", "\x1B$(D+1\x1B(B \x1B$B&8\x1B(B \x1B$(CGQ\x1B(B", "é Ω 한"},
      Sample{"euc-kr", "\xC7\xD1\xB1\xB9\xBE\xEE \x8C\x63", "한국어 똠"},
      Sample{"iso-2022-kr", "\x1B$)C\x0EGQ19>n\x0F abc", "한국어 abc"},
      Sample{"big5", "\xC1\x63\xC5\xE9\xA4\xA4\xA4\xE5 \xF9\xD6", "繁體中文 碁"},
      Sample{"big5-hkscs", "\xAD\xBB\xB4\xE4 \x9D\xEF", "香港 嘅"},
      Sample{"gb2312", "\xBC\xF2\xCC\xE5 \xE9\x46", "简体 镕"},
      Sample{"gb18030", "\x95\x32\x82\x36 \xA2\xE3", "𠀀 €"},
      Sample{"hz-gb-2312", "~{<rLe~} ~~ abc", "简体 ~ abc"},
      Sample{"utf-7", "Hi Mom -+Jjo--! 1+-1 +2D3cTQ-", "Hi Mom -☺-! 1+1 👍"},
      Sample{"utf-16", View("\xFF\xFE\xE5\x65,g \x00=\xD8M\xDC", 12), "日本 👍"},
      Sample{"utf-16be", View("e\xE5g,\x00 \xD8=\xDCM", 10), "日本 👍"},
      Sample{"utf-16le", View("\xE5\x65,g \x00=\xD8M\xDC", 10), "日本 👍"},
      Sample{"utf-32", View("\xFF\xFE\x00\x00\x61\x00\x00\x00M\xF4\x01\x00", 12), "a👍"}};
  for (const Sample& sample : kSamples) {
    CAPTURE(std::string(sample.charset));
    CHECK(read(sample.charset, sample.octets) == sample.text);
    CHECK(codec::to_utf8(sample.charset, sample.octets) == sample.text);
  }
}

TEST_CASE("charset: every octet is what the machine has for it") {
  constexpr View kNames =
      "iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-10 iso-8859-13 "
      "iso-8859-14 "
      "iso-8859-15 iso-8859-16 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 "
      "windows-1256 "
      "windows-1257 windows-1258 windows-874 koi8-r koi8-u koi8-ru koi8-t ibm437 cp737 cp775 ibm850 ibm852 ibm855 "
      "ibm857 "
      "cp858 ibm860 ibm861 ibm862 ibm863 ibm864 ibm865 ibm866 ibm869 cp1125 viscii tcvn armscii-8 georgian-ps "
      "georgian-academy hp-roman8 pt154 rk1048 mik ";
  for (View rest = kNames; !rest.empty(); rest.remove_prefix(rest.find(' ') + 1)) {
    const std::string name(rest.substr(0, rest.find(' ')));
    CAPTURE(name);
    const iconv_t converter = iconv_open("UTF-8", name == "windows-874" ? "CP874" : name.c_str());
    REQUIRE(converter != reinterpret_cast<iconv_t>(-1));
    for (unsigned c = 0; c < 256; ++c) {
      const char octet = static_cast<char>(c);
      const std::string expected = by_machine(converter, octet);
      CAPTURE(c);
      codec::CharsetFaults faults;
      CHECK(codec::to_utf8(name, View(&octet, 1), faults) == (expected.empty() ? "\xEF\xBF\xBD" : expected));
      CHECK(faults.replacements == (expected.empty() ? 1 : 0));
    }
    iconv_close(converter);
  }
}

TEST_CASE("charset: what names mean in mail") {
  // The controls of ISO 8859-1 and -9 are Microsoft's characters, where there are any.
  CHECK(read("iso-8859-1", "\xE4\x80\x93\x81") == "\xC3\xA4€“\xC2\x81");
  CHECK(read("iso-8859-9", "\xFE\x80") == "ş€");
  CHECK(bad("windows-1252", "\x80\x93\x81") == "€“.|1@2");
  CHECK(read("us-ascii", "a\xC3\xA4") == "aä");
  CHECK(bad("us-ascii", "a\xE4z") == "a.z|1@1");
  CHECK(bad("no-such-charset", "ab\xFF") == "ab.|1@2|unknown");
  CHECK(read("", "\xC3\xA4") == "ä|unknown");
  CHECK(read("gb2312", "\x80") == "€");                          // code page 936
  CHECK(read("big5", "\xA1\xC3 \xA1\x45\xA1\xE3") == "￣ ‧～");  // the first is in code page 950 only
  CHECK(read("iso-2022-jp", "\x1B(I12\x1B(J\\~\x1B(B\\~") == "ｱｲ¥‾\\~");
  CHECK(read("iso-2022-jp-2", "\x1B.A\x1BNi\x1B.F\x1BNa") == "éα");
  // Python: 'iso2022_cn' is none; RFC 1922 section 3.1 and GB 2312, CNS 11643.
  CHECK(read("iso-2022-cn", "\x1B$)A\x0E=;;;\x1B$)GG(_P\x0F x") ==
        "交换"
        "交換 x");
}

TEST_CASE("charset: byte order marks") {
  CHECK(read("utf-16", View("\xFE\xFF\0a", 4)) == "a");
  CHECK(read("utf-16", View("\xFF\xFE\x61\0", 4)) == "a");
  CHECK(read("utf-16le", View("\xFE\xFF\0a", 4)) == "a");
  CHECK(read("utf-16be", View("\xFF\xFE\x61\0", 4)) == "a");
  CHECK(read("utf-16", View("\0a\0b", 4)) == "ab");
  CHECK(read("utf-16", View("a\0b\0", 4)) == "ab");
  CHECK(read("utf-16", View("a\0", 2)) == "a");
  CHECK(read("utf-16", View("\x30\0\x65\xE5", 4)) == "\xE3\x80\x80\xE6\x97\xA5");
  CHECK(read("utf-16", "\x41\x41") == "\xE4\x85\x81");
  CHECK(read("utf-16be", View("a\0", 2)) == "\xE6\x84\x80");
  CHECK(read("utf-16le", View("\0a", 2)) == "\xE6\x84\x80");
  CHECK(read("utf-16", View("\0a\xFE\xFF", 4)) == "a\xEF\xBB\xBF");
  CHECK(read("utf-32", View("\0\0\xFE\xFF\0\0\0a", 8)) == "a");
  CHECK(read("utf-32", View("a\0\0\0", 4)) == "a");
  // A mark in UTF-8 is a character: who shows a text knows whether it begins here.
  CHECK(read("utf-8", "\xEF\xBB\xBF\x61") == "\xEF\xBB\xBF\x61");
}

TEST_CASE("charset: what is broken is replaced and told") {
  CHECK(bad("utf-8", "a\xE2\x82z\xF0\x9F") == "a.z.|2@1");
  CHECK(bad("utf-8", "\xEF\xBF\xBD") == ".");  // a U+FFFD that was sent is no fault
  CHECK(bad("utf-16le", View("\x3D\xD8\x61\0\x4D\xDC\x3D\xD8\x61", 9)) == ".a..|3@0");
  CHECK(bad("utf-16", "a") == ".|1@0");
  CHECK(bad("utf-32be", View("\0\0\xD8\0\0\x11\0\0\0\0\0a\0\0", 14)) == "..a.|3@0");
  CHECK(bad("utf-7", "a+2D0- b+3E0-") == "a. b.|2@5");
  CHECK(bad("utf-7", "1+ 2 \xE4 +AGE") == "1. 2 . a|2@2");
  CHECK(bad("utf-7", "+AGF-") == "a.|1@4");                 // bits that are no padding
  CHECK(bad("euc-kr", "\xC7\xD1\xC9\xA1x") == "한.x|1@2");  // no character there
  CHECK(bad("iso-2022-jp", "a\x1B$B\"") == "a.|1@4");
  CHECK(bad("iso-2022-jp", "\x1B(Xa\xE4") == ".(Xa.|2@0");
  CHECK(bad("iso-2022-jp", "\x1B") == ".|1@0");
  CHECK(bad("iso-2022-kr", "\x0E\x61\x0F") == ".a|1@0");  // nothing designated
  CHECK(bad("hz", "~{<r<\xFF~} ~x") == "简. .x|2@4");
}

TEST_CASE("charset: a broken character swallows no ASCII (WHATWG Encoding, \"decoder\" of each)") {
  CHECK(bad("shift_jis", "\x81<b>") == ".<b>|1@0");
  CHECK(bad("shift_jis", "\x81\xFF<b>") == ".<b>|1@0");
  CHECK(bad("shift_jis", "\x85\x7F") == ".\x7F|1@0");
  CHECK(bad("euc-jp", "\x8F\xA1<b>") == ".<b>|1@0");
  CHECK(bad("euc-jp", "\xA4\"x\"") == ".\"x\"|1@0");
  CHECK(bad("gb18030", "\x81\x30\x81<b>") == ".0.<b>|2@0");
  CHECK(bad("gb18030", "\x84\x32\xA4\x30<") == ".<|1@0");  // whole, but no character
  CHECK(bad("euc-kr", "\xC9\x41z") == ".Az|1@0");
  CHECK(bad("big5", "\x81\x7E<") == ".~<|1@0");
  const std::array<View, 6> kSets{"shift_jis", "euc-jp", "euc-kr", "gb18030", "big5", "euc-tw"};
  for (const View charset : kSets) {
    for (unsigned lead = 0x80; lead < 256; ++lead) {
      for (unsigned trail = 0; trail < 256; ++trail) {
        if ((trail >= '0' && trail <= '9') || (trail >= '@' && trail <= '~')) continue;  // may be of a character
        const std::string octets{static_cast<char>(lead), static_cast<char>(trail), '<', '"', '\n'};
        const std::string text = codec::to_utf8(charset, octets);
        if (!text.ends_with("<\"\n")) FAIL("octets " << lead << " " << trail << " in " << std::string(charset));
        if (trail < 0x80 && text[text.size() - 4] != octets[1])
          FAIL("trail " << trail << " in " << std::string(charset));
      }
    }
  }
}

TEST_CASE("charset: a single shift swallows nothing, and Python's spelling of GB 2312") {
  CHECK(bad("iso-2022-jp", "\x1BN<script>") == ".N<script>|1@0");
  CHECK(bad("iso-2022-jp-2", "\x1B.A\x1BN\x1B(B<b>") == "<b>");
  CHECK(read("iso-2022-jp-2", "\x1B$(A<r\x1B(B") == "简");
  CHECK(read("gb18030", "\x81\x30\x81\x30\x95\x32\x82\x36!") == "\xC2\x80\xF0\xA0\x80\x80!");
}

TEST_CASE("charset: a line end goes back to ASCII") {
  CHECK(bad("iso-2022-jp", "\x1B$BF|\nabc") == "日\nabc");
  CHECK(bad("iso-2022-jp", "\x1B$BF|8\r\nabc") == "日.\r\nabc|1@5");
  CHECK(bad("iso-2022-kr", "\x1B$)C\x0EGQ\n<b>\x0EGQ\x0F") == "한\n<b>한");
  CHECK(bad("hz", "~{<r\n<b>~\n<i>") == "简\n<b><i>");
  CHECK(bad("utf-7", "+AGE\n<b>") == "a\n<b>");
}

TEST_CASE("charset: long texts, in chunks of any size") {
  for (const auto& [charset, sample] : std::array<std::pair<View, View>, 9>{
           {{"utf-8", "Gr\xC3\xBC\xC3\x9F\x65 \xE6\x97\xA5\xE2\x82 "},
            {"windows-1252", "Gr\xFC\xDF\x65 \x81 and a long run of ASCII behind it, longer than vectors are"},
            {"shift_jis", "\x93\xFA\x96{\x8C\xEA\xFF\x81\x81 x and a long run of ASCII behind it"},
            {"gb18030", "\x81\x30\x81\x30\x84\x32\xA4\x30\xBC\xF2\x81\x30"},
            {"big5", "\xC1\x63\xA1\xC3\xFE\xFE\x88\x62"},
            {"iso-2022-jp", "\x1B$BF|K\\8l}~\x1B(B text "},
            {"hz", "~{<rLe~} text ~~"},
            {"utf-16", View("\xE5\x65=\xD8M\xDC\x3D\xD8", 8)},
            {"utf-7", "+ZeVnLIqe2D3cTQ- text + "}}}) {
    CAPTURE(std::string(charset));
    std::string octets;
    while (octets.size() < 20'000) octets += sample;
    codec::CharsetFaults faults;
    const std::string whole = codec::to_utf8(charset, octets, faults);
    CHECK(codec::is_utf8(whole));
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{999}, std::size_t{4096}}) {
      codec::CharsetDecoder decoder(charset);
      std::string pieces;
      for (View rest = octets; !rest.empty(); rest.remove_prefix(std::min(size, rest.size()))) {
        decoder.decode(rest.substr(0, size), pieces);
      }
      decoder.finish(pieces);
      CHECK(pieces == whole);
      CHECK(decoder.faults() == faults);
    }
  }
}

TEST_CASE("charset: a decoder is ready for the next text") {
  codec::CharsetDecoder decoder("iso-2022-jp");
  std::string out;
  decoder.decode("\x1B$BF", out);
  decoder.finish(out);
  CHECK(decoder.faults().replacements == 1);
  out.clear();
  decoder.decode("abc", out);
  CHECK(decoder.faults().empty());
  decoder.finish(out);
  CHECK(out == "abc");
}

TEST_CASE("charset: what needs no reading") {
  CHECK(codec::is_utf8_already("utf-8", "\xC3\xA4"));
  CHECK(codec::is_utf8_already("us-ascii", "\xC3\xA4"));
  CHECK_FALSE(codec::is_utf8_already("utf-8", "\xE4"));
  CHECK(codec::is_utf8_already("koi8-r", "abc"));
  CHECK(codec::is_utf8_already("shift_jis", "abc\\~"));
  CHECK_FALSE(codec::is_utf8_already("koi8-r", "\xC1"));
  for (const View charset : {"iso-2022-jp", "hz", "utf-7", "utf-16", "viscii", "no-such-charset"}) {
    CHECK_FALSE(codec::is_utf8_already(charset, "abc"));
  }
}
