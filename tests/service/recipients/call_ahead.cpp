#include "posthorn/service/recipients/call_ahead.h"

#include <map>
#include <string>

#include <doctest/doctest.h>

#include "posthorn/protocol/smtp/server_session.h"
#include "posthorn/testing/wire.h"

using namespace posthorn;
using namespace posthorn::recipients;
using std::chrono::seconds;

namespace {

/// A primary that answers recipients as it is told.
class Primary : public Conversation {
 public:
  explicit Primary(TimePoint now, smtp::ServerOptions options = {}) : session_(std::move(options), now) {}

  std::map<std::string, smtp::Reply> replies;
  std::optional<smtp::Reply> to_mail;
  std::string heard;  // what was asked

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  Wants next(TimePoint now) override {
    for (;;) {
      smtp::Event event = session_.next(now);
      if (std::holds_alternative<NeedInput>(event)) return Wants::input;
      if (auto* upgrade = std::get_if<smtp::Upgrade>(&event)) {
        session_.reply(std::move(upgrade->ticket), say(smtp::Said::ready_for_tls));
        return Wants::upgrade;
      }
      if (std::holds_alternative<Closed>(event)) return Wants::close;
      answer(event);
    }
  }
  void work(TimePoint) override {}
  View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  std::optional<TimePoint> deadline() const override { return std::nullopt; }
  void upgraded(const TlsFacts& facts) override { session_.upgraded(facts); }
  void stop() override {}
  void set_wake(std::function<void()>) override {}

 private:
  void answer(smtp::Event& event) {
    using smtp::Said;
    if (auto* hello = std::get_if<smtp::Hello>(&event)) session_.reply(std::move(hello->ticket), say(Said::hello));
    if (auto* from = std::get_if<smtp::Mail>(&event)) {
      heard += from->from.is_null() ? "<> " : from->from.text() + " ";
      session_.reply(std::move(from->ticket), to_mail.value_or(say(Said::sender_accepted)));
    }
    if (auto* to = std::get_if<smtp::Rcpt>(&event)) {
      heard += to->to.text() + " ";
      const auto set = replies.find(to->to.local_part);
      session_.reply(std::move(to->ticket), set == replies.end() ? say(Said::recipient_accepted) : set->second);
    }
    if (std::holds_alternative<smtp::Body>(event) || std::holds_alternative<smtp::BodyEnd>(event)) heard += "content ";
  }

  smtp::ServerSession session_;
};

CallAheadOptions options_for_test(smtp::TlsPolicy tls = smtp::TlsPolicy::opportunistic) {
  return {.host_name = "mx2.example.net", .remote = "mx.one.example", .tls = tls};
}

struct Run {
  posthorn::testing::FakeClock clock;
  Primary primary;
  CallAhead call;

  explicit Run(View name, smtp::ServerOptions server = {}, smtp::TlsPolicy tls = smtp::TlsPolicy::opportunistic)
      : primary(clock.now(), std::move(server)), call({own(name), "one.example"}, options_for_test(tls), clock.now()) {
    primary.replies = {
        {"unknown", {550, "5.1.1", "no"}}, {"later", {450, "4.2.0", "greylisted"}}, {"full", {552, "5.2.2", "full"}}};
  }
  Answer go(posthorn::testing::WireOptions wire = {}) {
    posthorn::testing::Wire joined(call, primary, clock, wire);
    REQUIRE(joined.run());
    return call.answer();
  }
};

}  // namespace

TEST_CASE("answer: 2yz is known, 55z unknown, and what is about anything else is neither") {
  const auto word = [](std::uint16_t code) { return answer_of({code, "", ""}); };
  CHECK(word(250) == Answer::known);
  CHECK(word(251) == Answer::known);
  for (const std::uint16_t code : {550, 551, 553, 554, 555, 556}) CHECK(word(code) == Answer::unknown);
  for (const std::uint16_t code : {421, 450, 451, 452, 500, 501, 503, 530, 552}) CHECK(word(code) == Answer::later);
}

