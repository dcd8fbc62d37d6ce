#include "posthorn/grammar/mail/srs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/bytes/crypto/hash.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/domain.h"

namespace posthorn::mail {

namespace {

constexpr View kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";  // RFC 4648 section 6
constexpr CharSet kSeparators("=+-");
constexpr std::size_t kTag = 4;  // "SRS0"
constexpr int kStamps = 1024;    // two digits of base32
constexpr View kFirst = "SRS0";
constexpr View kNext = "SRS1";

std::string lower(View text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

bool is_tagged(View local_part, View tag) {
  return local_part.size() > kTag && same_word(local_part.substr(0, kTag), tag) && kSeparators[local_part[kTag]];
}

int stamp_of(std::chrono::sys_days day) {
  const auto count = day.time_since_epoch().count() % kStamps;
  return static_cast<int>(count < 0 ? count + kStamps : count);
}

std::string format_stamp(int stamp) {
  return {kDigits[static_cast<std::size_t>(stamp) / 32], kDigits[static_cast<std::size_t>(stamp) % 32]};
}

std::optional<int> parse_stamp(View text) {
  if (text.size() != 2) return std::nullopt;
  int stamp = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(to_upper(c));
    if (digit == View::npos) return std::nullopt;
    stamp = stamp * 32 + static_cast<int>(digit);
  }
  return stamp;
}

/// Takes what stands before the next "=".
std::optional<View> take(View& rest) {
  const std::size_t end = rest.find('=');
  if (end == View::npos) return std::nullopt;
  const View part = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return part;
}

/// What both hashes are over; the tag keeps an SRS0 hash from counting for SRS1.
std::string signed_text(View tag, View first, View second, View third = {}) {
  std::string text(tag);
  for (const View part : {first, second, third}) text.append("=").append(part);
  return lower(text);
}

Error malformed() { return peer_error(Code::syntax, "rewritten address"); }

/// The parts of SRS1 behind the hash: the first host and what follows "SRS0" there.
struct NextHop {
  View host;
  View rest;
};
std::optional<NextHop> parse_next(View rest) {
  const auto host = take(rest);
  if (!host || host->empty() || rest.size() < 2 || !kSeparators[rest.front()]) return std::nullopt;
  return NextHop{*host, rest};
}

Result<Mailbox> fitting(Mailbox address) {
  const std::size_t whole = address.text().size();
  const bool fits = whole - address.domain.size() - 1 <= kMaxLocalPart && whole + 2 <= kMaxPath;
  if (!fits) return fail(peer_error(Code::too_long, "rewritten address"));
  return address;
}

}  // namespace

bool is_srs(const Mailbox& address) {
  return is_tagged(address.local_part, kFirst) || is_tagged(address.local_part, kNext);
}

Result<SrsRewriter> SrsRewriter::make(SrsOptions options) {
  const bool unsafe = options.secrets.empty() || std::ranges::any_of(options.secrets, &Secret::empty);
  if (unsafe) return fail(caller_error(Code::misuse, "SRS without a secret"));
  const bool known = kSeparators[options.separator] && options.hash_length >= kMinSrsHash &&
                     options.hash_length <= kMaxSrsHash && options.valid_for.count() >= 0 &&
                     options.valid_for <= kMaxSrsAge;
  if (!known) return fail(caller_error(Code::misuse, "SRS options out of range"));
  auto host = ascii_domain(options.host);
  if (!host) return fail(host.error());
  options.host = std::move(*host);
  return SrsRewriter(std::move(options));
}

std::string SrsRewriter::hash(const Secret& secret, View text) const {
  return codec::base64_encode(crypto::hmac_sha256(secret.reveal(), text)).substr(0, options_.hash_length);
}

bool SrsRewriter::is_ours(View hash, View text) const {
  bool known = false;  // all are tried, so that the time does not tell which one it was
  for (const Secret& secret : options_.secrets) {
    known = equal_in_constant_time(lower(hash), lower(this->hash(secret, text))) || known;
  }
  return known;
}

Result<Mailbox> SrsRewriter::forward(const Mailbox& sender, std::chrono::sys_days today) const {
  if (sender.is_null()) return sender;
  if (sender.domain.starts_with('[')) return fail(peer_error(Code::unsupported, "address literal"));
  const auto domain = ascii_domain(sender.domain);
  if (!domain) return fail(domain.error());
  if (*domain == options_.host) return sender;
  const View local(sender.local_part);
  const std::string separator(1, options_.separator);
  const Secret& secret = options_.secrets.front();
  std::optional<NextHop> next;
  if (is_tagged(local, kFirst) && local.size() > kTag + 1) next = NextHop{*domain, local.substr(kTag)};
  if (is_tagged(local, kNext)) {
    View rest = local.substr(kTag + 1);
    if (take(rest)) next = parse_next(rest);
  }
  if (next) {
    const std::string signature = hash(secret, signed_text(kNext, next->host, next->rest));
    return fitting({own(kNext) + separator + signature + "=" + own(next->host) + "=" + own(next->rest), options_.host});
  }
  const std::string stamp = format_stamp(stamp_of(today));
  const std::string signature = hash(secret, signed_text(kFirst, stamp, *domain, local));
  return fitting(
      {own(kFirst) + separator + signature + "=" + stamp + "=" + *domain + "=" + sender.local_part, options_.host});
}

Result<Mailbox> SrsRewriter::reverse(const Mailbox& recipient, std::chrono::sys_days today) const {
  const auto domain = ascii_domain(recipient.domain);
  if (!domain || *domain != options_.host || !is_srs(recipient)) return fail(peer_error(Code::not_found, "no SRS"));
  const View local(recipient.local_part);
  const View rest = local.substr(kTag + 1);
  return is_tagged(local, kFirst) ? reverse_first(rest, today) : reverse_next(rest);
}

Result<Mailbox> SrsRewriter::reverse_first(View rest, std::chrono::sys_days today) const {
  const auto signature = take(rest);
  const auto stamp = take(rest);
  const auto domain = take(rest);
  if (!signature || !stamp || !domain || domain->empty() || rest.empty()) return fail(malformed());
  if (!is_ours(*signature, signed_text(kFirst, *stamp, *domain, rest)))
    return fail(peer_error(Code::denied, "SRS hash"));
  const auto made = parse_stamp(*stamp);
  if (!made) return fail(malformed());
  const int age = (stamp_of(today) - *made + kStamps) % kStamps;
  // A day ahead: the clock of another host that has the same secrets.
  if (age > options_.valid_for.count() && age != kStamps - 1) return fail(peer_error(Code::timed_out, "SRS address"));
  return Mailbox{own(rest), own(*domain)};
}

// The stamp inside is the business of the host that made it.
Result<Mailbox> SrsRewriter::reverse_next(View rest) const {
  const auto signature = take(rest);
  if (!signature) return fail(malformed());
  const auto next = parse_next(rest);
  if (!next) return fail(malformed());
  if (!is_ours(*signature, signed_text(kNext, next->host, next->rest)))
    return fail(peer_error(Code::denied, "SRS hash"));
  return Mailbox{own(kFirst) + own(next->rest), own(next->host)};
}

}  // namespace posthorn::mail
