#include "protocol/sasl/mechanisms/scram.h"

#include <span>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "posthorn/bytes/codec/base64.h"
#include "posthorn/protocol/sasl/scram_keys.h"
#include "posthorn/testing/fake_verifier.h"
#include "posthorn/testing/fakes.h"

#include "protocol/sasl/converse.h"

using namespace posthorn;
using namespace posthorn::sasl;
using posthorn::testing::FakeVerifier;
using posthorn::testing::SeededRandom;

namespace {

// Makes make_nonce() say a given text.
class FixedNonce : public Random {
 public:
  explicit FixedNonce(View nonce) : nonce_(nonce) {}
  void fill(std::span<std::byte> out) override {
    REQUIRE(out.size() == nonce_.size());
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<std::byte>(nonce_[i] - (nonce_[i] < ',' ? '!' : '"'));
  }

 private:
  std::string nonce_;
};

// The user of RFC 7677 section 3, with its salt.
class Rfc7677Verifier : public FakeVerifier {
 public:
  Result<ScramKeys> scram_keys(View login) override {
    if (login != "user") return fail(peer_error(Code::denied));
    return make_scram_keys(Secret(View("pencil")), *codec::base64_decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  }
  Result<std::string> authorize(View, View login, const Secret&) override { return own(login); }
};

constexpr View kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr View kServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr View kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr View kServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
const std::string kBinding(32, 'b');

struct Ends {
  FakeVerifier verifier{{"ann", "pencil"}};
  SeededRandom random{5};

