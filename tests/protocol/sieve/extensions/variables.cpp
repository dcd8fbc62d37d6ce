#include "protocol/sieve/extensions/variables.h"

#include <doctest/doctest.h>

#include "protocol/sieve/stage.h"

using namespace posthorn;
using namespace posthorn::sieve;

namespace {
std::string set(View tags, View value) {
  Stage stage;
  const std::string out = stage.run("require [\"variables\", \"fileinto\"];\r\nset " + own(tags) + " \"v\" \"" +
                                    own(value) + "\"; fileinto \"${v}|\";");
  return out.substr(std::string("fileinto ").size());
}
}  // namespace

TEST_CASE("RFC 5229 section 4.1: the modifiers, by rank") {
  CHECK(set("", "juMBlEd lETteRS") == "juMBlEd lETteRS|");
  CHECK(set(":length", "juMBlEd lETteRS") == "15|");
  CHECK(set(":lower", "juMBlEd lETteRS") == "jumbled letters|");
  CHECK(set(":upperfirst", "juMBlEd lETteRS") == "JuMBlEd lETteRS|");
  CHECK(set(":upperfirst :lower", "juMBlEd lETteRS") == "Jumbled letters|");
  CHECK(set(":quotewildcard", "Rock*") == "Rock\\*|");
  CHECK(set(":length", "\xC3\xA4\xC3\xA4") == "2|");
  CHECK(errors("require \"variables\"; set :lower :upper \"v\" \"x\";") != "");
}

TEST_CASE("RFC 5229 section 3: what is a variable, and what only looks like one") {
  Stage stage;
  const auto shown = [&](View text) {
    return stage.run("require [\"variables\", \"fileinto\"];\r\nset \"company\" \"ACME\"; fileinto \"" + own(text) +
                     "\";");
  };
  // The table of the section.
  CHECK(shown("${full}|") == "fileinto |");
  CHECK(shown("${company}") == "fileinto ACME");
  CHECK(shown("${BAD${Company}") == "fileinto ${BADACME");
  CHECK(shown("${President, ${Company} Inc.}") == "fileinto ${President, ACME Inc.}");
  CHECK(shown("$${company}$") == "fileinto $ACME$");
  CHECK(errors("require \"variables\"; set \"v\" \"${none.x}\";") != "");
  CHECK(errors("require \"variables\"; set \"1\" \"x\";") != "");
  CHECK(errors("require \"variables\"; set \"a b\" \"x\";") != "");
}

TEST_CASE("RFC 5229: without its require nothing is put in") {
  Stage stage;
  CHECK(stage.run("require \"fileinto\"; fileinto \"${x}\";") == "fileinto ${x}");
}

TEST_CASE("RFC 5229 section 6: long values are cut between characters; too many are refused") {
  Stage stage;
  stage.options.limits.variable = 5;
  CHECK(stage.run("require [\"variables\", \"fileinto\"]; set \"v\" \"ab\xC3\xA4\xC3\xA4\"; fileinto \"${v}\";") ==
        "fileinto ab\xC3\xA4");
  std::string script = "require \"variables\";\r\n";
  for (int i = 0; i < 257; ++i) script += "set \"v" + std::to_string(i) + "\" \"x\";\r\n";
  CHECK(errors(script) == "258:5 too many variables\n");
  stage.options.limits.variable = 1U << 20U;
  stage.options.limits.memory = 1U << 19U;
  CHECK(stage
            .run("require \"variables\"; set \"a\" \"0123456789\";" +
                 [] {
                   std::string out;
                   for (int i = 0; i < 24; ++i) out += "set \"a\" \"${a}${a}\"; ";
                   return out;
                 }())
            .find("holds too much") != std::string::npos);
}

TEST_CASE("RFC 5229 section 5: string") {
  Stage stage;
  CHECK(stage.run("require [\"variables\", \"relational\"]; set \"a\" \"x\"; if string :count \"eq\" [\"${a}\", "
                  "\"${b}\"] \"1\" { discard; }") == "discard");
}
