#include "protocol/imap/metadata_text.h"

#include <doctest/doctest.h>

using namespace posthorn;
using namespace posthorn::imap;

namespace {
const std::vector<MetadataEntry> kFilters{{"/private/comment", "mine"},
                                          {"/private/filters/values/boss", "FROM \"boss@example.com\""},
                                          {"/private/filters/values/deep/er", "x"},
                                          {"/private/filters/values/small", "SMALLER 5000"},
                                          {"/shared/comment", "Shared comment"}};

std::vector<std::string> names_of(const ChosenEntries& chosen) {
  std::vector<std::string> names;
  for (const MetadataEntry& entry : chosen.entries) names.push_back(entry.name + (entry.value ? "" : " NIL"));
  return names;
}
using Names = std::vector<std::string>;
}  // namespace

TEST_CASE("names of entries (RFC 5464 section 3.2)") {
  for (View good : {View("/shared/comment"), View("/PRIVATE/Comment"), View("\"/shared/two words\""), View("/test"),
                    View("{9}\r\n/shared/x")}) {
    Cursor c(good);
    std::string name;
    CHECK_MESSAGE((entry_name(c, name) && c.at_end()), good);
  }
  Cursor folded("/PRIVATE/Comment");
  std::string name;
  CHECK(entry_name(folded, name));
  CHECK(name == "/private/comment");
  for (View bad : {View("shared"), View("/shared/"), View("/shared//x"), View("\"/shared/*\""), View("\"/shared/%\""),
                   View("/"), View("\"\""), View("{9}\r\n/shared/\xC3"), View("\"/shared/\tx\"")}) {
    Cursor c(bad);
    CHECK_MESSAGE(!entry_name(c, name), bad);
  }
  const std::string longest = "/" + std::string(kMaxEntryName - 1, 'a');
  Cursor fits(longest);
  CHECK(entry_name(fits, name));
  const std::string too_long = longest + "a";
  Cursor too(too_long);
  CHECK_FALSE(entry_name(too, name));
  CHECK(too.error().code == Code::too_long);
  CHECK(has_entry_root("/private/x"));
  CHECK(has_entry_root("/shared/vendor/x"));
  CHECK_FALSE(has_entry_root("/private"));
  CHECK_FALSE(has_entry_root("/test"));
}

TEST_CASE("one entry or a list of them, and not too many") {
  for (View good : {View("/a"), View("(/a)"), View("(/a /b)")}) {
    Cursor c(good);
    Names out;
    CHECK_MESSAGE((entry_names(c, out) && c.at_end()), good);
  }
  for (View bad : {View("()"), View("(/a"), View("(/a  /b)"), View("a"), View("(/a /b")}) {
    Cursor c(bad);
    Names out;
    CHECK_MESSAGE(!entry_names(c, out), bad);
  }
  std::string text = "(/a";
  for (std::size_t i = 1; i < kMaxEntries; ++i) text += " /a";
  Names out;
  const std::string all = text + ")";
  Cursor c(all);
  CHECK(entry_names(c, out));
  out.clear();
  const std::string one_more = text + " /a)";
  Cursor wrong(one_more);
  CHECK_FALSE(entry_names(wrong, out));
  CHECK(wrong.error().code == Code::too_many);
}

TEST_CASE("values are strings, NIL, or literal8 with NUL") {
  std::optional<std::string> value;
  Cursor nil("nil");
  CHECK(entry_value(nil, value));
  CHECK(!value);
  const std::string binary("~{4+}\r\nt\0st", 11);
  Cursor eight(binary);
  CHECK(entry_value(eight, value));
  CHECK(value == std::string("t\0st", 4));
  const std::string plain("{4}\r\nt\0st", 9);
  Cursor seven(plain);
  CHECK_FALSE(entry_value(seven, value));
  Cursor shorter("~{5}\r\nabc");
  CHECK_FALSE(entry_value(shorter, value));
}

TEST_CASE("GETMETADATA chooses by depth (RFC 5464 section 4.2.2)") {
  const auto chosen = [](Names names, EntryDepth depth) { return names_of(choose(kFilters, {names, depth, {}})); };
  CHECK(chosen({"/shared/comment"}, EntryDepth::none) == Names{"/shared/comment"});
  CHECK(chosen({"/private/filters/values"}, EntryDepth::none) == Names{"/private/filters/values NIL"});
  CHECK(chosen({"/private/filters/values"}, EntryDepth::one) ==
        Names{"/private/filters/values/boss", "/private/filters/values/small"});
  CHECK(chosen({"/private/filters/values"}, EntryDepth::infinity) ==
        Names{"/private/filters/values/boss", "/private/filters/values/deep/er", "/private/filters/values/small"});
  CHECK(chosen({"/private/filter"}, EntryDepth::infinity).empty());
  // Each entry once, however often it is asked for.
  CHECK(chosen({"/shared/comment", "/private/comment", "/shared", "/shared/comment"}, EntryDepth::one) ==
        Names{"/shared/comment", "/private/comment"});
}

TEST_CASE("GETMETADATA leaves out what is too long and tells how long (RFC 5464 section 4.2.1)") {
  const ChosenEntries chosen = choose(kFilters, {{"/private/comment", "/shared/comment", "/shared/no"}, {}, 10});
  CHECK(names_of(chosen) == Names{"/private/comment", "/shared/no NIL"});
  CHECK(chosen.longest == 14);
}

TEST_CASE("a METADATA response waits between values") {
  Buffer out;
  Responder responder(out, 10);
  MetadataResponse response("", {{"/shared/a", std::string("n\0l", 3)}, {"/shared/b", std::nullopt}, {"/x y", "z"}});
  std::string heard;
  int steps = 1;
  for (; !response.write(responder); ++steps) {
    heard += out.view();
    out.clear();
  }
  heard += out.view();
  CHECK(steps == 3);
  const std::string value("n\0l", 3);
  CHECK(heard == "* METADATA \"\" (/shared/a ~{3}\r\n" + value + " /shared/b NIL \"/x y\" \"z\")\r\n");
}
