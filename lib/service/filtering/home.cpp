#include "service/filtering/home.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"

#include "protocol/imap/special_use.h"
#include "service/mailbox/names.h"

namespace posthorn::filtering {

Result<std::vector<imap::MailboxInfo>> Home::mailboxes() {
  if (mailboxes_) return *mailboxes_;
  Result<std::vector<imap::MailboxInfo>> all = noted(session_->list());
  if (!all) return all;
  std::erase_if(*all, [](const imap::MailboxInfo& info) { return !info.exists || !info.selectable; });
  mailboxes_ = *all;
  return all;
}

Result<bool> Home::has_mailbox(View name) {
  return map(mailboxes(), [canonical = mailbox::canonical_name(name)](const auto& all) {
    return std::ranges::find(all, canonical, &imap::MailboxInfo::name) != all.end();
  });
}

Result<std::optional<std::string>> Home::mailbox_with_id(View id) {
  const auto all = mailboxes();
  if (!all) return fail(all.error());
  for (const imap::MailboxInfo& info : *all) {
    const Result<imap::MailboxStatus> status = noted(session_->status(info.name));
    if (!status && status.error().code != Code::not_found) return fail(status.error());
    if (status && status->mailbox_id == id) return info.name;
  }
  return std::nullopt;
}

Result<std::optional<std::string>> Home::mailbox_with_use(View use) {
  const imap::SpecialUse wanted = imap::special_use(use.starts_with('\\') ? use.substr(1) : use);
  return map(mailboxes(), [&](const auto& all) -> std::optional<std::string> {
    const auto found = std::ranges::find(all, wanted, &imap::MailboxInfo::use);
    if (wanted == imap::SpecialUse::none || found == all.end()) return std::nullopt;
    return found->name;
  });
}

Result<bool> Home::has_use(View name, View use) {
  return map(mailboxes(), [&, canonical = mailbox::canonical_name(name)](const auto& all) {
    return std::ranges::any_of(all, [&](const imap::MailboxInfo& info) {
      return info.name == canonical && same_word(imap::word_of(info.use), use) && !use.empty();
    });
  });
}

Result<std::optional<std::string>> Home::annotation(std::optional<View> mailbox, View entry) {
  const auto all = noted(session_->metadata(mailbox ? mailbox::canonical_name(*mailbox) : std::string()));
  if (!all && all.error().code == Code::not_found) return std::nullopt;
  if (!all) return fail(all.error());
  for (const imap::MetadataEntry& known : *all) {
    if (same_word(known.name, entry)) return known.value;
  }
  return std::nullopt;
}

Result<bool> Home::remembers(View name) { return noted(arrival_.mailboxes.remembers(name)); }

Result<bool> Home::is_own(View address, bool alone) {
  const auto resolved = noted(directory_.resolve(address));
  if (!resolved && resolved.error().lasting == Lasting::transient) return fail(resolved.error());
  if (!resolved) return false;
  if (alone && resolved->targets.size() + resolved->remote.size() != 1) return false;
  return std::ranges::any_of(resolved->targets,
                             [this](const auto& target) { return target.account.id == arrival_.account.id; });
}

}  // namespace posthorn::filtering