  Step first(View message, bool plus = false, bool plus_offered = false) {
    const ServerOptions options{&verifier, &random, kBinding, plus_offered};
    const auto server = plus ? mechanism::scram::serve_plus(options) : mechanism::scram::serve(options);
    return server->step(message);
  }
  Code refusal(View message, bool plus = false, bool plus_offered = false) {
    return std::get<Error>(first(message, plus, plus_offered)).code;
  }
  std::unique_ptr<ClientExchange> client(std::string binding = {}) {
    return mechanism::scram::use({{}, "ann", Secret(View("pencil")), &random, std::move(binding)});
  }
};

}  // namespace

TEST_CASE("the server says what RFC 7677 section 3 prints") {
  Rfc7677Verifier verifier;
  FixedNonce random("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  const auto server = mechanism::scram::serve({&verifier, &random, {}, false});
  CHECK(std::get<Challenge>(server->step(kClientFirst)).octets == kServerFirst);
  const Step last = server->step(kClientFinal);
  REQUIRE(std::holds_alternative<Success>(last));
  CHECK(std::get<Success>(last).login == "user");
  CHECK(std::get<Success>(last).octets == kServerFinal);
  CHECK(std::get<Error>(server->step(kClientFinal)).code == Code::bad_state);
}

TEST_CASE("the client says what RFC 7677 section 3 prints") {
  FixedNonce random("rOprNGfwEbeRWgbNEkqO");
  const auto client = mechanism::scram::use({{}, "user", Secret(View("pencil")), &random, {}});
  CHECK(*client->respond("") == kClientFirst);
  CHECK(*client->respond(kServerFirst) == kClientFinal);
  CHECK(!client->server_verified());
  CHECK(client->respond(kServerFinal)->empty());
  CHECK(client->server_verified());
  CHECK(!client->respond(""));
}

TEST_CASE("the server refuses every downgrade of channel binding") {
  Ends ends;
  // Plain mechanism: "p" needs -PLUS, "y" lies where -PLUS was offered.
  CHECK(std::holds_alternative<Challenge>(ends.first("n,,n=ann,r=abc")));
  CHECK(std::holds_alternative<Challenge>(ends.first("n,,n=ann,r=abc", false, true)));
  CHECK(std::holds_alternative<Challenge>(ends.first("y,,n=ann,r=abc")));
  CHECK(ends.refusal("y,,n=ann,r=abc", false, true) == Code::denied);
  CHECK(ends.refusal("p=tls-exporter,,n=ann,r=abc") == Code::syntax);
  // -PLUS: only "p", only the binding that we know.
  CHECK(std::holds_alternative<Challenge>(ends.first("p=tls-exporter,,n=ann,r=abc", true)));
  CHECK(ends.refusal("n,,n=ann,r=abc", true) == Code::syntax);
  CHECK(ends.refusal("y,,n=ann,r=abc", true, true) == Code::syntax);
  CHECK(ends.refusal("p=tls-unique,,n=ann,r=abc", true) == Code::unsupported);
}

TEST_CASE("-PLUS notices that the two ends see different connections") {
  Ends ends;
  const auto run = [&](const std::string& ours, const std::string& theirs) {
    const auto server = mechanism::scram::serve_plus({&ends.verifier, &ends.random, ours, true});
    const auto client = mechanism::scram::use_plus({{}, "ann", Secret(View("pencil")), &ends.random, theirs});
    return converse(*server, *client, true);
  };
  CHECK(run(kBinding, kBinding).login == "ann");
  CHECK(run(kBinding, std::string(32, 'c')).refused->code == Code::denied);
  CHECK(run({}, kBinding).refused->code == Code::misuse);
  CHECK(run(kBinding, {}).gave_up->code == Code::misuse);
}

TEST_CASE("a client that could bind the channel says so when it sees no -PLUS") {
  Ends ends;
  CHECK(ends.client()->respond("")->starts_with("n,,n=ann,r="));
  CHECK(ends.client(kBinding)->respond("")->starts_with("y,,n=ann,r="));
}

TEST_CASE("the server refuses malformed first messages") {
  Ends ends;
  for (const View message :
       {"", "n", "n,", "n,,", "n,,n=ann", "n,,n=,r=abc", "n,,n=ann,r=", "x,,n=ann,r=abc", "n,,r=abc,n=ann",
        "n,,n=a=b,r=abc", "n,,n=a=2c,r=abc", "n,,n=ann,r=a\x01", "n,a=,n=ann,r=abc", "n,b=x,n=ann,r=abc",
        "p=,,n=ann,r=abc", "n,,n=ann,r=abc,", "n,,n=ann,r=abc,x", "n,,n=\xff,r=abc", "n,,n=ann,r=abc,1=x"}) {
    CAPTURE(message);
    CHECK(ends.refusal(message) == Code::syntax);
  }
  CHECK(ends.refusal("n,,m=new,n=ann,r=abc") == Code::unsupported);
  CHECK(ends.refusal("n,,n=ann,r=" + std::string(2000, 'x')) == Code::too_long);
  CHECK(std::holds_alternative<Challenge>(ends.first("n,,n=ann,r=abc,x=optional,Y=too")));
}

TEST_CASE("a proof is good for its own exchange only") {
  Rfc7677Verifier verifier;
  SeededRandom random(9);
  const auto server = mechanism::scram::serve({&verifier, &random, {}, false});
  REQUIRE(std::holds_alternative<Challenge>(server->step(kClientFirst)));
  CHECK(std::get<Error>(server->step(kClientFinal)).code == Code::denied);
}

TEST_CASE("the server refuses malformed and wrong last messages") {
  const auto last = [](const std::string& message) {
    Rfc7677Verifier verifier;
    FixedNonce random("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
    const auto server = mechanism::scram::serve({&verifier, &random, {}, false});
    (void)server->step(kClientFirst);
    return std::get<Error>(server->step(message)).code;
  };
  const std::string good(kClientFinal);
  const std::string without_proof = good.substr(0, good.find(",p="));
  CHECK(last("") == Code::syntax);
  CHECK(last(without_proof) == Code::syntax);
  CHECK(last(good + ",x=y") == Code::syntax);
  CHECK(last(without_proof + ",p=AAAA") == Code::denied);
  CHECK(last(without_proof + ",p=!!!!") == Code::syntax);
  CHECK(last("c=eSws" + good.substr(6)) == Code::denied);  // "y,,": not what the first message said
  CHECK(last(without_proof + ",x=y" + good.substr(without_proof.size())) == Code::denied);  // not signed
}

TEST_CASE("the client refuses servers that cheat") {
  Ends ends;
  const auto answer = [&](View challenge) {
    FixedNonce random("rOprNGfwEbeRWgbNEkqO");
    const auto client = mechanism::scram::use({{}, "user", Secret(View("pencil")), &random, {}});
    (void)client->respond("");
    const auto response = client->respond(challenge);
    return response ? "answered" : own(name_of(response.error().code));
  };
  const std::string nonce = "r=rOprNGfwEbeRWgbNEkqO";
  CHECK(answer(nonce + "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096") == "answered");
  CHECK(answer(nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096") == "denied");
  CHECK(answer("r=somebodyelse,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096") == "denied");
  CHECK(answer(nonce + "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095") == "unsupported");
  CHECK(answer(nonce + "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=10000001") == "unsupported");
  CHECK(answer(nonce + "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999") == "syntax");
  CHECK(answer("m=x," + nonce + "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096") == "unsupported");
  CHECK(answer(nonce + "x,s=,i=4096") == "syntax");
  CHECK(answer("") == "syntax");
}

TEST_CASE("the client believes only a server that knows the password") {
  const auto verify = [](View challenge) {
    FixedNonce random("rOprNGfwEbeRWgbNEkqO");
    const auto client = mechanism::scram::use({{}, "user", Secret(View("pencil")), &random, {}});
    (void)client->respond("");
    (void)client->respond(kServerFirst);
    const auto response = client->respond(challenge);
    CHECK(client->server_verified() == response.has_value());
    return response ? "verified" : own(name_of(response.error().code));
  };
  CHECK(verify(kServerFinal) == "verified");
  CHECK(verify("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == "denied");
  CHECK(verify("v=AAAA") == "denied");
  CHECK(verify("e=invalid-proof") == "denied");
  CHECK(verify("") == "syntax");
}

TEST_CASE("an unknown login looks like a wrong password") {
  Ends ends;
  const auto run = [&](const std::string& login) {
    const auto server = mechanism::scram::serve({&ends.verifier, &ends.random, {}, false});
    const auto client = mechanism::scram::use({{}, login, Secret(View("guess")), &ends.random, {}});
    return converse(*server, *client, true).refused;
  };
  REQUIRE(run("ann"));
  CHECK(run("ann") == run("nobody"));
  CHECK(run("ann")->code == Code::denied);
}

TEST_CASE("names with commas and equal signs survive, and prepared names are sent") {
  FakeVerifier verifier{{"a,b=c", "p\xC2\xA0w"}, {"IX", "p w"}};
  SeededRandom random(1);
  verifier.add("a,b=c", "p w");
  for (const std::string login : {"a,b=c", "I\xC2\xADX"}) {
    const auto server = mechanism::scram::serve({&verifier, &random, {}, false});
    const auto client = mechanism::scram::use({{}, login, Secret(View("p\xC2\xA0w")), &random, {}});
    CHECK(!converse(*server, *client, false).login.empty());
  }
}

TEST_CASE("acting as somebody else is for the verifier to allow") {
  FakeVerifier verifier{{"ann", "pw"}};
  SeededRandom random(1);
  const auto run = [&](const std::string& authorize) {
    const auto server = mechanism::scram::serve({&verifier, &random, {}, false});
    const auto client = mechanism::scram::use({authorize, "ann", Secret(View("pw")), &random, {}});
    return converse(*server, *client, true);
  };
  CHECK(run("ann").login == "ann");
  CHECK(run("bob").refused->code == Code::denied);
}
