#include "posthorn/protocol/arc/sealer.h"

#include <algorithm>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/char_set.h"
#include "protocol/arc/chain.h"
#include "protocol/dkim/folded_field.h"

namespace posthorn::arc {

namespace {

constexpr auto kRelaxed = dkim::Canonicalization::relaxed;
constexpr std::size_t kEd25519Octets = 64;

bool may_be_signed(View name) {
  constexpr CharSet kName = chars::kVisible - CharSet(":;");
  if (name.empty() || !std::ranges::all_of(name, [&](char c) { return kName[c]; })) return false;
  const auto is = [&](View other) { return same_word(name, other); };
  return !is("Authentication-Results") && !is(kResultsName) && !is(kMessageName) && !is(kSealName);
}

/// A field that signs: b= holds its place until the rest is known. Tags are in alphabetical order.
class SignatureField {
 public:
  SignatureField(View name, const Sealing& sealing) : sealing_(sealing), field_(name, sealing.columns) {
    const bool is_rsa = sealing.key.scheme() == crypto::SignatureScheme::rsa_pkcs1_sha256;
    const std::size_t octets = is_rsa ? (sealing.key.public_key().bits() + 7) / 8 : kEd25519Octets;
    field_.tag(is_rsa ? "a=rsa-sha256;" : "a=ed25519-sha256;");
    field_.tag("b=");
    begin_ = field_.text().size();
    field_.letters(codec::base64_encode(std::string(octets, '\0')));
    end_ = field_.text().size();
    field_.put(";");
  }

  dkim::FoldedField& field() { return field_; }
  /// b= with the place that it takes.
  [[nodiscard]] View raw() const { return View(field_.text()).substr(begin_, end_ - begin_); }
  /// The whole field, with the signature of the digest in its place.
  [[nodiscard]] std::string finish(View digest) const {
    const std::string letters = codec::base64_encode(sealing_.key.sign_digest(digest));
    std::string text = field_.text();
    std::size_t next = 0;
    for (std::size_t at = begin_; at < end_ && next < letters.size(); ++at) {
      if (!kFolding[text[at]]) text[at] = letters[next++];
    }
    return text + "\r\n";
  }

 private:
  static constexpr CharSet kFolding = " \t\r\n";
  const Sealing& sealing_;
  dkim::FoldedField field_;
  std::size_t begin_ = 0, end_ = 0;
};

std::string time_tag(WallTime now) { return "t=" + std::to_string(now.time_since_epoch().count()); }

std::unexpected<Error> misuse(View note) { return fail(caller_error(Code::misuse, note)); }

}  // namespace

Result<Sealer> Sealer::make(Sealing sealing) {
  auto domain = dkim::signing_name(sealing.domain);
  auto selector = dkim::signing_name(sealing.selector);
  if (!domain || !selector) return misuse("no domain or no selector: " + sealing.domain + ", " + sealing.selector);
  sealing.domain = std::move(*domain);
  sealing.selector = std::move(*selector);
  for (const std::string& name : sealing.fields) {
    if (!may_be_signed(name)) return misuse("a field that must not be signed: " + name);
  }
  const auto is_from = [](const std::string& name) { return same_word(name, "From"); };
  if (std::ranges::none_of(sealing.fields, is_from)) return misuse("From must be signed");
  return Sealer(std::move(sealing));
}

Sealer::Sealer(Sealing sealing) : sealing_(std::move(sealing)) { bodies_.want(kRelaxed); }

void Sealer::append(View octets) {
  header_.take(octets);
  if (header_.complete()) bodies_.add(octets);
}

std::string Sealer::message_signature(const dkim::SignedHeader& header, View instance, WallTime now) const {
  std::vector<std::string> names;
  for (const std::string& name : sealing_.fields) names.insert(names.end(), header.count(name), name);
  SignatureField signature(own(kMessageName) + ":", sealing_);
  dkim::FoldedField& field = signature.field();
  field.tag("bh=" + codec::base64_encode(bodies_.of(kRelaxed).digest()) + ";");
  field.tag("c=relaxed/relaxed;");
  field.tag("d=" + sealing_.domain + ";");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string piece = names[i] + (i + 1 == names.size() ? ";" : ":");
    if (i == 0) {
      field.tag("h=" + piece);
    } else {
      field.put(piece);
    }
  }
  field.tag(own(instance) + ";");
  field.tag("s=" + sealing_.selector + ";");
  field.tag(time_tag(now));
  std::string text;
  header.append(names, kRelaxed, text);
  dkim::append_signature_field(kRelaxed, field.text(), signature.raw(), text);
  return signature.finish(crypto::sha256(text));
}

Result<std::string> Sealer::finish(Status chain, const auth_results::Field& results, WallTime now) {
  bodies_.finish();
  if (header_.too_long()) return fail(peer_error(Code::too_long, "the header is too long to be sealed"));
  const dkim::SignedHeader header(header_.header());
  if (header.count("From") == 0) return fail(peer_error(Code::syntax, "no From field"));
  const Chain known = read_chain(header);
  if (known.failed || known.highest >= kMaxSets) return std::string();
  const std::string instance = "i=" + std::to_string(known.highest + 1);
  if (known.highest == 0) chain = Status::none;
  if (known.highest > 0 && (chain == Status::none || !known.why.empty())) chain = Status::fail;
  const std::string results_field = auth_results::format(results, own(kResultsName) + ": " + instance + ";");
  const std::string message_field = message_signature(header, instance, now);
  SignatureField seal(own(kSealName) + ":", sealing_);
  seal.field().tag("cv=" + own(word_of(chain)) + ";");
  seal.field().tag("d=" + sealing_.domain + ";");
  seal.field().tag(instance + ";");
  seal.field().tag("s=" + sealing_.selector + ";");
  seal.field().tag(time_tag(now));
  SealedText text;
  if (chain == Status::pass) {
    for (const Set& set : known.sets) {
      (void)text.add(set.results_field, set.message_field, set.seal_field, set.seal.raw);
    }
  }  // else the new set alone (RFC 8617 section 5.1.2)
  const std::string digest = text.add(results_field, message_field, seal.field().text(), seal.raw());
  return seal.finish(digest) + message_field + results_field;
}

}  // namespace posthorn::arc
