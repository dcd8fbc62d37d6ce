// NAMESPACE, ID, and the responses about rights, quotas and metadata.
#include <utility>

#include "protocol/imap/response_reader.h"

namespace posthorn::imap::response {

namespace {

bool entries(Reader& r, std::vector<Namespace::Entry>& out) {
  r.spaces();
  if (!r.try_octet('(')) return r.cursor().word("NIL");
  while (!r.try_close()) {
    Namespace::Entry& entry = out.emplace_back();
    if (!(r.octet('(') && r.mailbox(entry.prefix) && r.sp() && r.delimiter(entry.delimiter))) return false;
    while (!r.try_close()) {  // Namespace_Response_Extension
      View later;
      if (!r.value(later)) return false;
    }
  }
  return r.ok();
}

}  // namespace

bool read_namespace(Reader& r, Namespace& out) {
  return entries(r, out.personal) && entries(r, out.others) && entries(r, out.shared);
}

bool read_id(Reader& r, Id& out) {
  if (!r.try_octet('(')) return r.cursor().word("NIL");
  while (!r.try_close()) {
    auto& [name, value] = out.fields.emplace_back();
    if (!(r.string(name) && r.sp() && r.nstring(value))) return false;
  }
  return r.ok();
}

bool read_acl(Reader& r, Acl& out) {
  if (!(r.mailbox(out.mailbox) && r.spaces())) return false;
  while (r.ok() && !r.at_end()) {
    auto& [identifier, rights] = out.rights.emplace_back();
    if (!(r.astring(identifier) && r.sp() && r.astring(rights) && r.spaces())) return false;
  }
  return r.ok();
}

bool read_my_rights(Reader& r, MyRights& out) { return r.mailbox(out.mailbox) && r.sp() && r.astring(out.rights); }

bool read_list_rights(Reader& r, ListRights& out) {
  if (!(r.mailbox(out.mailbox) && r.sp() && r.astring(out.identifier) && r.sp() && r.astring(out.required) &&
        r.spaces()))
    return false;
  while (r.ok() && !r.at_end()) {
    if (!(r.astring(out.optional.emplace_back()) && r.spaces())) return false;
  }
  return r.ok();
}

bool read_quota(Reader& r, Quota& out) {
  if (!(r.astring(out.root) && r.sp() && r.octet('('))) return false;
  while (!r.try_close()) {
    Quota::Resource& resource = out.resources.emplace_back();
    View name;
    if (!(r.atom(name) && r.sp() && r.number(resource.usage) && r.sp() && r.number(resource.limit))) return false;
    resource.name = name;
  }
  return r.ok();
}

bool read_quota_root(Reader& r, QuotaRoot& out) {
  if (!(r.mailbox(out.mailbox) && r.spaces())) return false;
  while (r.ok() && !r.at_end()) {
    if (!(r.astring(out.roots.emplace_back()) && r.spaces())) return false;
  }
  return r.ok();
}

bool read_metadata(Reader& r, Metadata& out) {
  if (!(r.mailbox(out.mailbox) && r.sp())) return false;
  if (r.try_octet('(')) {
    out.has_values = true;
    while (!r.try_close()) {
      auto& [name, value] = out.entries.emplace_back();
      if (!(r.astring(name) && r.sp() && r.nstring(value))) return false;
    }
    return r.ok();
  }
  while (r.ok() && !r.at_end()) {
    if (!(r.astring(out.entries.emplace_back().first) && r.spaces())) return false;
  }
  return r.ok();
}

}  // namespace posthorn::imap::response
