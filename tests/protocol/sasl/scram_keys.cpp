#include "posthorn/protocol/sasl/scram_keys.h"

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"

using namespace posthorn;
using namespace posthorn::sasl;

TEST_CASE("keys for the user of RFC 7677 section 3 are what another program computes") {
  // The RFC prints no keys. These follow from its salt and password by Python's hashlib and hmac:
  //   s=pbkdf2_hmac('sha256',b'pencil',b64decode('W22ZaJ0SNY7soEsUEjb6gQ=='),4096)
  const auto keys = make_scram_keys(Secret(View("pencil")), *codec::base64_decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  CHECK(codec::base64_encode(keys.stored_key) == "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=");
  CHECK(codec::base64_encode(keys.server_key.reveal()) == "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  CHECK(keys.iterations == 4096);
}

TEST_CASE("decoy keys are the same for one login and differ between logins and seeds") {
  const Secret seed(View("seed"));
  const auto a = decoy_scram_keys(seed, "ann", 4096);
  CHECK(a.salt.size() == 16);
  CHECK(a.stored_key.size() == 32);
  CHECK(a.iterations == 4096);
  CHECK(decoy_scram_keys(seed, "ann", 4096).salt == a.salt);
  CHECK(decoy_scram_keys(seed, "bob", 4096).salt != a.salt);
  CHECK(decoy_scram_keys(Secret(View("other")), "ann", 4096).salt != a.salt);
  CHECK(decoy_scram_keys(seed, "ann", 4096).stored_key == a.stored_key);
}
