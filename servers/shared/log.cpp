#include "shared/log.h"

#include <optional>

#include <unistd.h>

namespace posthorn::servers {

namespace {

using journal::Happening;

// What every connection does is not worth a line.
std::optional<View> word_for(Happening what) {
  switch (what) {
    case Happening::connected:
    case Happening::disconnected:
    case Happening::tls_started: return std::nullopt;
    case Happening::login_ok: return "login";
    case Happening::login_failed: return "login refused";
    case Happening::message_accepted: return "message accepted";
    case Happening::message_refused: return "message refused";
    case Happening::recipient_refused: return "recipient refused";
    case Happening::violation: return "protocol violation";
    case Happening::limit_reached: return "limit reached";
    case Happening::store_failed: return "store failed";
    case Happening::defect: return "defect";
  }
  return "event";
}

// A detail of these is about the server; that of others may name people.
bool is_about_server(Happening what) { return what == Happening::store_failed || what == Happening::defect; }

View word_for(io::Notice what) {
  switch (what) {
    case io::Notice::too_many: return "too many connections to one listener";
    case io::Notice::too_many_of_peer: return "too many connections from one source";
    case io::Notice::no_sockets: return "no file descriptors left; accepting pauses";
    case io::Notice::no_handshake: return "TLS handshake failed";
    case io::Notice::no_proxy_header: return "no PROXY header from a proxy";
    case io::Notice::too_slow: return "connection cut: the client does not read";
    case io::Notice::defect: return "connection cut: defect";
  }
  return "event";
}

void add(std::string& line, View name, View value) {
  if (!value.empty()) line.append(" ").append(name).append("=").append(escaped(value));
}

}  // namespace

std::string escaped(View octets, std::size_t most) {
  constexpr View kHex = "0123456789abcdef";
  std::string out;
  for (const char c : octets) {
    if (out.size() + 4 > most) return out + "...";
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7F && c != '\\') {
      out += c;
    } else {
      out.append("\\x").append(1, kHex[octet >> 4U]).append(1, kHex[octet & 15U]);
    }
  }
  return out;
}

void LineLog::say(View sentence) {
  const std::string line = own(sentence) + "\n";
  static_cast<void>(::write(descriptor_, line.data(), line.size()) == 0);  // nobody left to tell
}

void LineLog::happened(const journal::Event& event) {
  const std::optional<View> word = word_for(event.what);
  if (!word) return;
  std::string line = own(event.protocol) + ": " + own(*word);
  if (addresses_) {
    add(line, "account", event.account);
    add(line, "client", event.remote);
  }
  if (addresses_ || is_about_server(event.what)) add(line, "detail", event.detail);
  say(line);
}

void LineLog::noticed(io::Notice what, View peer, View detail) {
  std::string line = "io: " + own(word_for(what));
  if (addresses_) add(line, "client", peer);
  add(line, "detail", detail);
  say(line);
}

}  // namespace posthorn::servers
