#include "service/filtering/home.h"

#include <algorithm>
#include <utility>

#include "posthorn/grammar/char_set.h"
#include "posthorn/grammar/mime/fields.h"
#include "posthorn/grammar/mime/report.h"

#include "protocol/imap/special_use.h"
#include "service/mailbox/names.h"

namespace posthorn::filtering {

Result<const Home::Mailboxes*> Home::mailboxes() {
  if (mailboxes_) return &*mailboxes_;
  Result<std::vector<imap::MailboxInfo>> all = noted(session_->list());
  if (!all) return fail(std::move(all.error()));
  std::erase_if(*all, [](const imap::MailboxInfo& info) { return !info.exists || !info.selectable; });
  Mailboxes& known = mailboxes_.emplace();
  known.all = std::move(*all);
  for (const imap::MailboxInfo& info : known.all) known.by_name.emplace(info.name, &info);
  return &known;
}

Result<const Home::NamesById*> Home::names_by_id() {
  if (names_by_id_) return &*names_by_id_;
  const auto known = mailboxes();
  if (!known) return fail(known.error());
  NamesById names;
  for (const imap::MailboxInfo& info : (*known)->all) {
    Result<imap::MailboxStatus> status = noted(session_->status(info.name));
    if (!status && status.error().code != Code::not_found) return fail(std::move(status.error()));
    if (status) names.emplace(std::move(status->mailbox_id), info.name);
  }
  return &names_by_id_.emplace(std::move(names));
}

Result<const Home::Entries*> Home::annotations(const std::string& mailbox) {
  if (const auto known = annotations_.find(mailbox); known != annotations_.end()) return &known->second;
  Result<Entries> entries = noted(session_->metadata(mailbox));
  if (!entries && entries.error().code != Code::not_found) return fail(std::move(entries.error()));
  return &annotations_.emplace(mailbox, entries ? std::move(*entries) : Entries()).first->second;
}

Result<bool> Home::has_mailbox(View name) {
  return map(mailboxes(),
             [&](const Mailboxes* known) { return known->by_name.contains(mailbox::canonical_name(name)); });
}

Result<std::optional<std::string>> Home::mailbox_with_id(View id) {
  return map(names_by_id(), [&](const NamesById* names) {
    const auto found = names->find(id);
    return found == names->end() ? std::nullopt : std::optional(found->second);
  });
}

Result<std::optional<std::string>> Home::mailbox_with_use(View use) {
  const imap::SpecialUse wanted = imap::special_use(use.starts_with('\\') ? use.substr(1) : use);
  return map(mailboxes(), [&](const Mailboxes* known) -> std::optional<std::string> {
    const auto found = std::ranges::find(known->all, wanted, &imap::MailboxInfo::use);
    if (wanted == imap::SpecialUse::none || found == known->all.end()) return std::nullopt;
    return found->name;
  });
}

Result<bool> Home::has_use(View name, View use) {
  return map(mailboxes(), [&](const Mailboxes* known) {
    const auto found = known->by_name.find(mailbox::canonical_name(name));
    return found != known->by_name.end() && same_word(imap::word_of(found->second->use), use) && !use.empty();
  });
}

Result<std::optional<std::string>> Home::annotation(std::optional<View> mailbox, View entry) {
  return map(annotations(mailbox ? mailbox::canonical_name(*mailbox) : std::string()),
             [&](const Entries* entries) -> std::optional<std::string> {
               for (const imap::MetadataEntry& known : *entries) {
                 if (same_word(known.name, entry)) return known.value;
               }
               return std::nullopt;
             });
}

// RFC 5183 section 4.1.
const Home::Client& Home::client() {
  if (client_) return *client_;
  const auto hops = mime::Fields(mime::header_of(arrival_.message.substr(arrival_.front))).received();
  client_.emplace();
  if (!hops.empty()) client_ = {own(hops.front().from.name), own(hops.front().from.address)};
  return *client_;
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
