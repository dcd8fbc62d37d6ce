// URLs of CATENATE: what is read is a mailbox name in UTF-8, a uid and a section that can be written again.
#include <string_view>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/codec/utf8.h"

#include "check.h"
#include "fuzz.h"
#include "protocol/imap/url.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  const auto url = imap::parse_url(input);
  if (!url) {
    fuzzing::check(url.error().blame == Blame::peer, "a bad URL is the peer's");
    return;
  }
  fuzzing::check(!url->mailbox.empty() && codec::is_utf8(url->mailbox), "a mailbox has a name");
  fuzzing::check(url->mailbox.find('\0') == View::npos, "no NUL in a name");
  fuzzing::check(url->uid.value() > 0, "a uid is not 0");
  fuzzing::check(!url->count || *url->count > 0, "a part is not empty");
  Buffer buffer;
  imap::Responder responder(buffer, 1U << 20U);
  imap::write_section(responder, url->section);
  Cursor c(buffer.view());
  imap::Section again;
  const bool quoted = buffer.view().find('{') != View::npos;
  fuzzing::check(quoted || (imap::section(c, again) && c.at_end()), "a section reads back");
}
