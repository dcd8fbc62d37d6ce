// Reports that come: any octets are read or refused, and a message tells the same as the attachment in it.
#include <string>

#include "posthorn/service/reports/received.h"

#include "check.h"
#include "fuzz.h"

void posthorn_fuzz(std::string_view input) {
  using namespace posthorn;
  const auto report = reports::read_report(input);
  if (!report || std::holds_alternative<mime::FeedbackReport>(*report)) return;
  const std::string part = "Content-Transfer-Encoding: binary\r\nContent-Type: application/octet-stream\r\n\r\n";
  const auto again = reports::read_report(part + std::string(input));
  fuzzing::check(!again || again->index() == report->index(), "the same kind inside of a message");
}
