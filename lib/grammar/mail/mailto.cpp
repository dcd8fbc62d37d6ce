#include "posthorn/grammar/mail/mailto.h"

#include <algorithm>
#include <string>

#include "posthorn/bytes/codec/hex.h"

namespace posthorn::mail {

namespace {
constexpr View kScheme = "mailto:";
}

Result<Mailbox> parse_mailto(View uri) {
  if (!same_word(uri.substr(0, kScheme.size()), kScheme)) return fail(peer_error(Code::syntax, "no mailto URI"));
  const View path = uri.substr(kScheme.size(), std::min(uri.find('?'), uri.size()) - kScheme.size());
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      text.push_back(path[i]);
      continue;
    }
    const auto octet = codec::hex_decode(path.substr(i + 1, 2));
    if (!octet || octet->size() != 1) return fail(peer_error(Code::syntax, "a wrong escape in a mailto URI"));
    text += *octet;
    i += 2;
  }
  return parse_mailbox(text, false);
}

}  // namespace posthorn::mail
