#include "service/oauth/signed_token.h"

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/service/oauth/access_token_judge.h"

#include "service/oauth/algorithms.h"
#include "service/oauth/json.h"

namespace posthorn::oauth {

namespace {

std::unexpected<Error> refused(View note) { return fail(peer_error(Code::denied, note)); }

/// What stands before the next dot; takes both away. Without a dot: everything.
View take_part(View& token) {
  const View part = token.substr(0, token.find('.'));
  token.remove_prefix(std::min(token.size(), part.size() + 1));
  return part;
}

View without_application(View type) {
  constexpr View kPrefix = "application/";
  const bool has_it = same_word(type.substr(0, kPrefix.size()), kPrefix);
  return has_it ? type.substr(kPrefix.size()) : type;
}

/// A text of the header; absent is empty. Nullopt: of another type.
std::optional<View> optional_text(const Json& header, View name) {
  return header.has(name) ? header.text(name) : View();
}

}  // namespace

Result<SignedToken> parse_token(View token) {
  if (token.size() > kMaxTokenOctets) return refused("token: too long");
  View rest = token;
  const View header_part = take_part(rest);
  const View payload_part = take_part(rest);
  SignedToken read;
  read.signed_octets = token.substr(0, token.size() - std::min(token.size(), rest.size() + 1));
  const auto header_text = codec::base64url_decode(header_part);
  auto payload = codec::base64url_decode(payload_part);
  auto signature = codec::base64url_decode(rest);
  if (!header_text || !payload || !signature || signature->empty())
    return refused("token: not three parts of base64url");
  const auto header = Json::parse_object(*header_text);
  if (!header) return refused("token: the header is no object of JSON");
  const Algorithm* algorithm = find_algorithm(header->text("alg").value_or(View()));
  if (algorithm == nullptr) return refused("token: its algorithm is not accepted");
  if (header->has("crit")) return refused("token: it has extensions that must be understood");
  const auto key_id = optional_text(*header, "kid");
  const auto type = optional_text(*header, "typ");
  if (!key_id || !type) return refused("token: kid or typ is no text");
  read.scheme = algorithm->scheme;
  read.key_id = own(*key_id);
  read.type = own(without_application(*type));
  read.payload = std::move(*payload);
  read.signature = std::move(*signature);
  return read;
}

}  // namespace posthorn::oauth
