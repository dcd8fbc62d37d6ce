// Delivery reports and deadlines: of the envelope, and of what is redirected (RFC 6009).
#pragma once

#include "posthorn/protocol/sieve/extension.h"

namespace posthorn::sieve::extensions {

/// ":zone" of an envelope test (RFC 6009 section 4).
extern const TagRow kEnvelopeZone;

extern const Extension envelope_dsn;
extern const Extension envelope_deliverby;
extern const Extension redirect_dsn;
extern const Extension redirect_deliverby;

}  // namespace posthorn::sieve::extensions
