// A host of a client session that sends its messages one after the other, then quits, and writes down what it heard.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "posthorn/protocol/smtp/client_session.h"

#include "protocol/smtp/dialogue.h"

namespace posthorn::smtp::testing {

inline ClientOptions clear() { return {.host_name = "c.example", .tls = TlsPolicy::none}; }

inline Outgoing message(std::vector<std::string> to = {"b"}) {
  Outgoing out{.sender = {"a", "c.example"}, .recipients = {}, .octets = 9};
  for (const auto& name : to) out.recipients.push_back({name, "d.example"});
  return out;
}

inline std::string outcome_codes(const std::vector<Reply>& outcomes) {
  std::string out;
  for (const Reply& r : outcomes) out += (out.empty() ? "" : " ") + std::to_string(r.code);
  return out;
}

/// A host of a client session: sends the given messages, one after the other, then quits.
struct Sender {
  ClientSession session;
  std::vector<Outgoing> messages;
  std::string content = "Hi\r\n.dot\r\n";
  std::string heard;
  std::string sent;  // everything
  bool closed = false;
  bool wants_tls = false;
  bool relayed_dsn = false;  // as the last Finished had it

  explicit Sender(ClientOptions options, std::vector<Outgoing> m = {message()})
      : session(std::move(options), {}), messages(std::move(m)) {}

  void say(const std::string& text) { heard += text + "\n"; }
  void go_on() {
    if (messages.empty()) return session.quit();
    session.send(messages.front());
    messages.erase(messages.begin());
  }
  void on(NeedInput&) {}
  void on(Ready&) {
    say("ready");
    go_on();
  }
  void on(StartTls&) {
    say("tls");
    wants_tls = true;
  }
  void on(RecipientResult& e) { say("rcpt " + std::to_string(e.recipient) + " " + std::to_string(e.reply.code)); }
  void on(WantContent&) {
    for (std::size_t i = 0; i < content.size(); i += 5) session.content(View(content).substr(i, 5));
    session.content_end();
  }
  void on(Finished& e) {
    say("finished " + outcome_codes(e.outcomes));
    relayed_dsn = e.dsn;
    go_on();
  }
  void on(Refused& e) {
    say("refused " + std::to_string(static_cast<int>(e.stage)) + " " + std::to_string(e.reply.code));
  }
  void on(Violation& e) { say("violation: " + e.note); }
  void on(Closed&) {
    say("closed");
    closed = true;
  }
  /// What it sends after hearing `octets`.
  std::string hear(View octets, TimePoint now = {}) {
    session.receive(octets);
    for (bool more = !closed; more;) {
      ClientEvent event = session.next(now);
      more = !std::holds_alternative<NeedInput>(event) && !std::holds_alternative<Closed>(event) &&
             !std::holds_alternative<StartTls>(event);
      std::visit([&](auto& e) { on(e); }, event);
    }
    const std::string out = own(session.transmit());
    session.transmitted(out.size());
    sent += out;
    return out;
  }
};

/// Joins a sender and a server session, cutting what the server says into pieces of `cut` octets.
inline void join(Sender& client, ServerSession& server, Host& host, std::size_t cut = 100000) {
  std::string to_server;
  host.pump(server);
  for (int rounds = 0; rounds < 10000; ++rounds) {
    const std::string to_client = host.take();
    if (to_client.empty() && to_server.empty() && rounds > 0) break;
    to_server.clear();
    for (std::size_t i = 0; i < to_client.size(); i += cut) to_server += client.hear(View(to_client).substr(i, cut));
    if (client.wants_tls) {
      client.wants_tls = false;
      host.feed(server, to_server);
      to_server.clear();
      client.session.upgraded({});
      server.upgraded({});
      to_server += client.hear("");
    }
    host.feed(server, to_server);
  }
}

}  // namespace posthorn::smtp::testing
