#include "posthorn/grammar/mail/srs.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/grammar/char_set.h"

using namespace posthorn;
using namespace posthorn::mail;

namespace {

constexpr std::chrono::sys_days kDay{std::chrono::days(20'000)};

SrsRewriter rewriter(const std::string& host, SrsOptions options = {}) {
  options.host = host;
  if (options.secrets.empty()) options.secrets.emplace_back(View("key of " + host));
  auto made = SrsRewriter::make(std::move(options));
  REQUIRE(made);
  return std::move(*made);
}

SrsOptions with_keys(std::initializer_list<View> keys) {
  SrsOptions options;
  for (const View key : keys) options.secrets.emplace_back(key);
  return options;
}

Mailbox ann() { return {"Ann.Smith", "example.org"}; }

std::string word(const Result<Mailbox>& result) {
  return result ? result->text() : std::string(name_of(result.error().code));
}

std::string changed(std::string text, char (*change)(char)) {
  std::ranges::transform(text, text.begin(), change);
  return text;
}

}  // namespace

// Hashes by Python: base64.b64encode(hmac.digest(key, text, 'sha256')), see tests/compare/srs_addresses.py.
TEST_CASE("rewritten addresses have the published form") {
  const auto first = *rewriter("first.example").forward(ann(), kDay);
  CHECK(first.domain == "first.example");
  REQUIRE(first.local_part.size() == std::string("SRS0=HHHH=TT=example.org=Ann.Smith").size());
  CHECK(first.local_part.starts_with("SRS0="));
  CHECK(first.local_part.substr(9) == "=RA=example.org=Ann.Smith");  // 20000 mod 1024 = 544 = 17 * 32 + 0
  const auto second = *rewriter("second.example").forward(first, kDay);
  CHECK(second.domain == "second.example");
  CHECK(second.local_part.starts_with("SRS1="));
  CHECK(second.local_part.substr(9) == "=first.example=" + first.local_part.substr(4));
  const auto third = *rewriter("third.example").forward(second, kDay);
  CHECK(third.domain == "third.example");
  CHECK(third.local_part.substr(9) == second.local_part.substr(9));
  CHECK(third.local_part != second.local_part);
}

TEST_CASE("bounces find back over any number of hosts") {
  const auto one = rewriter("first.example");
  const auto two = rewriter("second.example");
  const auto three = rewriter("third.example");
  const auto first = *one.forward(ann(), kDay);
  const auto last = *three.forward(*two.forward(first, kDay), kDay);
  CHECK(*three.reverse(last, kDay) == first);
  CHECK(*one.reverse(first, kDay) == ann());
}

TEST_CASE("other separators are written where wanted and read everywhere") {
  for (const char separator : {'=', '+', '-'}) {
    SrsOptions options = with_keys({"k"});
    options.separator = separator;
    const auto one = rewriter("first.example", options);
    const auto first = *one.forward(ann(), kDay);
    CHECK(first.local_part[4] == separator);
    const auto two = rewriter("second.example");
    const auto second = *two.forward(first, kDay);
    CHECK(*two.reverse(second, kDay) == first);
    CHECK(*rewriter("first.example", with_keys({"k"})).reverse(first, kDay) == ann());
  }
}

TEST_CASE("a host that changes the case of local parts does not hurt") {
  const auto one = rewriter("first.example");
  const auto two = rewriter("second.example");
  const auto second = *two.forward(*one.forward(ann(), kDay), kDay);
  for (const auto change : {&to_lower, &to_upper}) {
    const auto back = two.reverse({changed(second.local_part, change), changed(second.domain, change)}, kDay);
    REQUIRE(back);
    const auto sender = one.reverse(*back, kDay);
    REQUIRE(sender);
    CHECK(changed(sender->text(), &to_lower) == "ann.smith@example.org");
  }
}

TEST_CASE("a changed octet anywhere is refused") {
  const auto one = rewriter("first.example");
  const auto two = rewriter("second.example");
  const auto first = *one.forward(ann(), kDay);
  const auto second = *two.forward(first, kDay);
  const auto all_fail = [](const SrsRewriter& by, const Mailbox& address) {
    for (std::size_t i = 0; i < address.local_part.size(); ++i) {
      Mailbox broken = address;
      broken.local_part[i] = broken.local_part[i] == 'x' ? 'y' : 'x';
      CAPTURE(broken.local_part);
      CHECK_FALSE(by.reverse(broken, kDay).has_value());
    }
  };
  all_fail(one, first);
  all_fail(two, second);
  CHECK(word(rewriter("first.example", with_keys({"other"})).reverse(first, kDay)) == "denied");
  CHECK(word(one.reverse({"SRS1" + first.local_part.substr(4), "first.example"}, kDay)) != first.text());
}

TEST_CASE("a new key signs, old ones still verify") {
  const auto before = rewriter("first.example", with_keys({"old"}));
  const auto after = rewriter("first.example", with_keys({"new", "old"}));
  const auto later = rewriter("first.example", with_keys({"new"}));
  const auto old = *before.forward(ann(), kDay);
  CHECK(word(after.reverse(old, kDay)) == "Ann.Smith@example.org");
  CHECK(word(later.reverse(old, kDay)) == "denied");
  CHECK(word(later.reverse(*after.forward(ann(), kDay), kDay)) == "Ann.Smith@example.org");
}

TEST_CASE("addresses are good for valid_for days, over the end of the stamps too") {
  for (const int start : {20'000, 19'455, 19'456 + 1023, 0}) {
    const std::chrono::sys_days day{std::chrono::days(start)};
    const auto one = rewriter("first.example");
    const auto first = *one.forward(ann(), day);
    const auto after = [&](int days) { return word(one.reverse(first, day + std::chrono::days(days))); };
    CHECK(after(0) == "Ann.Smith@example.org");
    CHECK(after(21) == "Ann.Smith@example.org");
    CHECK(after(22) == "timed_out");
    CHECK(after(-1) == "Ann.Smith@example.org");
    CHECK(after(-2) == "timed_out");
  }
  SrsOptions options = with_keys({"k"});
  options.valid_for = std::chrono::days(1);
  const auto strict = rewriter("first.example", options);
  const auto first = *strict.forward(ann(), kDay);
  CHECK(strict.reverse(first, kDay + std::chrono::days(1)).has_value());
  CHECK(word(strict.reverse(first, kDay + std::chrono::days(2))) == "timed_out");
}

TEST_CASE("what needs no rewriting stays, what cannot be rewritten is refused") {
  const auto one = rewriter("first.example");
  CHECK(one.forward({}, kDay)->is_null());
  CHECK(*one.forward({"ann", "First.Example"}, kDay) == Mailbox{"ann", "First.Example"});
  CHECK(word(one.forward({"ann", "[192.0.2.1]"}, kDay)) == "unsupported");
  CHECK(word(one.forward({"ann", "a b"}, kDay)) == "syntax");
  CHECK(one.forward({"ann", "K\xC3\xB6ln.example"}, kDay)->local_part.ends_with("=xn--kln-sna.example=ann"));
}

TEST_CASE("rewritten addresses keep to the limits of SMTP") {
  const auto one = rewriter("first.example");
  // "SRS0=HHHH=TT=example.org=" is 25 octets.
  CHECK(one.forward({std::string(39, 'a'), "example.org"}, kDay).has_value());
  CHECK(word(one.forward({std::string(40, 'a'), "example.org"}, kDay)) == "too_long");
  CHECK(word(one.forward({std::string(38, 'a') + " ", "example.org"}, kDay)) == "too_long");  // its quotes count
  const auto quoted = one.forward({"a b", "example.org"}, kDay);
  REQUIRE(quoted);
  CHECK(*one.reverse(*parse_mailbox(quoted->text(), false), kDay) == Mailbox{"a b", "example.org"});
}

TEST_CASE("what looks like a rewritten address and is none is rewritten as any other") {
  const auto one = rewriter("first.example");
  for (const char* local : {"SRS0", "SRS0=", "SRS1=", "SRS1=x", "SRS1=x=y=z", "SRS1=x==", "SRS2=a=b=c=d", "srs0x"}) {
    CAPTURE(local);
    const Mailbox sender{local, "example.org"};
    const auto out = one.forward(sender, kDay);
    REQUIRE(out);
    CHECK(out->local_part.starts_with("SRS0="));
    CHECK(*one.reverse(*out, kDay) == sender);
  }
}

TEST_CASE("reverse tells what it does not know") {
  const auto one = rewriter("first.example");
  CHECK(word(one.reverse({"ann", "first.example"}, kDay)) == "not_found");
  CHECK(word(one.reverse({"SRS0=aaaa=AA=example.org=ann", "second.example"}, kDay)) == "not_found");
  for (const char* local : {"SRS0=", "SRS0=a", "SRS0=a=AA=b", "SRS0=a=AA==c", "SRS0=a=AA=b=", "SRS1=", "SRS1=a",
                            "SRS1=a=b=c", "SRS1=a===b"}) {
    CAPTURE(local);
    CHECK(word(one.reverse({local, "first.example"}, kDay)) == "syntax");
  }
  CHECK(word(one.reverse({"SRS0=aaaa=AA=example.org=ann", "first.example"}, kDay)) == "denied");
  CHECK(is_srs({"srs1+x", "any.example"}));
  CHECK_FALSE(is_srs({"SRS0", "any.example"}));
  CHECK_FALSE(is_srs({"SRS0xyz", "any.example"}));
}

TEST_CASE("options out of range are refused") {
  const auto code = [](const SrsOptions& options) {
    const auto made = SrsRewriter::make(options);
    return made ? "ok" : std::string(name_of(made.error().code));
  };
  const auto good = [] {
    SrsOptions options = with_keys({"k"});
    options.host = "first.example";
    return options;
  };
  CHECK(code(good()) == "ok");
  CHECK(code({.secrets = {}, .host = "first.example"}) == "misuse");
  SrsOptions options = good();
  options.secrets.emplace_back(View(""));
  CHECK(code(options) == "misuse");
  options = good();
  options.host = "a b";
  CHECK(code(options) == "syntax");
  options = good();
  options.separator = '.';
  CHECK(code(options) == "misuse");
  for (const std::size_t length : {kMinSrsHash - 1, kMaxSrsHash + 1}) {
    options = good();
    options.hash_length = length;
    CHECK(code(options) == "misuse");
  }
  options = good();
  options.hash_length = kMaxSrsHash;
  CHECK(code(options) == "ok");
  options.valid_for = kMaxSrsAge + std::chrono::days(1);
  CHECK(code(options) == "misuse");
}
