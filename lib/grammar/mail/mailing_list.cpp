#include "posthorn/grammar/mail/mailing_list.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "posthorn/grammar/mail/address.h"

#include "grammar/cfws.h"

namespace posthorn::mail {

namespace {
/// More URLs of one field are not kept.
constexpr std::size_t kMaxUrls = 1000;

std::string without_white(View text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (!kFoldingWhite[c]) out += c;
  }
  return out;
}

/// The word at the front, after comments and white space, up to a ";", a comment or white space.
View front_word(View raw) {
  constexpr CharSet kEnd = kFoldingWhite + CharSet("(;");
  const View text = raw.substr(skip_cfws(raw, 0));
  const auto* const end = std::ranges::find_if(text, [&](char c) { return kEnd[c]; });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}
}  // namespace

namespace {
/// Where the last "<" stands that is neither quoted nor in a comment.
std::size_t last_angle(View raw) {
  std::size_t found = View::npos;
  bool quoted = false;
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const char c = raw[at];
    if (c == '\\') {
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '(' && !quoted) {
      at = comment_end(raw, at) - 1;
    } else if (c == '<' && !quoted) {
      found = at;
    }
  }
  return found;
}
}  // namespace

std::optional<ListId> parse_list_id(View raw) {
  if (const std::size_t angle = last_angle(raw); angle != View::npos) {
    const View id = raw.substr(angle + 1, raw.find('>', angle) - angle - 1);
    const View phrase = trimmed(raw.substr(0, angle));
    ListId out{own(phrase), without_white(id)};
    // Commas and their kin are in no phrase (RFC 2919 section 3), but in names of lists: then it is kept as it stands.
    const auto named = address_list(own(phrase) + " <id>");
    if (named.size() == 1 && named.front().local_part == "id") out.phrase = named.front().name;
    return out.id.empty() ? std::nullopt : std::optional(std::move(out));
  }
  // The grammar is that of one address with a display name, whose address has no "@".
  for (Address& a : address_list(raw)) {
    if (a.kind != Address::Kind::mailbox) continue;
    if (!a.domain.empty()) a.local_part.append("@").append(a.domain);  // "<list@example.org>", seen in the field
    return ListId{std::move(a.name), std::move(a.local_part)};
  }
  return std::nullopt;
}

std::vector<std::string> list_urls(View raw) {
  std::vector<std::string> out;
  for (std::size_t at = skip_cfws(raw, 0); at < raw.size() && out.size() < kMaxUrls; at = skip_cfws(raw, at + 1)) {
    if (raw[at] != '<') continue;
    const std::size_t end = raw.find('>', at);
    if (end == View::npos) break;
    if (std::string url = without_white(raw.substr(at + 1, end - at - 1)); !url.empty()) out.push_back(std::move(url));
    at = end;
  }
  return out;
}

std::optional<std::string> one_click_url(View unsubscribe, View post) {
  if (!same_word(front_word(post), "List-Unsubscribe=One-Click")) return std::nullopt;
  constexpr View kScheme = "https:";
  for (std::string& url : list_urls(unsubscribe)) {
    if (same_word(View(url).substr(0, kScheme.size()), kScheme)) return std::move(url);
  }
  return std::nullopt;
}

bool is_auto_submitted(View raw) {
  const View word = front_word(raw);
  return !word.empty() && !same_word(word, "no");
}

}  // namespace posthorn::mail
