// One spelling for each address and domain, so that rows are found however people type them.
#pragma once

#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"

namespace posthorn::directory {

/// The address in normal form: local part with ASCII case folded, domain by mail::ascii_domain(). Beyond ASCII local
/// parts are compared octet by octet.
/// @errors syntax; unsupported for an address literal (no domain of ours can be one)
[[nodiscard]] Result<mail::Mailbox> normal_address(View text);

/// An address of another host as mail to it is sent: the local part as it is given, the domain as normal_address() has
/// it. @errors as normal_address()
[[nodiscard]] Result<mail::Mailbox> remote_address(View text);

}  // namespace posthorn::directory
