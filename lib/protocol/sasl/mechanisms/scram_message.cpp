#include "protocol/sasl/mechanisms/scram_message.h"

#include <span>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/cursor.h"

namespace posthorn::sasl::mechanism::scram {

namespace {

constexpr std::size_t kMaxNonce = 1024;
constexpr CharSet kComma(",");
// printable = %x21-2B / %x2D-7E: what a nonce is made of
constexpr CharSet kPrintable = chars::kVisible - kComma;
// value-char without the rules of UTF-8, which is checked for the whole message
constexpr CharSet kValue = ~(CharSet::range(0, 0) + kComma);
constexpr CharSet kCbName = chars::kAlnum + CharSet(".-");

// saslname = 1*(value-safe-char / "=2C" / "=3D")
bool name(Cursor& c, std::string& out) {
  View text;
  if (!c.run(kValue, text)) return false;
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
    } else if (text.substr(i, 3) == "=2C") {
      out += ',';
      i += 2;
    } else if (text.substr(i, 3) == "=3D") {
      out += '=';
      i += 2;
    } else {
      return c.fail(Code::syntax, "bad escape in a name");
    }
  }
  return true;
}

// reserved-mext = "m=" 1*(value-char): a promise to fail when it is not understood
bool no_mandatory_extension(Cursor& c) {
  return c.peek() != 'm' || c.fail(Code::unsupported, "mandatory SCRAM extension");
}

bool nonce(Cursor& c, std::string& out) {
  View text;
  if (!c.word("r=") || !c.run(kPrintable, text)) return false;
  if (text.size() > kMaxNonce) return c.fail(Code::too_long, "nonce");
  out = own(text);
  return true;
}

bool base64(Cursor& c, std::string& out) {
  View text;
  if (!c.run(kValue, text)) return false;
  auto octets = codec::base64_decode(text);
  if (!octets) return c.fail(Code::syntax, "bad base64");
  out = std::move(*octets);
  return true;
}

// attr-val = ALPHA "=" value
bool extension(Cursor& c) {
  View letter;
  View value;
  return c.octets(1, letter) && (chars::kAlpha[letter[0]] || c.fail(Code::syntax)) && c.octet('=') &&
         c.run(kValue, value);
}

bool extensions_to_end(Cursor& c) {
  while (c.try_octet(',')) {
    if (!extension(c)) return false;
  }
  return c.end();
}

// gs2-header = gs2-cbind-flag "," [authzid] ","
bool gs2_header(Cursor& c, ClientFirst& out) {
  if (c.try_octet('n')) {
    out.binding = Binding::unsupported;
  } else if (c.try_octet('y')) {
    out.binding = Binding::believed_missing;
  } else {
    View binding;
    if (!(c.octet('p') && c.octet('=') && c.run(kCbName, binding))) return false;
    out.binding = Binding::required;
    out.binding_name = own(binding);
  }
  if (!c.octet(',')) return false;
  if (c.peek() == 'a' && !(c.octet('a') && c.octet('=') && name(c, out.authorize))) return false;
  return c.octet(',');
}

}  // namespace

Result<ClientFirst> parse_client_first(View message) {
  if (!codec::is_utf8(message)) return fail(peer_error(Code::syntax, "SCRAM message is not UTF-8"));
  Cursor c(message);
  ClientFirst out;
  if (gs2_header(c, out)) {
    out.gs2_header = own(message.substr(0, c.offset()));
    out.bare = own(c.rest());
    no_mandatory_extension(c) && c.octet('n') && c.octet('=') && name(c, out.login) && c.octet(',') &&
        nonce(c, out.nonce) && extensions_to_end(c);
  }
  return c.finish(std::move(out));
}

Result<ServerFirst> parse_server_first(View message) {
  Cursor c(message);
  ServerFirst out;
  no_mandatory_extension(c) && nonce(c, out.nonce) && c.octet(',') && c.octet('s') && c.octet('=') &&
      base64(c, out.salt) && c.octet(',') && c.octet('i') && c.octet('=') && c.number(out.iterations) &&
      extensions_to_end(c);
  return c.finish(std::move(out));
}

Result<ClientFinal> parse_client_final(View message) {
  Cursor c(message);
  ClientFinal out;
  if (c.octet('c') && c.octet('=') && base64(c, out.binding) && c.octet(',') && nonce(c, out.nonce)) {
    while (c.ok()) {  // extensions, then the proof, which is last
      const std::uint32_t before = c.offset();
      if (!c.octet(',')) break;
      if (c.peek() == 'p') {
        out.without_proof = own(message.substr(0, before));
        c.octet('p') && c.octet('=') && base64(c, out.proof) && c.end();
        break;
      }
      if (!extension(c)) break;
    }
  }
  return c.finish(std::move(out));
}

Result<std::string> parse_server_final(View message) {
  Cursor c(message);
  std::string signature;
  if (c.try_octet('e')) return fail(peer_error(Code::denied, own(message.substr(0, 80))));
  c.octet('v') && c.octet('=') && base64(c, signature) && extensions_to_end(c);
  return c.finish(std::move(signature));
}

std::string format(const ServerFirst& message) {
  return "r=" + message.nonce + ",s=" + codec::base64_encode(message.salt) + ",i=" + std::to_string(message.iterations);
}

std::string format_name(View name) {
  std::string out;
  for (const char c : name) {
    if (c == '=') {
      out += "=3D";
    } else if (c == ',') {
      out += "=2C";
    } else {
      out += c;
    }
  }
  return out;
}

std::string make_nonce(Random& random, std::size_t count) {
  std::string nonce(count, '\0');
  random.fill(std::as_writable_bytes(std::span(nonce)));
  for (char& c : nonce) {
    // 93 characters: %x21-2B, %x2D-7E
    const int place = static_cast<unsigned char>(c) % 93;
    c = static_cast<char>(place < ',' - '!' ? '!' + place : '!' + place + 1);
  }
  return nonce;
}

std::string exclusive_or(View octets, View mask) {
  std::string out(octets);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ mask[i]);
  return out;
}

}  // namespace posthorn::sasl::mechanism::scram
