// A host of managesieve::ServerSession over a map in memory, for the tests and the fuzzers of the session.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "posthorn/protocol/managesieve/server_session.h"
#include "posthorn/testing/bound.h"
#include "posthorn/testing/fake_verifier.h"
#include "posthorn/testing/fakes.h"

namespace posthorn::testing {

/// A script is one unless a line of it begins with "bad"; lines that begin with "odd" are warned of.
class FakeScripts : public managesieve::Scripts {
 public:
  std::map<std::string, std::string, std::less<>> stored;
  std::string active;
  bool fails = false;
  std::size_t most = 3;             ///< scripts
  std::uint64_t longest = 100'000;  ///< octets

  Result<std::vector<managesieve::ListedScript>> list() override {
    if (fails) return fail(environment_error(Code::unavailable));
    std::vector<managesieve::ListedScript> listed;
    for (const auto& [name, octets] : stored) listed.push_back({name, name == active});
    return listed;
  }
  Result<std::string> get(View name) override {
    const auto found = stored.find(name);
    if (found == stored.end()) return fail(peer_error(Code::not_found));
    return found->second;
  }
  Result<managesieve::Verdict> put(View name, View octets) override {
    if (auto room = have_space(name, octets.size()); !room) return fail(room.error());
    managesieve::Verdict verdict = judge(octets);
    if (verdict.errors.empty()) stored[own(name)] = own(octets);
    return verdict;
  }
  Result<managesieve::Verdict> check(View octets) override { return judge(octets); }
  Result<void> remove(View name) override {
    if (!stored.contains(name)) return fail(peer_error(Code::not_found));
    if (name == active) return fail(peer_error(Code::bad_state));
    stored.erase(stored.find(name));
    return {};
  }
  Result<void> rename(View from, View to) override {
    const auto found = stored.find(from);
    if (found == stored.end()) return fail(peer_error(Code::not_found));
    if (stored.contains(to)) return fail(peer_error(Code::exists));
    stored[own(to)] = found->second;
    stored.erase(own(from));
    if (active == from) active = to;
    return {};
  }
  Result<void> activate(View name) override {
    if (!name.empty() && !stored.contains(name)) return fail(peer_error(Code::not_found));
    active = name;
    return {};
  }
  Result<void> have_space(View name, std::uint64_t octets) override {
    if (octets > longest) return fail(peer_error(Code::too_long));
    if (!stored.contains(name) && stored.size() >= most) return fail(peer_error(Code::too_many));
    return {};
  }

 private:
  static managesieve::Verdict judge(View octets) {
    managesieve::Verdict verdict;
    for (std::uint32_t line = 1; !octets.empty(); ++line) {
      const View text = octets.substr(0, octets.find("\r\n"));
      if (text.starts_with("bad")) verdict.errors.push_back({line, 1, "unknown command \"bad\""});
      if (text.starts_with("odd")) verdict.warnings.push_back({line, 0, "odd"});
      octets.remove_prefix(std::min(octets.size(), text.size() + 2));
    }
    return verdict;
  }
};

/// Login ann, password "secret pass", by every mechanism that is offered.
struct ScriptsHost {
  FakeScripts scripts;
  FakeVerifier verifier{{"ann", "secret pass"}};
  SeededRandom random{1};
  std::unique_ptr<sasl::ServerExchange> exchange;
  std::string elsewhere;  ///< where logins are referred to; empty: nowhere
  std::string seen;       ///< one word for each event but NeedInput, Work and Drain

  Wants answer(managesieve::ServerSession& session, managesieve::Event& event) {
    return std::visit([&](auto& e) { return on(session, e); }, event);
  }
  Wants on(managesieve::ServerSession&, NeedInput&) { return Wants::input; }
  Wants on(managesieve::ServerSession&, managesieve::Drain&) { return Wants::again; }
  Wants on(managesieve::ServerSession& session, managesieve::Work&) {
    session.work();
    return Wants::again;
  }
  Wants on(managesieve::ServerSession& session, managesieve::Auth& auth) {
    seen += "auth " + auth.mechanism + "\n";
    exchange = sasl::find_mechanism(auth.mechanism)->serve({.verifier = &verifier, .random = &random});
    std::optional<View> initial;
    if (auth.initial) initial = *auth.initial;
    take(session, std::move(auth.ticket), exchange->step(initial));
    return Wants::again;
  }
  Wants on(managesieve::ServerSession& session, managesieve::AuthResponse& response) {
    seen += "response\n";
    take(session, std::move(response.ticket), exchange->step(View(response.response)));
    return Wants::again;
  }
  Wants on(managesieve::ServerSession&, managesieve::AuthCancelled&) {
    seen += "cancelled\n";
    return Wants::again;
  }
  Wants on(managesieve::ServerSession&, managesieve::Forgotten&) {
    seen += "forgotten\n";
    return Wants::again;
  }
  Wants on(managesieve::ServerSession& session, managesieve::Upgrade& upgrade) {
    seen += "upgrade\n";
    session.done(std::move(upgrade.ticket));
    session.offer("SCRAM-SHA-256 PLAIN");
    return Wants::upgrade;
  }
  Wants on(managesieve::ServerSession&, Violation& violation) {
    seen += "violation: " + violation.note + "\n";
    return Wants::again;
  }
  Wants on(managesieve::ServerSession&, Closed&) {
    if (!seen.ends_with("closed\n")) seen += "closed\n";
    return Wants::close;
  }

 private:
  void take(managesieve::ServerSession& session, Ticket ticket, const sasl::Step& step) {
    if (const auto* challenge = std::get_if<sasl::Challenge>(&step)) {
      session.challenge(std::move(ticket), challenge->octets);
    } else if (const auto* error = std::get_if<Error>(&step)) {
      session.refuse(std::move(ticket), *error);
    } else if (!elsewhere.empty()) {
      session.refer(std::move(ticket), elsewhere);
    } else {
      const auto& success = std::get<sasl::Success>(step);
      session.open(std::move(ticket), success.login, scripts, success.octets);
    }
  }
};

/// A session with its host, as a Conversation.
struct SieveStage {
  explicit SieveStage(managesieve::ServerOptions options, TimePoint now) : session(std::move(options), now) {}
  SieveStage(const SieveStage&) = delete;
  SieveStage& operator=(const SieveStage&) = delete;
  ScriptsHost host;
  managesieve::ServerSession session;
  std::function<Wants(managesieve::ServerSession&, managesieve::Event&, TimePoint)> answer =
      [this](managesieve::ServerSession& s, managesieve::Event& e, TimePoint) { return host.answer(s, e); };
  Bound<managesieve::ServerSession, std::function<Wants(managesieve::ServerSession&, managesieve::Event&, TimePoint)>>
      conversation{session, answer};
};

[[nodiscard]] inline managesieve::ServerOptions open_options() {
  managesieve::ServerOptions options;
  options.host_name = "mail.example.org";
  options.clear_login = true;
  options.mechanisms = "SCRAM-SHA-256 PLAIN";
  options.extensions = "fileinto reject";
  return options;
}

[[nodiscard]] inline managesieve::ServerOptions tls_options() {
  auto options = open_options();
  options.clear_login = false;
  options.starttls = true;
  options.mechanisms.clear();
  return options;
}

}  // namespace posthorn::testing
