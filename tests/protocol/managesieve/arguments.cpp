#include "posthorn/protocol/managesieve/arguments.h"

#include <optional>

#include <doctest/doctest.h>

#include "posthorn/protocol/managesieve/scripts.h"

using namespace posthorn;

namespace {

std::optional<std::string> read(View text) {
  Cursor c(text);
  std::string out;
  if (!managesieve::string(c, out) || !c.end()) return std::nullopt;
  return out;
}

}  // namespace

TEST_CASE("strings as RFC 5804 section 4 writes them") {
  CHECK(read("\"\"") == "");
  CHECK(read("\"a \\\"b\\\" \\\\c\"") == "a \"b\" \\c");
  CHECK(read("{3+}\r\na\"b") == "a\"b");
  CHECK(read("{0+}\r\n") == "");
  CHECK(read("{3}\r\nabc") == "abc");
  CHECK_FALSE(read("atom"));
  CHECK_FALSE(read("\"open"));
  CHECK_FALSE(read("\"a\\b\""));
  CHECK_FALSE(read("{4+}\r\nabc"));
  CHECK_FALSE(read("{+}\r\n"));
  CHECK_FALSE(read("{3-}\r\nabc"));
  CHECK_FALSE(read("\"a\rb\""));
}

TEST_CASE("written strings read back, quoted up to 1024 octets between the quotes") {
  for (const std::string& text :
       {std::string(), std::string("a\"\\b"), std::string("two\r\nlines"), std::string("\0x", 2),
        std::string(1024, 'x'), std::string(1025, 'x'), std::string(600, '"')}) {
    for (const std::string& written : {managesieve::client_string(text), managesieve::server_string(text)}) {
      CHECK(read(written) == text);
      CHECK((written.starts_with('{') || written.size() <= 1026));
    }
  }
  CHECK(managesieve::client_string("a\r\nb") == "{4+}\r\na\r\nb");
  CHECK(managesieve::server_string("a\r\nb") == "{4}\r\na\r\nb");
  CHECK(managesieve::server_string("a") == "\"a\"");
}

TEST_CASE("names of scripts: RFC 5804 section 1.6") {
  using managesieve::is_script_name;
  CHECK(is_script_name("holiday"));
  CHECK(is_script_name("a/b \"c\" \\"));
  CHECK(is_script_name("\xC3\x9C ber"));
  CHECK_FALSE(is_script_name(""));
  std::string longest;
  for (int i = 0; i < 128; ++i) longest += "\xF0\x9F\x93\xAC";
  CHECK(longest.size() == 512);
  CHECK(is_script_name(longest));
  CHECK_FALSE(is_script_name(longest + "a"));
  CHECK_FALSE(is_script_name(View("a\0b", 3)));
  CHECK_FALSE(is_script_name("a\x1F"));
  CHECK_FALSE(is_script_name("a\x7F"));
  CHECK_FALSE(is_script_name("\xC2\x80"));
  CHECK_FALSE(is_script_name("\xC2\x9F"));
  CHECK(is_script_name("\xC2\xA0"));
  CHECK_FALSE(is_script_name("\xE2\x80\xA8"));  // U+2028
  CHECK_FALSE(is_script_name("\xE2\x80\xA9"));  // U+2029
  CHECK(is_script_name("\xE2\x80\xAA"));
  CHECK_FALSE(is_script_name("\xFF"));
  CHECK_FALSE(is_script_name("\xC0\xAF"));
  CHECK_FALSE(is_script_name("\xED\xA0\x80"));
}
