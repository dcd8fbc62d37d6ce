#include "service/filtering/automatic.h"

#include <algorithm>
#include <array>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mail/mailing_list.h"
#include "posthorn/grammar/mime/fields.h"

namespace posthorn::filtering {

namespace {

constexpr std::array<View, 5> kMachines = {"mailer-daemon", "listserv", "majordomo", "noreply", "no-reply"};
constexpr std::array<View, 2> kMachinesBegin = {"owner-", "bounces+"};
constexpr std::array<View, 4> kMachinesEnd = {"-request", "-owner", "-bounces", "-relay"};
constexpr std::array<View, 8> kListFields = {"List-Id",   "List-Help",  "List-Subscribe", "List-Unsubscribe",
                                             "List-Post", "List-Owner", "List-Archive",   "Mailing-List"};
constexpr std::array<View, 3> kBulk = {"bulk", "list", "junk"};
constexpr std::array<View, 6> kRecipients = {"To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc"};

std::string lower(View text) {
  std::string folded = own(text);
  std::ranges::transform(folded, folded.begin(), to_lower);
  return folded;
}

bool is_machine(View sender) {
  const std::string local = lower(sender.substr(0, std::min(sender.rfind('@'), sender.size())));
  return std::ranges::find(kMachines, local) != kMachines.end() ||
         std::ranges::any_of(kMachinesBegin, [&](View begin) { return local.starts_with(begin); }) ||
         std::ranges::any_of(kMachinesEnd, [&](View end) { return local.ends_with(end); });
}

/// Whether a field is there and its text, up to a comment or a parameter, is one of the words.
template <std::size_t N>
bool says(const mime::Fields& fields, View name, const std::array<View, N>& words) {
  const std::optional<std::string> text = fields.text(name);
  if (!text) return false;
  const View word = View(*text).substr(0, std::min(text->find_first_of(" ;("), text->size()));
  return std::ranges::any_of(words, [&](View known) { return same_word(known, word); });
}

bool is_spam(const mime::Fields& fields) {
  return says(fields, "X-Spam-Flag", std::array<View, 1>{"yes"}) ||
         says(fields, "X-Spam", std::array<View, 1>{"yes"}) ||
         says(fields, "X-DSPAM-Result", std::array<View, 1>{"spam"});
}

/// Microsoft's field, which others write too: what the sender does not want to get.
bool suppresses(const mime::Fields& fields) {
  const std::string text = lower(fields.text("X-Auto-Response-Suppress").value_or(std::string()));
  return text.contains("oof") || text.contains("all") || text.contains("autoreply");
}

}  // namespace

bool may_be_answered(View header, View sender) {
  if (sender.empty() || is_machine(sender)) return false;
  const mime::Fields fields(header);
  if (const auto automatic = fields.raw("Auto-Submitted"); automatic && mail::is_auto_submitted(*automatic))
    return false;
  if (std::ranges::any_of(kListFields, [&](View name) { return fields.raw(name).has_value(); })) return false;
  return !says(fields, "Precedence", kBulk) && !is_spam(fields) && !suppresses(fields);
}

bool is_written_to(View header, std::span<const std::string> addresses) {
  const mime::Fields fields(header);
  for (const View name : kRecipients) {
    for (const mail::Address& address : fields.addresses(name)) {
      const std::string text = mail::Mailbox{address.local_part, address.domain}.text();
      if (std::ranges::any_of(addresses, [&](const std::string& known) { return same_word(known, text); })) return true;
    }
  }
  return false;
}

}  // namespace posthorn::filtering
