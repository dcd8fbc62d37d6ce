#include "posthorn/protocol/tls/demand.h"

#include <doctest/doctest.h>

namespace posthorn {
namespace {

using tls::Failure;
using tls::Level;

TEST_CASE("result types are the words of RFC 8460 section 4.3") {
  CHECK(tls::word_of(Failure::starttls_not_supported) == "starttls-not-supported");
  CHECK(tls::word_of(Failure::certificate_expired) == "certificate-expired");
  CHECK(tls::word_of(Failure::validation_failure) == "validation-failure");
  CHECK(tls::word_of(Failure::dane_required) == "dane-required");
  CHECK(tls::word_of(Failure::sts_webpki_invalid) == "sts-webpki-invalid");
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(Failure::sts_webpki_invalid); ++i) {
    CHECK(tls::failure_of(tls::word_of(static_cast<Failure>(i))) == static_cast<Failure>(i));
  }
  CHECK(!tls::failure_of("starttls"));
}

TEST_CASE("which demands need TLS") {
  tls::Demand demand;
  CHECK(!demand.needs_tls());
  for (const Level level : {Level::encrypted, Level::authority, Level::dane, Level::fingerprint}) {
    demand.level = level;
    demand.tolerant = false;
    CHECK(demand.needs_tls());
    demand.tolerant = true;
    CHECK(!demand.needs_tls());
  }
}

}  // namespace
}  // namespace posthorn
