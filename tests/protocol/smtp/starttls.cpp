// The hostile servers of the NO STARTTLS study (shared data starttls/, SMTP): whatever such a server says, nothing
// secret and no mail goes out in the clear, and nothing that came in the clear counts after the handshake.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "protocol/smtp/sender.h"
#include "shared_data.h"

using namespace posthorn;
using namespace posthorn::smtp;
using smtp::testing::message;
using smtp::testing::Sender;

namespace {

/// A behaviour: a file in Rusty Object Notation, of which the few things that matter here are found by their names.
class Behaviour {
 public:
  explicit Behaviour(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      if (!View(line).substr(std::min(line.find_first_not_of(" \t"), line.size())).starts_with("//"))
        text_ += line + "\n";
      at = end + 1;
    }
  }

  /// The text behind `key:`, or `otherwise`.
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise) const {
    const std::size_t at = text_.find(key + ": \"");
    if (at == std::string::npos) return otherwise;
    const std::size_t from = at + key.size() + 3;
    std::string out = text_.substr(from, text_.find('"', from) - from);
    for (std::size_t i = out.find("\\r\\n"); i != std::string::npos; i = out.find("\\r\\n")) out.replace(i, 4, "\r\n");
    return out;
  }
  [[nodiscard]] bool is_true(const std::string& key, bool otherwise) const {
    const std::size_t at = text_.find(key + ": ");
    return at == std::string::npos ? otherwise : text_.compare(at + key.size() + 2, 4, "true") == 0;
  }
  /// What stands in the brackets behind `key:`.
  [[nodiscard]] std::string list(const std::string& key) const {
    const std::size_t at = text_.find(key + ":");
    if (at == std::string::npos) return {};
    const std::size_t from = text_.find('[', at);
    std::size_t depth = 0;
    for (std::size_t i = from; i < text_.size(); ++i) {
      if (text_[i] == '[') ++depth;
      if (text_[i] == ']' && --depth == 0) return text_.substr(from, i - from);
    }
    return {};
  }

 private:
  std::string text_;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), to_lower);
  return text;
}

/// Plays a behaviour against a client.
struct Play {
  const Behaviour& behaviour;
  Sender& client;
  bool tls = false;
  std::string in_clear;  // what the client said without TLS
  std::string in_tls;

  std::string answer_to(const std::string& line) {
    const std::string verb = lower(line.substr(0, line.find(' ')));
    if (behaviour.list("hide_commands").find('"' + verb + '"') != std::string::npos) return "500 unknown\r\n";
    for (const std::string& key : {"\"" + verb + "\"", "\"" + line.substr(0, line.find(' ')) + "\""}) {
      const std::string forced = tls ? "" : behaviour.text(key, "");
      if (!forced.empty()) return forced;
    }
    if (verb == "ehlo") {
      const std::string list = behaviour.list(tls ? "capabilities_tls" : "capabilities");
      std::string reply = "250-example.org\r\n";
      if (list.find("StartTLS") != std::string::npos) reply += "250-STARTTLS\r\n";
      if (list.find("Auth") != std::string::npos) reply += "250-AUTH PLAIN LOGIN\r\n";
      return reply + "250 HELP\r\n";
    }
    if (verb == "starttls") return behaviour.text("stls_response", "220 go\r\n");
    if (verb == "auth") return "235 ok\r\n";
    if (verb == "data") return "354 go\r\n";
    return "250 ok\r\n";
  }

  void run() {
    std::string heard = client.hear(behaviour.text("greeting", "220 example.org\r\n"));
    for (int rounds = 0; rounds < 50 && !heard.empty(); ++rounds) {
      (tls ? in_tls : in_clear) += heard;
      std::string next;
      for (std::size_t at = 0; at < heard.size();) {
        const std::size_t end = std::min(heard.find("\r\n", at), heard.size());
        next += client.hear(answer_to(heard.substr(at, end - at)));
        at = end + 2;
      }
      if (client.wants_tls && !client.closed) {
        client.wants_tls = false;
        tls = true;
        client.session.upgraded({});
        next += client.hear("");
      }
      heard = next;
    }
  }
};

ClientOptions options(TlsPolicy policy) {
  ClientOptions out{.host_name = "c.example", .tls = policy};
  out.login = sasl::ClientOptions{{}, "ann", Secret(View("pw")), nullptr, ""};
  return out;
}

void check_safe(const Behaviour& behaviour, TlsPolicy policy) {
  Sender client(options(policy), {message()});
  Play play{.behaviour = behaviour, .client = client, .in_clear = {}, .in_tls = {}};
  play.run();
  CHECK(play.in_clear.find("AUTH") == std::string::npos);
  CHECK(play.in_clear.find("MAIL") == std::string::npos);
  if (play.tls) CHECK(play.in_tls.starts_with("EHLO "));
  const bool sent = client.heard.find("finished 250") != std::string::npos;
  CHECK(sent == (play.in_tls.find("AUTH") != std::string::npos));
  if (!sent) CHECK(client.closed);
}

}  // namespace

TEST_CASE("servers of the NO STARTTLS study") {
  int played = 0;
  for (const char* folder : {"starttls/testcases/smtp", "starttls/testcases_extra"}) {
    const auto root = posthorn::testing::shared_data(folder);
    if (!root) return;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(*root)) {
      const std::string path = entry.path().string();
      if (entry.path().extension() != ".ron" || path.find("smtp") == std::string::npos) continue;
      CAPTURE(path);
      const Behaviour behaviour(posthorn::testing::read_whole_file(entry.path()));
      if (behaviour.is_true("implicit_tls", false)) continue;
      check_safe(behaviour, TlsPolicy::required);
      check_safe(behaviour, TlsPolicy::opportunistic);
      ++played;
    }
  }
  CHECK(played > 50);
}

TEST_CASE("what follows the answer to STARTTLS in the clear ends the session") {
  // The second step of the study's buffering test, which its file leaves to the operator.
  const Behaviour injected(
      "capabilities: [StartTLS],\ncapabilities_tls: [Auth([Plain])],\n"
      "stls_response: \"220 Ready to start TLS\\r\\n250-example.org\\r\\n250 AUTH LOGIN\\r\\n\",\n");
  Sender client(options(TlsPolicy::required), {message()});
  Play play{.behaviour = injected, .client = client, .in_clear = {}, .in_tls = {}};
  play.run();
  CHECK(client.heard == "violation: octets behind the answer to STARTTLS\nclosed\n");
  CHECK(play.in_clear.find("AUTH") == std::string::npos);
}
