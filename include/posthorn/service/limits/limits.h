// How much an account and a domain may send (features F14; RFC 6409 section 7 allows it, RFC 9422 announces it).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace posthorn::limits {

/// Which mail is counted together. Redirected and vacation mail is caused by others: a flood of it must not use up what
/// the user himself may send.
enum class Kind : std::uint8_t { submitted, redirected, vacation };

/// Token buckets: each holds as much as its window allows and fills up evenly over it. 0: no limit.
struct Windows {
  std::uint32_t messages_per_day = 1'000;
  std::uint32_t recipients_per_hour = 250;
  std::uint32_t first_time_per_day = 200;  ///< recipients that the account has not written to before
};

/// RFC minimum of recipients_per_message for a relay is 100 (RFC 5321 section 4.5.3.1.8); nothing else has one.
struct Limits {
  std::uint32_t recipients_per_message = 100;
  Windows account;
  Windows redirected{.messages_per_day = 2'000, .recipients_per_hour = 1'000, .first_time_per_day = 0};
  Windows vacation{.messages_per_day = 200, .recipients_per_hour = 50, .first_time_per_day = 0};
  /// All accounts of a domain together, for each kind.
  Windows domain{.messages_per_day = 10'000, .recipients_per_hour = 2'500, .first_time_per_day = 2'000};

  std::uint32_t bounce_window = 50;   ///< last outcomes that are looked at; 0: never frozen for bounces
  std::uint32_t bounce_percent = 20;  ///< more of them bounced: the account is frozen
  /// Recipients refused with `later` within a day that freeze the account: it goes on although it was told to wait.
  std::uint32_t refusals_per_day = 500;
  /// How long a recipient counts as known after the last mail to it.
  std::chrono::days remember{180};
  /// Recipients remembered for each account and shelf (256 of them); the one that was written to longest ago makes
  /// room.
  std::uint32_t per_shelf = 64;
  std::uint32_t tries = 50;  ///< of a change that other processes win against
};

}  // namespace posthorn::limits
