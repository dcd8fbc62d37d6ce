#include "posthorn/service/sharing/public_mailboxes.h"

#include <algorithm>

#include "posthorn/grammar/char_set.h"

#include "service/sharing/identifiers.h"

namespace posthorn::sharing {

namespace {

Result<std::shared_ptr<mailbox::Account>> open_space(const Places& places, View space) {
  directory::Sharing* sharing = places.directory.sharing();
  if (sharing == nullptr) return fail(caller_error(Code::unsupported, "public namespaces"));
  const auto spaces = sharing->publics();
  if (!spaces) return fail(spaces.error());
  const auto found = std::ranges::find_if(*spaces, [&](const auto& s) { return same_word(s.name, space); });
  if (found == spaces->end()) return fail(caller_error(Code::not_found, "public namespace " + own(space)));
  return places.accounts.open(found->id, {found->quota_octets, found->quota_messages});
}

}  // namespace

Result<void> delegate(const Places& places, View space, View mailbox, View identifier, View rights) {
  const auto wanted = imap::parse_rights(rights);
  if (!wanted) return fail(caller_error(Code::syntax, "rights are letters of lrswipkxtea"));
  const auto account = open_space(places, space);
  if (!account) return fail(account.error());
  const auto known = read_identifier(places.directory, identifier);
  if (!known) return fail(known.error());
  if (known->owner) return fail(caller_error(Code::not_found, "a public mailbox has no owner"));
  const auto session = (*account)->session();
  Result<void> made = session->create(mailbox, imap::SpecialUse::none);
  if (!made && made.error().code != Code::exists) return made;
  return session->set_acl(mailbox, known->kept, imap::RightsChange::replace, *wanted);
}

Result<std::vector<PublicRight>> rights_in(const Places& places, View space) {
  const auto account = open_space(places, space);
  if (!account) return fail(account.error());
  const auto session = (*account)->session();
  const auto mailboxes = session->list();
  if (!mailboxes) return fail(mailboxes.error());
  std::vector<PublicRight> all;
  for (const imap::MailboxInfo& info : *mailboxes) {
    if (!info.exists) continue;
    const auto acl = session->acl(info.name);
    if (!acl && acl.error().code == Code::not_found) continue;  // it went meanwhile
    if (!acl) return fail(acl.error());
    for (const imap::AclEntry& entry : *acl) {
      const auto identifier = write_identifier(places.directory, entry.identifier);
      if (!identifier) return fail(identifier.error());
      if (*identifier) all.push_back({info.name, **identifier, entry.rights});
    }
  }
  return all;
}

}  // namespace posthorn::sharing