TEST_CASE("call-ahead: asks with the null sender, sends nothing and says goodbye") {
  for (const std::size_t chunk : {1U, 7U, 100'000U}) {
    Run run("ann");
    CHECK(run.go({.to_server_chunk = chunk, .to_client_chunk = chunk}) == Answer::known);
    CHECK(run.primary.heard == "<> ann@one.example ");
    CHECK(run.call.trouble().empty());
  }
  Run unknown("unknown");
  posthorn::testing::Wire joined(unknown.call, unknown.primary, unknown.clock);
  REQUIRE(joined.run());
  CHECK(unknown.call.answer() == Answer::unknown);
  CHECK(joined.heard_by_server().ends_with("RSET\r\nQUIT\r\n"));
  CHECK(joined.client_closed());
  Run later("later");
  CHECK(later.go() == Answer::later);
  CHECK(later.call.trouble() == "mx.one.example said: 450 greylisted");
  CHECK(Run("full").go() == Answer::later);
}

TEST_CASE("call-ahead: TLS as it is demanded") {
  Run run("ann", {.starttls = true}, smtp::TlsPolicy::required);
  posthorn::testing::Wire joined(run.call, run.primary, run.clock);
  REQUIRE(joined.run());
  CHECK(joined.upgrades() == 1);
  CHECK(run.call.answer() == Answer::known);
  Run clear("ann", {}, smtp::TlsPolicy::required);
  CHECK(clear.go() == Answer::no_answer);
  CHECK(clear.primary.heard.empty());
  CHECK(clear.call.trouble().starts_with("mx.one.example said: 454"));
}

TEST_CASE("call-ahead: a primary that refuses the session or the sender was not asked") {
  Run run("ann");
  run.primary.to_mail = smtp::Reply{550, "5.7.1", "not from there"};
  CHECK(run.go() == Answer::no_answer);
  CHECK(run.call.trouble() == "mx.one.example: not asked: 550 not from there");
}

TEST_CASE("call-ahead: a connection that breaks anywhere says nothing before the answer, and the answer after it") {
  Run whole("unknown");
  posthorn::testing::Wire joined(whole.call, whole.primary, whole.clock);
  REQUIRE(joined.run());
  bool answered = false;
  for (std::uint64_t cut = 1; cut < joined.carried(); ++cut) {
    Run run("unknown");
    const Answer answer = run.go({.cut_after = cut});
    CHECK((answer == Answer::unknown || (!answered && answer == Answer::no_answer)));
    answered = answer == Answer::unknown;
  }
  CHECK(answered);
}

TEST_CASE("call-ahead: patience ends, whatever the primary does") {
  posthorn::testing::FakeClock clock;
  CallAhead call({"ann", "one.example"}, options_for_test(), clock.now());
  CHECK(call.next(clock.now()) == Wants::input);
  CHECK(*call.deadline() == clock.now() + seconds(60));
  clock.advance(seconds(59));
  call.receive("220 mx.one.example\r\n");
  CHECK(call.next(clock.now()) == Wants::input);
  CHECK(call.transmit() == "EHLO mx2.example.net\r\n");
  clock.advance(seconds(1));
  CHECK(call.next(clock.now()) == Wants::close);
  CHECK(call.answer() == Answer::no_answer);
  CHECK(call.trouble() == "mx.one.example does not answer in time");
  CallAhead stopped({"ann", "one.example"}, options_for_test(), clock.now());
  stopped.stop();
  CHECK(stopped.next(clock.now()) == Wants::close);
}

TEST_CASE("call-ahead: a primary that breaks the protocol") {
  posthorn::testing::FakeClock clock;
  CallAhead call({"ann", "one.example"}, options_for_test(), clock.now());
  call.receive("hello\r\n");
  CHECK(call.next(clock.now()) == Wants::close);
  CHECK(call.answer() == Answer::no_answer);
  CHECK(call.trouble().starts_with("mx.one.example broke the protocol: "));
}
