// A host that answers every event of a server session by simple rules and writes down what it heard.
//
// Rules: recipients whose local part is "unknown" get 550, "later" 451, messages that hold "refuse me" get 554; login
// is PLAIN with any response that is not empty, or CHAT which asks twice. Everything else is accepted.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "posthorn/protocol/smtp/server_session.h"

namespace posthorn::smtp::testing {

struct Host {
  std::string heard;    // events, one a line, chunks of content joined
  std::string sent;     // wire output
  std::string content;  // of the present message
  std::vector<std::string> messages;
  std::vector<bool> accepted;  // recipients of the present transaction
  int asked = 0;
  bool answers_tls = true;
  bool closed = false;

  void say(View text) { heard.append(text).append("\n"); }

  void on(ServerSession& s, NeedInput&) { (void)s; }
  void on(ServerSession& s, Hello& e) {
    say((e.extended ? "hello " : "old hello ") + own(e.domain));
    s.reply(std::move(e.ticket), smtp::say(Said::done));
  }
  void on(ServerSession& s, Mail& e) {
    say("mail " + e.from.text() + (e.params.utf8 ? " utf8" : "") +
        (e.params.size ? " " + std::to_string(*e.params.size) : "") +
        (e.params.body == MailParams::Body::eight_bit ? " 8bit" : "") + wishes(e.params));
    const bool refused = e.from.local_part == "unknown";
    s.reply(std::move(e.ticket), smtp::say(refused ? Said::sender_not_owned : Said::sender_accepted));
  }
  void on(ServerSession& s, Rcpt& e) {
    say("rcpt " + e.to.text() + wishes(e.params));
    const Said what = e.to.local_part == "unknown" ? Said::unknown_recipient
                      : e.to.local_part == "later" ? Said::try_again
                                                   : Said::recipient_accepted;
    s.reply(std::move(e.ticket), smtp::say(what));
  }
  void on(ServerSession&, Body& e) { content += e.chunk; }
  void on(ServerSession& s, BodyEnd& e) {
    say("message " + std::to_string(e.octets) + " for " + std::to_string(s.state().recipients) + ": " + content);
    const bool refused = content.find("refuse me") != std::string::npos;
    if (!refused) messages.push_back(content);
    content.clear();
    s.reply(std::move(e.ticket), smtp::say(refused ? Said::failed : Said::message_stored));
  }
  void on(ServerSession&, Reset&) {
    say("reset");
    content.clear();
  }
  void on(ServerSession& s, Auth& e) {
    say("auth " + own(e.mechanism) + (e.initial ? " with '" + *e.initial + "'" : ""));
    asked = e.mechanism == "PLAIN" ? 1 : 2;
    if (e.mechanism == "PLAIN" && e.initial) return judge(s, e.ticket, *e.initial);
    s.challenge(std::move(e.ticket), e.mechanism == "CHAT" ? "name?" : "");
  }
  void on(ServerSession& s, AuthResponse& e) {
    say("response '" + e.response + "'");
    if (--asked > 0) return s.challenge(std::move(e.ticket), "more?");
    judge(s, e.ticket, e.response);
  }
  void on(ServerSession&, AuthCancelled&) { say("cancelled"); }
  void on(ServerSession& s, Upgrade& e) {
    say("upgrade");
    s.reply(std::move(e.ticket), smtp::say(answers_tls ? Said::ready_for_tls : Said::tls_unavailable));
  }
  void on(ServerSession& s, Etrn& e) {
    say("etrn " + own(e.node));
    const bool refused = e.node == "unknown.example";
    s.reply(std::move(e.ticket), refused ? smtp::say(Said::queue_denied) : smtp::say(Said::queue_counted, "2"));
  }
  void on(ServerSession& s, Xclient& e) {
    const ProxiedClient& c = e.client;
    const auto port = [](const std::optional<std::uint16_t>& p) { return p ? std::to_string(*p) : "-"; };
    say("xclient " + c.name.value_or("-") + " " + (c.address ? c.address->text() : "-") + " " + port(c.port) + " " +
        c.protocol.value_or("-") + " " + c.hello.value_or("-") + " " + c.login.value_or("-") + " " +
        (c.to_address ? c.to_address->text() : "-") + " " + port(c.to_port));
    s.reply(std::move(e.ticket), smtp::say(c.name == "unknown" ? Said::proxy_denied : Said::done));
  }
  void on(ServerSession&, TalkedEarly&) { say("talked early"); }
  void on(ServerSession&, Violation&) { say("violation"); }
  void on(ServerSession&, Closed&) {
    say("closed");
    closed = true;
  }
  static std::string wishes(const MailParams& p) {
    std::string out = p.body == MailParams::Body::binary ? " binary" : "";
    if (p.require_tls) out += " requiretls";
    if (p.ret != Return::unspecified) out += p.ret == Return::full ? " full" : " headers";
    if (!p.envelope_id.empty()) out += " id '" + p.envelope_id + "'";
    if (p.priority) out += " priority " + std::to_string(*p.priority);
    if (p.deliver_by) out += " by " + format_deliver_by(*p.deliver_by);
    if (p.hold) out += " hold " + std::to_string(p.hold->interval.count()) + (p.hold->until ? " until" : "");
    return out;
  }
  static std::string wishes(const RcptParams& p) {
    std::string out = p.notify.given ? " notify " + format_notify(p.notify) : "";
    if (p.original) out += " original " + p.original->type + " '" + p.original->text + "'";
    return out;
  }
  void judge(ServerSession& s, Ticket& ticket, View response) {
    s.reply(std::move(ticket),
            smtp::say(response.empty() || response == "wrong" ? Said::login_failed : Said::logged_in));
  }

  /// Handles events until the session wants input.
  void pump(ServerSession& s, TimePoint now = {}) {
    for (bool more = !closed; more;) {
      Event event = s.next(now);
      std::visit([&](auto& e) { on(s, e); }, event);
      more = !std::holds_alternative<NeedInput>(event) && !closed;
      flush(s);
    }
    flush(s);
  }
  void flush(ServerSession& s) {
    sent += s.transmit();
    s.transmitted(s.transmit().size());
  }
  void feed(ServerSession& s, View octets, TimePoint now = {}) {
    s.receive(octets);
    pump(s, now);
  }
  /// What was sent since the last call.
  std::string take() { return std::exchange(sent, {}); }
};

/// The reply codes of what was sent, one for each last line: "220 250 354".
inline std::string codes(View sent) {
  std::string out;
  while (!sent.empty()) {
    const View line = sent.substr(0, sent.find("\r\n"));
    if (line.size() > 3 && line[3] == ' ') out.append(out.empty() ? "" : " ").append(line.substr(0, 3));
    sent.remove_prefix(std::min(sent.size(), line.size() + 2));
  }
  return out;
}

}  // namespace posthorn::smtp::testing
