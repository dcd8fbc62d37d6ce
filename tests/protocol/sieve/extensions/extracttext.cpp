#include "protocol/sieve/extensions/extracttext.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

constexpr View kMessage =
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n=E4bc def\r\n";

TEST_CASE("RFC 5703 section 7: the text of a part, decoded, its first characters, with modifiers") {
  Stage stage;
  const auto taken = [&](View arguments) {
    return stage.run(
        "require [\"foreverypart\", \"extracttext\", \"variables\", \"fileinto\"];\r\n"
        "foreverypart { extracttext " +
            own(arguments) + " \"text\"; } fileinto \"<${text}>\";",
        kMessage);
  };
  CHECK(taken(":first 3") ==
        "fileinto <\xC3\xA4"
        "bc>");
  CHECK(taken(":length") == "fileinto <9>");
  CHECK(taken(":first 5 :upper") ==
        "fileinto <\xC3\xA4"
        "BC D>");
  CHECK(taken(":first 0") == "fileinto <>");
}

TEST_CASE("RFC 5703 section 7: outside of a loop there is no text; variables are needed") {
  Stage stage;
  CHECK(stage.run("require [\"extracttext\", \"variables\", \"fileinto\"]; set \"t\" \"x\"; extracttext \"t\"; "
                  "fileinto \"<${t}>\";",
                  kMessage) == "fileinto <>");
  CHECK(errors("require \"extracttext\"; extracttext \"t\";") != "");
  CHECK(errors("require [\"extracttext\", \"variables\"]; extracttext \"1t\";") != "");
}
