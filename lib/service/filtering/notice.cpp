#include "service/filtering/notice.h"

#include <algorithm>
#include <array>

#include "posthorn/bytes/codec/utf8.h"
#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/grammar/mime/compose.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/thread.h"

#include "service/filtering/answer.h"

namespace posthorn::filtering {

namespace {

constexpr View kScheme = "mailto:";

int digit(char c) {
  if (chars::kDigit[c]) return c - '0';
  return chars::kHex[c] ? to_lower(c) - 'a' + 10 : -1;
}

std::string percent_decoded(View text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out.push_back(escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i]);
    if (escape) i += 2;
  }
  return out;
}

/// Calls `each` for what stands between the separators.
template <class Each>
void split(View text, char separator, Each each) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool add_recipients(View encoded, std::vector<std::string>& to) {
  bool good = true;
  split(encoded, ',', [&](View one) {
    const auto mailbox = mail::parse_mailbox(percent_decoded(one), false);
    if (mailbox) to.push_back(mailbox->text());
    good = good && mailbox;
  });
  return good;
}

}  // namespace

std::optional<MailMethod> parse_method(View uri) {
  if (uri.size() < kScheme.size() || !same_word(uri.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  const std::size_t question = std::min(uri.find('?'), uri.size());
  MailMethod method;
  bool good = add_recipients(uri.substr(0, question), method.to);
  split(uri.substr(std::min(question + 1, uri.size())), '&', [&](View field) {
    const std::size_t equals = std::min(field.find('='), field.size());
    const std::string name = percent_decoded(field.substr(0, equals));
    const View value = field.substr(std::min(equals + 1, field.size()));
    if (same_word(name, "to")) good = good && add_recipients(value, method.to);
    if (same_word(name, "subject")) method.subject = percent_decoded(value);
    if (same_word(name, "body")) method.body = percent_decoded(value);
  });
  if (!good || method.to.empty() || !codec::is_utf8(method.subject) || !codec::is_utf8(method.body))
    return std::nullopt;
  return method;
}

bool may_be_notified(View header) {
  constexpr View kNotified = "auto-notified";
  const std::string automatic = mime::Fields(header).text("Auto-Submitted").value_or(std::string());
  return automatic.size() < kNotified.size() || !same_word(View(automatic).substr(0, kNotified.size()), kNotified);
}

Result<std::string> compose(const Notice& notice, Random& random) {
  constexpr std::array<View, 4> kImportance = {"normal", "high", "normal", "low"};
  const mime::Fields fields(notice.header);
  const std::string subject = fields.text("Subject").value_or(std::string());
  mime::Composition message;
  message.date = notice.now;
  message.from = {address_of(notice.from)};
  for (const std::string& to : notice.method.to) message.to.push_back(address_of(to));
  message.subject = one_line(!notice.wishes.message.empty()   ? notice.wishes.message
                             : !notice.method.subject.empty() ? notice.method.subject
                                                              : subject);
  message.references = references_to(notice.header);
  message.more = {{"Auto-Submitted", "auto-notified; owner-email=\"" + own(notice.owner) + "\""},
                  {"Importance", own(kImportance[notice.wishes.importance % kImportance.size()])}};
  message.text = notice.method.body;
  if (message.text.empty()) {
    message.text = "There is new mail for " + own(notice.owner) +
                   ".\n\nFrom: " + one_line(fields.text("From").value_or(std::string())) +
                   "\nSubject: " + one_line(subject) + "\n";
  }
  return mime::compose(message, random);
}

}  // namespace posthorn::filtering
