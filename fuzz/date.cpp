// Dates: what is read is written and read again to the same.
#include "posthorn/grammar/mail/date.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  if (const auto t = mail::parse_date(input)) {
    // Zones can push the first and last days out of the years that have four digits.
    if (const auto again = mail::parse_date(mail::format_date(*t))) fuzzing::check(*again == *t, "a date is stable");
  }
  if (const auto t = mail::parse_internal_date(input)) {
    if (const auto again = mail::parse_internal_date(mail::format_internal_date(*t))) {
      fuzzing::check(*again == *t, "an internal date is stable");
    }
  }
  (void)mail::parse_day(input);
}
