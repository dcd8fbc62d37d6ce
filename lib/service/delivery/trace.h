// The fields that a delivery puts before a message (RFC 5321 section 4.4). Whatever a peer said is made harmless here.
#pragma once

#include <string>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/view.h"
#include "posthorn/service/delivery/delivery.h"

namespace posthorn::delivery {

/// What a peer said, fit for a header field: octets that could end a line, a comment or a domain become '?', and no
/// more than 255 octets are left.
[[nodiscard]] std::string safe_domain(View said);
/// An address without its brackets: control octets become '?', and no more than 512 octets are left.
[[nodiscard]] std::string safe_address(View address);

/// "Return-Path: <...>" with its line end.
[[nodiscard]] std::string return_path(View sender);
/// "Delivered-To: ..." with its line end.
[[nodiscard]] std::string delivered_to(View address);
/// The Received field with its line end. It names the recipient only when there is one (RFC 5321 section 7.2).
[[nodiscard]] std::string received(const Envelope& envelope, View host_name, View id, WallTime now);

}  // namespace posthorn::delivery
