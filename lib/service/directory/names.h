// One spelling for each address and domain, so that rows are found however people type them.
#pragma once

#include <string>

#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"

namespace posthorn::directory {

/// Lower-case A-labels (IDNA 2008 with the mapping of UTS 46, non-transitional): "Köln.example" and
/// "XN--KLN-SNA.EXAMPLE" give "xn--kln-sna.example". @errors syntax (no domain name; address literals are none)
[[nodiscard]] Result<std::string> normal_domain(View name);

/// The address in normal form: local part with ASCII case folded, domain by normal_domain(). Beyond ASCII local parts
/// are compared octet by octet.
/// @errors syntax; unsupported for an address literal (no domain of ours can be one)
[[nodiscard]] Result<mail::Mailbox> normal_address(View text);

}  // namespace posthorn::directory
