// A host of pop3::ServerSession over a map in memory, for the tests and the fuzzers of the session.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "posthorn/protocol/pop3/server_session.h"
#include "posthorn/testing/bound.h"

namespace posthorn::testing {

/// Login ann, password "secret pass"; SASL PLAIN with the same; messages that the test gives.
struct MaildropHost {
  std::vector<std::string> messages = {"Subject: one\r\n\r\nfirst\r\n.dot\r\n", "Subject: two\r\n\r\n1\r\n2\r\n3\r\n",
                                       ""};
  std::vector<std::size_t> removed;
  bool store_fails = false;
  std::map<std::size_t, Error> unopened;  ///< what asking for these messages is refused with
  bool loses_tail = false;  ///< the store gives the first chunk only
  bool locked = false;
  std::string seen;  ///< one word for each event but NeedInput and Drain

  [[nodiscard]] pop3::Maildrop maildrop() const {
    std::vector<pop3::Message> list;
    for (std::size_t i = 0; i < messages.size(); ++i)
      list.push_back({messages[i].size(), "17." + std::to_string(i + 1)});
    return pop3::Maildrop(std::move(list));
  }

  Wants answer(pop3::ServerSession& session, pop3::Event& event) {
    return std::visit([&](auto& e) { return on(session, e); }, event);
  }
  Wants on(pop3::ServerSession&, NeedInput&) { return Wants::input; }
  Wants on(pop3::ServerSession&, pop3::Drain&) { return Wants::again; }
  Wants on(pop3::ServerSession& session, pop3::Login& login) {
    seen += "login " + login.user + "\n";
    finish(session, std::move(login.ticket), login.user == "ann" && login.password.reveal() == "secret pass");
    return Wants::again;
  }
  Wants on(pop3::ServerSession& session, pop3::Auth& auth) {
    seen += "auth " + auth.mechanism + "\n";
    if (!auth.initial) {
      session.challenge(std::move(auth.ticket), "");
    } else {
      finish(session, std::move(auth.ticket), *auth.initial == std::string("\0ann\0secret pass", 16));
    }
    return Wants::again;
  }
  Wants on(pop3::ServerSession& session, pop3::AuthResponse& response) {
    seen += "response\n";
    finish(session, std::move(response.ticket), response.response == std::string("\0ann\0secret pass", 16));
    return Wants::again;
  }
  Wants on(pop3::ServerSession&, pop3::AuthCancelled&) {
    seen += "cancelled\n";
    return Wants::again;
  }
  Wants on(pop3::ServerSession& session, pop3::Upgrade& upgrade) {
    seen += "upgrade\n";
    session.done(std::move(upgrade.ticket));
    return Wants::upgrade;
  }
  Wants on(pop3::ServerSession& session, pop3::Fetch& fetch) {
    seen += "fetch " + std::to_string(fetch.index) + "\n";
    if (store_fails) {
      session.refuse(std::move(fetch.ticket), environment_error(Code::unavailable));
    } else if (unopened.contains(fetch.index)) {
      session.refuse(std::move(fetch.ticket), unopened[fetch.index]);
    } else {
      const bool lost = loses_tail && fetch.offset > 0;
      session.content(std::move(fetch.ticket),
                      lost ? "" : View(messages[fetch.index]).substr(fetch.offset, fetch.count));
    }
    return Wants::again;
  }
  Wants on(pop3::ServerSession& session, pop3::Update& update) {
    seen += "update " + std::to_string(update.indices.size()) + "\n";
    if (store_fails) {
      session.refuse(std::move(update.ticket), environment_error(Code::unavailable));
    } else {
      removed = update.indices;
      session.done(std::move(update.ticket));
    }
    return Wants::again;
  }
  Wants on(pop3::ServerSession&, Violation& violation) {
    seen += "violation: " + violation.note + "\n";
    return Wants::again;
  }
  Wants on(pop3::ServerSession&, Closed&) {
    if (!seen.ends_with("closed\n")) seen += "closed\n";
    return Wants::close;
  }

 private:
  void finish(pop3::ServerSession& session, Ticket ticket, bool right) {
    if (!right) {
      session.refuse(std::move(ticket), peer_error(Code::denied));
    } else if (locked) {
      session.refuse(std::move(ticket), environment_error(Code::conflict));
    } else {
      session.open(std::move(ticket), maildrop());
    }
  }
};

/// A session with its host, as a Conversation.
struct Pop3Stage {
  explicit Pop3Stage(pop3::ServerOptions options, TimePoint now) : session(std::move(options), now) {}
  Pop3Stage(const Pop3Stage&) = delete;
  Pop3Stage& operator=(const Pop3Stage&) = delete;
  MaildropHost host;
  pop3::ServerSession session;
  std::function<Wants(pop3::ServerSession&, pop3::Event&, TimePoint)> answer =
      [this](pop3::ServerSession& s, pop3::Event& e, TimePoint) { return host.answer(s, e); };
  Bound<pop3::ServerSession, std::function<Wants(pop3::ServerSession&, pop3::Event&, TimePoint)>> conversation{session,
                                                                                                               answer};
};

[[nodiscard]] inline pop3::ServerOptions open_options() {
  pop3::ServerOptions options;
  options.host_name = "mail.example.org";
  options.clear_login = true;
  options.mechanisms = "PLAIN";
  return options;
}

}  // namespace posthorn::testing
