// What scripts say to senders and owners: answers, refusals, and what went wrong.
#pragma once

#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/view.h"
#include "posthorn/grammar/mail/address.h"
#include "posthorn/protocol/sieve/action.h"
#include "posthorn/protocol/sieve/diagnostic.h"

namespace posthorn::filtering {

/// What is said to whom, about which message. @lifetime borrowed
struct Occasion {
  mail::Address from;
  View to;
  View header;  ///< of the message that came
  WallTime now{};
};

/// An answer (RFC 5230 section 5). @errors the caller's: a reason that is no MIME entity, and as mime::compose()
[[nodiscard]] Result<std::string> compose_answer(const sieve::Vacation& wishes, const Occasion& occasion,
                                                 Random& random);
/// A notification that the message was refused (RFC 5429 section 2.2.1). @param message  that came
[[nodiscard]] Result<std::string> compose_refusal(View reason, View account, View message, const Occasion& occasion,
                                                  Random& random);
/// For the owner, who reads what is wrong with his script.
[[nodiscard]] Result<std::string> compose_complaint(View script, const sieve::Diagnostic& what,
                                                    const Occasion& occasion, Random& random);

/// An address without a display name.
[[nodiscard]] mail::Address address_of(View address);
/// A text that a header field can hold: controls become spaces.
[[nodiscard]] std::string one_line(View text);
/// The ids for References of a message that follows this one (RFC 5322 section 3.6.4).
[[nodiscard]] std::vector<std::string> references_to(View header);

}  // namespace posthorn::filtering
