// Pigeonhole's tests that are written in Sieve, run by an extension that exists only here.
#include <algorithm>
#include <array>
#include <filesystem>

#include <doctest/doctest.h>

#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/fields.h"

#include "protocol/sieve/run.h"
#include "protocol/sieve/stage.h"
#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {

/// What the tests of one file share.
struct Bench : World {
  Envelope envelope;
  std::size_t passed = 0;
  std::vector<std::string> failures;
  std::string failure;  // of the test that runs
  bool failing = false;
};

Bench& bench(Call& call) { return static_cast<Bench&>(call.run().environment()); }

/// The first address of the first field that is there.
std::string address_in(View header, std::initializer_list<View> names, View otherwise) {
  for (const View name : names) {
    for (const mime::Field& field : mime::NamedFields(header, name)) {
      for (const mail::Address& each : mail::address_list(field.raw)) {
        if (each.kind == mail::Address::Kind::mailbox) return each.local_part + "@" + each.domain;
      }
    }
  }
  return own(otherwise);
}

void read_envelope(Bench& bench, View header) {
  bench.envelope.to = address_in(header, {"Envelope-To", "To"}, "recipient@example.com");
  bench.envelope.from = address_in(header, {"Return-Path", "Sender", "From"}, "sender@example.com");
}

Flow test(Call& call) {
  Bench& at = bench(call);
  at.failing = false;
  static_cast<void>(call.block());
  std::optional<Diagnostic>& error = call.run().outcome().error;
  if (error) at.failure = error->text;
  if (at.failing || error) {
    at.failures.push_back(own(call.text(0)) + ": " + at.failure);
  } else {
    ++at.passed;
  }
  error.reset();
  call.run().outcome().actions.clear();
  return Flow::next;
}

Flow test_fail(Call& call) {
  bench(call).failing = true;
  bench(call).failure = call.text(0);
  return Flow::out;
}

Flow test_set(Call& call) {
  Bench& at = bench(call);
  const View what = call.text(0);
  const std::string value = call.text(1) == "<>" ? std::string() : own(call.text(1));
  if (what == "message") {
    std::string message;
    for (const char c : value) message += c == '\n' && !message.ends_with('\r') ? "\r\n" : std::string(1, c);
    call.run().mail().change(std::move(message));
    read_envelope(at, call.run().mail().header());
  } else if (what == "envelope.from") {
    at.envelope.from = value;
  } else if (what == "envelope.to") {
    at.envelope.to = value;
  } else if (what == "envelope.auth") {
    at.envelope.auth = value;
  } else {
    call.run().fail("nothing to set: " + own(what));
  }
  return Flow::next;
}

constexpr std::array kOne{Parameter{Value::string}};
constexpr std::array kTwo{Parameter{Value::string}, Parameter{Value::string}};
constexpr Row kTest{.name = "test", .parameters = kOne, .has_block = true, .run = test};
constexpr Row kTestFail{.name = "test_fail", .parameters = kOne, .run = test_fail};
constexpr Row kTestSet{.name = "test_set", .parameters = kTwo, .run = test_set};
constexpr std::array kCommands{&kTest, &kTestFail, &kTestSet};
constexpr Extension kTestsuite{.name = "vnd.dovecot.testsuite", .commands = kCommands};

/// The extensions of the library and the one of these tests.
std::vector<const Extension*> with_tests() {
  const Extensions all = all_extensions();
  std::vector<const Extension*> out(all.begin(), all.end());
  out.push_back(&kTestsuite);
  return out;
}

constexpr View kMessage = "From: sender@example.com\r\nTo: recipient@example.org\r\nSubject: Frop!\r\n\r\nFriep!\r\n";

}  // namespace

TEST_CASE("svtest: the runner sees a test that fails") {
  const auto extensions = with_tests();
  const Compilation made =
      compile(View("require \"vnd.dovecot.testsuite\";\r\ntest \"bad\" { if true { test_fail "
                   "\"so\"; } keep; }\r\ntest \"good\" { test_set \"message\" \"A: b\"; if not header "
                   "\"a\" \"b\" { test_fail \"no\"; } }\r\n"),
              {}, extensions);
  REQUIRE(made.program != nullptr);
  Bench at;
  const std::shared_ptr<const Program> programs[] = {made.program};
  const Outcome outcome = evaluate(programs, {kMessage, at.envelope}, at);
  CHECK_FALSE(outcome.error);
  CHECK(at.failures == std::vector<std::string>{"bad: so"});
  CHECK(at.passed == 1);
}

TEST_CASE("svtest: the basic tests of Pigeonhole, 79 in 15 files") {
  const auto folder = testing::shared_data("sieve/svtest-basic");
  if (!folder) return;
  std::vector<std::filesystem::path> files;
  for (const auto& each : std::filesystem::recursive_directory_iterator(*folder)) {
    if (each.path().extension() == ".svtest") files.push_back(each.path());
  }
  std::ranges::sort(files);
  CHECK(files.size() == 15);
  const auto extensions = with_tests();
  std::size_t passed = 0;
  for (const std::filesystem::path& file : files) {
    INFO(file.filename().string());
    const Compilation made = compile(View(testing::read_whole_file(file)), {}, extensions);
    for (const Diagnostic& each : made.errors) FAIL_CHECK(each.at.line, ":", each.at.column, " ", each.text);
    if (made.program == nullptr) continue;
    Bench at;
    read_envelope(at, kMessage);
    const std::shared_ptr<const Program> programs[] = {made.program};
    const Outcome outcome = evaluate(programs, {kMessage, at.envelope}, at);
    CHECK_FALSE(outcome.error);
    for (const std::string& each : at.failures) FAIL_CHECK(each);
    passed += at.passed;
  }
  CHECK(passed == 79);
}
