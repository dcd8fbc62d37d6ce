#include "posthorn/grammar/mime/flowed.h"

#include <doctest/doctest.h>

#include "posthorn/testing/splits.h"

using namespace posthorn;

namespace {
std::string decoded(View text, bool delete_space = false) {
  std::string out;
  mime::FlowedDecoder decoder(delete_space);
  decoder.decode(text, out);
  decoder.finish(out);
  return out;
}
std::string encoded(View text, std::size_t width = 72, bool delete_space = false) {
  return mime::encode_flowed(text, {.width = width, .delete_space = delete_space});
}

// RFC 3676 section 4.5; its lines that end in a space are flowed.
constexpr View kQuoted =
    "> Thou villainous ill-breeding spongy dizzy-eyed \r\n> reeky elf-skinned pigeon-egg!\r\n"
    ">> Thou artless swag-bellied milk-livered \r\n>> dismal-dreaming idle-headed scut!\r\n"
    ">>> Thou errant folly-fallen spleeny reeling-ripe \r\n>>> unmuzzled ratsbane!\r\n"
    ">>>> Henceforth, the coding style is to be strictly \r\n>>>> enforced, including the use of only upper case.\r\n"
    ">>>>> I've noticed a lack of adherence to the coding \r\n>>>>> styles, of late.\r\n>>>>>> Any complaints?\r\n";
}  // namespace

TEST_CASE("flowed: the example of RFC 3676 section 4.5") {
  const std::vector<mime::Paragraph> expected{
      {1, "Thou villainous ill-breeding spongy dizzy-eyed reeky elf-skinned pigeon-egg!"},
      {2, "Thou artless swag-bellied milk-livered dismal-dreaming idle-headed scut!"},
      {3, "Thou errant folly-fallen spleeny reeling-ripe unmuzzled ratsbane!"},
      {4, "Henceforth, the coding style is to be strictly enforced, including the use of only upper case."},
      {5, "I've noticed a lack of adherence to the coding styles, of late."},
      {6, "Any complaints?"}};
  CHECK(mime::FlowedDecoder::paragraphs(kQuoted, false) == expected);
}

TEST_CASE("flowed: lines, spaces and stuffing") {
  CHECK(decoded("one \r\ntwo\r\nthree\r\n") == "one two\nthree\n");
  CHECK(decoded("one \ntwo") == "one two\n");
  CHECK(decoded(" > not quoted\r\n  indented\r\n From me\r\n") == "> not quoted\n indented\nFrom me\n");
  CHECK(decoded("> > one level\r\n") == "> > one level\n");
  CHECK(decoded(">>two\r\n") == "> > two\n");
  CHECK(decoded("a\r\n\r\nb\r\n") == "a\n\nb\n");
  CHECK(decoded(">\r\n> \r\n>>\r\n") == ">\n>\n> >\n");
  CHECK(decoded("two  \r\nspaces\r\n") == "two  spaces\n");
  CHECK(decoded("a \r\n  \r\n  \r\nb\r\n") == "a   b\n");
  CHECK(decoded("cr\rin line\r\n") == "cr\rin line\n");
  CHECK(decoded("").empty());
  CHECK(decoded("\r\n") == "\n");
}

TEST_CASE("flowed: DelSp (RFC 3676 section 4.1)") {
  CHECK(decoded("\xE6\x97\xA5 \r\n\xE6\x9C\xAC\r\n", true) == "\xE6\x97\xA5\xE6\x9C\xAC\n");
  CHECK(decoded("one  \r\ntwo\r\n", true) == "one two\n");
}

TEST_CASE("flowed: a signature separator stands alone (section 4.3)") {
  CHECK(decoded("text \r\n-- \r\nname\r\n") == "text\n-- \nname\n");
  CHECK(decoded(">-- \r\n>name\r\n") == "> -- \n> name\n");
  CHECK(decoded("> -- \r\n") == "> -- \n");
  CHECK(decoded("-- ") == "-- \n");
  CHECK(decoded("--\r\nname") == "--\nname\n");
  CHECK(decoded("--  \r\nname") == "--  name\n");
  CHECK(decoded("-- x \r\ny") == "-- x y\n");
}

