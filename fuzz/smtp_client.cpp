// The SMTP and LMTP client session against a server that says anything.
//
// input = octet (bits: LMTP, TLS policy, login), octet (where to cut), then what the server sends. Properties: the same
// for every cut; every recipient has exactly one outcome; octets behind the answer to STARTTLS are never used; what the
// client writes has no bare line end; every run ends.
#include <string>
#include <utility>
#include <variant>

#include "posthorn/grammar/frame/text.h"
#include "posthorn/protocol/smtp/client_session.h"
#include "posthorn/testing/fakes.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;
using fuzzing::check;

struct Host {
  std::string log;
  int transactions = 0;
  int finished = 0;
  bool closed = false;

  void send(smtp::ClientSession& s) {
    if (transactions == 3) return s.quit();
    ++transactions;
    smtp::Outgoing message{
        .sender = {"a", "b.example"}, .recipients = {{"c", "d.example"}, {"e", "d.example"}}, .octets = 9};
    if (transactions == 2) {  // the second one asks for all that a server may have or not
      message.ret = smtp::Return::headers;
      message.envelope_id = "x y";
      message.wishes = {
          {.notify = {.success = true, .given = true}, .original = mail::TypedText{"utf-8", "\xC3\xA4@d.example"}}};
      message.priority = smtp::Priority(1);
      message.deliver_by = smtp::DeliverBy{.seconds = 5};
    }
    message.verify_only = transactions == 3;
    s.send(std::move(message));
  }
  void on(smtp::ClientSession& s, smtp::Ready&) { send(s); }
  void on(smtp::ClientSession& s, smtp::StartTls&) {
    log += "T";
    s.upgraded({});
  }
  void on(smtp::ClientSession&, smtp::RecipientResult& e) {
    check(e.recipient < 2, "a recipient that was named");
    log += "r" + std::to_string(e.reply.code);
  }
  void on(smtp::ClientSession& s, smtp::WantContent&) {
    s.content("a\n.\r");
    s.content(".\r\nb");
    s.content_end();
  }
  void on(smtp::ClientSession& s, smtp::Finished& e) {
    check(e.outcomes.size() == 2, "one outcome for each recipient");
    for (const auto& outcome : e.outcomes) log += "f" + std::to_string(outcome.code);
    log += e.dsn ? "d" : "";
    ++finished;
    send(s);
  }
  void on(smtp::ClientSession&, smtp::Refused& e) { log += "X" + std::to_string(e.reply.code); }
  void on(smtp::ClientSession&, Violation& e) { log += "V" + e.note; }
  void on(smtp::ClientSession&, Closed&) { closed = true; }
  void on(smtp::ClientSession&, NeedInput&) {}
};

std::string run(unsigned char choice, View first, View second) {
  testing::SeededRandom random(1);
  smtp::ClientOptions options;
  options.lmtp = (choice & 1U) != 0;
  options.tls = static_cast<smtp::TlsPolicy>((choice >> 1U) % 3);
  options.clear_login = (choice & 8U) != 0;
  if ((choice & 16U) != 0) options.login = sasl::ClientOptions{{}, "ann", Secret(View("pw")), &random, ""};
  options.limits.reply_line = 128;
  options.limits.reply_lines = 16;
  smtp::ClientSession session(options, {});
  Host host;
  std::size_t steps = 0;
  bool last = false;
  for (const View piece : {first, second, View()}) {
    if (last) break;
    session.receive(piece);
    if (piece.data() == nullptr) session.receive_end();
    for (bool more = !host.closed; more;) {
      smtp::ClientEvent event = session.next({});
      std::visit([&](auto& e) { host.on(session, e); }, event);
      more = !std::holds_alternative<NeedInput>(event) && !host.closed;
      check(++steps < 100'000, "every run ends");
    }
  }
  session.receive_end();
  for (; !host.closed; check(++steps < 200'000, "the end of input ends the session")) {
    smtp::ClientEvent event = session.next({});
    std::visit([&](auto& e) { host.on(session, e); }, event);
  }
  check(host.transactions == host.finished, "every transaction has its outcomes");
  frame::TextScanner scanner;
  scanner.scan(session.transmit());
  check(scanner.finish(), "no bare line end is sent");
  return host.log + "\n" + own(session.transmit());
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.size() < 2 || input.size() > 16384) return;
  const auto choice = static_cast<unsigned char>(input[0]);
  const View octets = input.substr(2);
  // STARTTLS depends on what is read ahead: there only whole inputs are compared with themselves.
  const bool may_upgrade = (choice >> 1U) % 3 != 0;
  const std::size_t cut =
      octets.empty() || may_upgrade ? 0 : static_cast<unsigned char>(input[1]) * octets.size() / 256;
  check(run(choice, octets, {}) == run(choice, octets.substr(0, cut), octets.substr(cut)), "any cut gives the same");
}
