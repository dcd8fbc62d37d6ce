// The SMTP and LMTP server session: any octets, cut anywhere, with a host whose answers the input chooses too.
//
// input = octet (bits: LMTP, login needed, answers), octet (where to cut), then what the client sends.
// Properties: the same events and replies for every cut; nothing behind STARTTLS is run; no bare line end in a message
// that is handed out; the state machine never leaves its table; every run ends.
#include <string>
#include <utility>
#include <variant>

#include "posthorn/grammar/frame/text.h"
#include "posthorn/protocol/smtp/server_session.h"

#include "check.h"
#include "fuzz.h"

namespace {

using namespace posthorn;
using fuzzing::check;
using smtp::Said;

/// Answers by a number that the input chose, the same way for each cut.
class Host {
 public:
  explicit Host(unsigned char choice) : choice_(choice) {}

  std::string log;
  bool closed = false;

  void on(smtp::ServerSession& s, smtp::Hello& e) {
    s.reply(std::move(e.ticket), smtp::say(pick(Said::done, Said::denied)));
  }
  void on(smtp::ServerSession& s, smtp::Mail& e) {
    log += "M" + e.from.text() + e.params.envelope_id;
    check(e.params.envelope_id.find_first_of("\r\n") == std::string::npos, "an id is printable");
    if (e.params.deliver_by)
      check(smtp::parse_deliver_by(format_deliver_by(*e.params.deliver_by)) == e.params.deliver_by,
            "BY is read as written");
    if (e.params.hold) check(e.params.hold->interval.count() <= 3600, "the limit of a hold");
    s.reply(std::move(e.ticket), smtp::say(pick(Said::sender_accepted, Said::sender_not_owned)));
  }
  void on(smtp::ServerSession& s, smtp::Rcpt& e) {
    log += "R" + e.to.text() + format_notify(e.params.notify);
    if (e.params.notify.given)
      check(smtp::parse_notify(format_notify(e.params.notify)) == e.params.notify, "NOTIFY is read as written");
    if (e.params.original) log += e.params.original->type + e.params.original->text;
    s.reply(std::move(e.ticket), smtp::say(pick(Said::recipient_accepted, Said::unknown_recipient)));
  }
  void on(smtp::ServerSession& s, smtp::Body& e) {
    check(!e.chunk.empty(), "a piece of content holds something");
    check(s.state().mail && s.state().recipients > 0, "content belongs to a transaction");
    content_ += e.chunk;
  }
  void on(smtp::ServerSession& s, smtp::BodyEnd& e) {
    check(content_.size() == e.octets, "all content was handed out");
    frame::TextScanner scanner;
    scanner.scan(content_);
    check(scanner.finish() || s.state().announced.binary, "no bare line end is handed out as text");
    log += "C" + std::exchange(content_, {});
    s.reply(std::move(e.ticket), smtp::say(pick(Said::message_stored, Said::try_again)));
  }
  void on(smtp::ServerSession&, smtp::Reset&) { content_.clear(); }
  void on(smtp::ServerSession& s, smtp::Auth& e) {
    check(!s.state().login, "one login");
    log += "A";
    s.challenge(std::move(e.ticket), "x");
  }
  void on(smtp::ServerSession& s, smtp::AuthResponse& e) {
    log += "a" + e.response;
    s.reply(std::move(e.ticket), smtp::say(pick(Said::logged_in, Said::login_failed)));
  }
  void on(smtp::ServerSession& s, smtp::Etrn& e) {
    log += "E" + own(e.node);
    s.reply(std::move(e.ticket), smtp::say(pick(Said::queue_started, Said::queue_denied)));
  }
  void on(smtp::ServerSession& s, smtp::Xclient& e) {
    check(!s.state().mail, "no other client within a transaction");
    log += "X" + e.client.login.value_or("-") + (e.client.address ? e.client.address->text() : "");
    s.reply(std::move(e.ticket), smtp::say(pick(Said::done, Said::proxy_denied)));
  }
  void on(smtp::ServerSession& s, smtp::Upgrade& e) { s.reply(std::move(e.ticket), smtp::say(Said::ready_for_tls)); }
  void on(smtp::ServerSession&, Violation&) { log += "V"; }
  void on(smtp::ServerSession&, Closed&) { closed = true; }
  template <class Other>
  void on(smtp::ServerSession&, Other&) {}

 private:
  [[nodiscard]] Said pick(Said well, Said badly) {
    choice_ = static_cast<unsigned char>((choice_ << 1U) | (choice_ >> 7U));
    return (choice_ & 1U) != 0 ? badly : well;
  }
  unsigned char choice_;
  std::string content_;
};

std::string run(unsigned char choice, View first, View second) {
  smtp::Limits limits{.line = 128,
                      .auth_line = 256,
                      .message = 4096,
                      .recipients = 4,
                      .recipient_domains = 3,
                      .errors = 6,
                      .hold = std::chrono::hours(1)};
  const bool require_login = (choice & 2U) != 0;
  smtp::ServerSession session({.lmtp = (choice & 1U) != 0,
                               .starttls = true,
                               .mechanisms = "PLAIN",
                               .clear_login = true,
                               .require_login = require_login,
                               .limits = limits,
                               .offers = {.dsn = true,
                                          .binary = true,
                                          .require_tls = true,
                                          .priority = true,
                                          .deliver_by = true,
                                          .future_release = true,
                                          .etrn = true,
                                          .xclient = true}},
                              {});
  Host host(static_cast<unsigned char>(choice >> 2U));
  std::size_t steps = 0;
  for (const View piece : {first, second}) {
    session.receive(piece);
    for (bool more = !host.closed; more;) {
      const smtp::State before = session.state();
      smtp::Event event = session.next({});
      std::visit([&](auto& e) { host.on(session, e); }, event);
      check(session.state().recipients <= limits.recipients, "the limit of recipients holds");
      check(!session.state().mail || !require_login || session.state().login, "no mail without a login");
      check(before.tls == session.state().tls || !session.state().mail, "TLS begins anew");
      more = !std::holds_alternative<NeedInput>(event) && !host.closed;
      check(++steps < 100'000, "every run ends");
    }
  }
  check(!session.owes(), "everything is answered");
  return host.log + "\n" + own(session.transmit());
}

}  // namespace

void posthorn_fuzz(std::string_view input) {
  if (input.size() < 2 || input.size() > 16384) return;
  const auto choice = static_cast<unsigned char>(input[0]);
  const View octets = input.substr(2);
  const std::size_t cut = octets.empty() ? 0 : static_cast<unsigned char>(input[1]) * octets.size() / 256;
  check(run(choice, octets, {}) == run(choice, octets.substr(0, cut), octets.substr(cut)), "any cut gives the same");
}