TEST_CASE("flowed: what ends improperly") {
  CHECK(decoded("> flowed \r\nother depth\r\n") == "> flowed\nother depth\n");
  CHECK(decoded("flowed \r\n") == "flowed\n");
  CHECK(decoded("flowed \r\n\r\nnext") == "flowed\nnext\n");
  CHECK(decoded("> flowed \r\n\r\nnext") == "> flowed\n\nnext\n");
}

TEST_CASE("flowed: any split decodes alike") {
  for (const View text : {View("one \r\ntwo \r\n-- \r\n>> a \r\n>> b\r\n > s\r\n\r\n-- \n--  \n \r \r\nx  \n-- "),
                          kQuoted.substr(0, 200)}) {
    for (const bool delete_space : {false, true}) {
      CHECK(testing::for_every_split(text, [&](auto&& feed) {
              std::string out;
              mime::FlowedDecoder decoder(delete_space);
              feed([&](View chunk) { decoder.decode(chunk, out); });
              decoder.finish(out);
              return out;
            }) == "");
    }
  }
}

TEST_CASE("flowed: writing") {
  CHECK(encoded("short\n") == "short\r\n");
  CHECK(encoded("aaaa bbbb cccc dddd eeee ffff", 20) == "aaaa bbbb cccc dddd \r\neeee ffff\r\n");
  CHECK(encoded("aaaa bbbb cccc dddde eeee", 20) == "aaaa bbbb cccc \r\ndddde eeee\r\n");
  CHECK(encoded("From me\n> literal\n indented\nend  \n-- \nname") ==
        " From me\r\n > literal\r\n  indented\r\nend\r\n-- \r\nname\r\n");
  CHECK(encoded("aaaa bbbb cccc dddd >eee", 20) == "aaaa bbbb cccc dddd \r\n >eee\r\n");
  CHECK(encoded("x\r\n\r\ny") == "x\r\n\r\ny\r\n");
  CHECK(encoded("a verylongwordthatdoesnotfitanywhere b", 20) == "a \r\nverylongwordthatdoesnotfitanywhere \r\nb\r\n");
  CHECK(encoded("-- averylongwordthatdoesnotfitanywhere b", 20) == "-- averylongwordthatdoesnotfitanywhere \r\nb\r\n");
  CHECK(encoded("averylongwordthatdoesnotfit b", 20, true) == "averylongwordthatdo \r\nesnotfit b\r\n");
  std::string quoted;
  mime::append_flowed(quoted, {2, "aaaa bbbb cccc dddd"}, {.width = 20});
  mime::append_flowed(quoted, {1, ""}, {.width = 20});
  CHECK(quoted == ">> aaaa bbbb cccc \r\n>> dddd\r\n>\r\n");
}

TEST_CASE("flowed: what is written reads back") {
  const std::vector<mime::Paragraph> texts{
      {0, "From the   first  -- word -- to the   last >one"},
      {3, " three levels, " + std::string(100, 'x') + " and more words to wrap here"},
      {0, ""},
      {1, "-- "},
      {40, "deeper than a line is wide is deep"},
      {0, "\xC3\xA4\xC3\xB6\xC3\xBC \xC3\xA4\xC3\xB6\xC3\xBC \xC3\xA4\xC3\xB6\xC3\xBC"}};
  for (const bool delete_space : {false, true}) {
    for (std::size_t width = 20; width < 80; ++width) {
      std::string out;
      for (const auto& p : texts) mime::append_flowed(out, p, {.width = width, .delete_space = delete_space});
      CHECK(mime::FlowedDecoder::paragraphs(out, delete_space) == texts);
    }
  }
}

TEST_CASE("flowed: a part says how it is to be read") {
  const auto plain = [](View fields) {
    const std::string text = std::string(fields) + "\r\n\r\none  \r\ntwo\r\n";
    return mime::decode_plain(mime::Message::index(text), mime::PartId(0));
  };
  CHECK(plain("Content-Type: text/plain; format=Flowed") == "one  two\n");
  CHECK(plain("Content-Type: text/plain; format=flowed; DelSp=Yes") == "one two\n");
  CHECK(plain("Content-Type: text/plain") == "one  \r\ntwo\r\n");
  CHECK(plain("Content-Type: text/html; format=flowed") == "one  \r\ntwo\r\n");
}
