#include "service/directory/vaults.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "posthorn/protocol/sasl/scram_keys.h"
#include "posthorn/service/vault/sealed_message.h"
#include "posthorn/testing/faulty_store.h"

#include "protocol/sasl/converse.h"
#include "service/directory/fixture.h"

using namespace posthorn;
using namespace posthorn::directory;
using namespace posthorn::directory::testing;

namespace {

constexpr View kAnn = "ann@example.org";

/// A message sealed to a mailbox as its setting says.
struct Letter {
  std::string capsule;
  std::string content;
};

struct House : Fixture {
  posthorn::testing::FakeClock clock;

  House() {
    domain("example.org");
    mailbox(kAnn, "first");
  }
  Sealing& sealing() { return directory->sealing(); }
  std::uint64_t id() { return directory->account(kAnn)->id.value(); }

  Letter seal(View text) {
    const auto setting = sealing().setting(id());
    REQUIRE(setting);
    REQUIRE(setting->state == vault::State::on);
    vault::Sealer sealer = vault::Sealer::begin(*setting->key, random).value();
    vault::MessageSealer message(sealer, random, vault::Padding::none);
    Letter letter;
    message.feed(text, letter.content);
    letter.capsule = message.finish(letter.content).value();
    return letter;
  }
  static std::string open(const Result<Admission>& login, const Letter& letter) {
    if (!login) return "<" + own(name_of(login.error().code)) + ">";
    if (!login->keys) return login->locked ? "<locked>" : "<no keys>";
    auto message = vault::OpenedMessage::open(*login->keys, letter.capsule);
    if (!message) return "<" + own(name_of(message.error().code)) + ">";
    return message
        ->read(0, 1000,
               [&](std::uint64_t at, std::uint64_t n) -> Result<std::string> {
                 return letter.content.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(n));
               })
        .value_or("<broken>");
  }
  std::string open(View password, const Letter& letter) {
    return open(directory->log_in("", kAnn, secret(password)), letter);
  }
  void reopen_directory(const Options& options = cheap()) {
    directory = directory::testing::open(*store, random, options);
  }
  std::string row() { return (*(*store->open(store::kDirectoryAccount))->get("m:example.org@ann"))->value; }
  /// Makes the row what an older version had: a plain Argon2id hash and no keys at all.
  void make_old(View argon2_text) {
    auto rows = std::move(*store->open(store::kDirectoryAccount));
    auto parsed = rows::parse_mailbox("m:example.org@ann", row());
    parsed->password = own(argon2_text);
    store::Batch batch;
    batch.put("m:example.org@ann", rows::format(*parsed));
    REQUIRE(Keyring::erase(*rows, AccountId(id()), batch));
    REQUIRE(rows->commit(batch));
  }
};

// printf %s first | argon2 somesaltsomesalt -id -t 1 -k 8 -p 1 -e
constexpr View kOldHash =
    "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$cnsy2Jg23aFZy42rCMaIUP6uOMpHMd9NmLhb2zBq7fA";

}  // namespace

TEST_CASE("a mailbox has keys from its first day, and sealing takes effect at once") {
  House h;
  CHECK(h.sealing().setting(h.id())->state == vault::State::off);
  CHECK(h.sealing().setting(h.id())->key);
  CHECK(*h.sealing().set_sealed(kAnn, true) == vault::State::on);
  const Letter letter = h.seal("dear ann");
  CHECK(h.open("first", letter) == "dear ann");
  CHECK(h.open("wrong", letter) == "<denied>");
  CHECK(*h.sealing().set_sealed(kAnn, false) == vault::State::off);
  CHECK(h.open("first", letter) == "dear ann");
  CHECK(word(h.sealing().set_sealed("bob@example.org", true)) == "not_found");
  CHECK(word(h.sealing().set_sealed("nonsense", true)) == "syntax");
}

TEST_CASE("a mailbox without keys is pending until its owner logs in with the password") {
  House h;
  h.make_old(kOldHash);
  CHECK(!h.sealing().setting(h.id())->key);
  CHECK(*h.sealing().set_sealed(kAnn, true) == vault::State::pending);
  CHECK(h.sealing().setting(h.id())->state == vault::State::pending);
  CHECK(word(h.directory->log_in("", kAnn, secret("wrong"))) == "denied");
  CHECK(h.sealing().setting(h.id())->state == vault::State::pending);
  const auto login = h.directory->log_in("", kAnn, secret("first"));
  REQUIRE(login);
  CHECK(login->keys);
  CHECK(!login->locked);
  CHECK(h.sealing().setting(h.id())->state == vault::State::on);
  const Letter letter = h.seal("dear ann");
  CHECK(House::open(login, letter) == "dear ann");
  CHECK(h.open("first", letter) == "dear ann");
  CHECK(h.row().find("$argon2id-kdf$") != std::string::npos);
}

TEST_CASE("a new password keeps the mail, an old one opens nothing any more") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter letter = h.seal("dear ann");
  CHECK(word(h.sealing().change_password(kAnn, secret("wrong"), secret("second"))) == "denied");
  CHECK(h.open("first", letter) == "dear ann");
  REQUIRE(h.sealing().change_password(kAnn, secret("first"), secret("second")));
  CHECK(h.open("second", letter) == "dear ann");
  CHECK(h.open("first", letter) == "<denied>");
  CHECK(word(h.sealing().change_password(kAnn, secret("second"), secret("\n"))) == "syntax");
  CHECK(h.open("second", letter) == "dear ann");
}

TEST_CASE("a crash at any write of a password change leaves one password that opens everything") {
  for (std::uint64_t nth = 1; nth < 100; ++nth) {
    House h;
    REQUIRE(h.sealing().set_sealed(kAnn, true));
    const Letter letter = h.seal("dear ann");
    posthorn::testing::FaultyStore faulty(*h.store);
    auto broken = directory::testing::open(faulty, h.random);
    faulty.fail_at(nth, environment_error(Code::no_space, "on purpose"));
    const bool done = broken->sealing().change_password(kAnn, secret("first"), secret("second")).has_value();
    broken.reset();
    h.reopen_directory();
    CAPTURE(nth);
    CHECK((h.open("first", letter) == "dear ann") == !done);
    CHECK((h.open("second", letter) == "dear ann") == done);
    if (done) break;
    REQUIRE(nth < 99);
  }
}

TEST_CASE("a reset without the old password wants to hear that sealed mail is given up") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter old = h.seal("old mail");
  CHECK(word(h.directory->set_password(kAnn, secret("second"))) == "conflict");
  CHECK(word(h.sealing().reset_password(kAnn, secret("second"), false)) == "conflict");
  CHECK(h.open("first", old) == "old mail");
  REQUIRE(h.sealing().reset_password(kAnn, secret("second"), true));
  const auto login = h.directory->log_in("", kAnn, secret("second"));
  REQUIRE(login);
  CHECK(!login->locked);
  CHECK(login->old_locked);
  CHECK(h.open("second", old) == "<sealed>");
  const Letter fresh = h.seal("new mail");
  CHECK(h.open("second", fresh) == "new mail");
  CHECK(h.open("first", fresh) == "<denied>");

  CHECK(word(h.sealing().reopen(kAnn, secret("wrong"))) == "denied");
  CHECK(*h.sealing().reopen(kAnn, secret("first")) == 1);
  CHECK(h.open("second", old) == "old mail");
  CHECK(h.open("second", fresh) == "new mail");
  CHECK(!h.directory->log_in("", kAnn, secret("second"))->old_locked);
  CHECK(h.open("first", old) == "<denied>");
  CHECK(word(h.sealing().reopen(kAnn, secret("first"))) == "denied");

  SUBCASE("through two resets") {
    REQUIRE(h.sealing().reset_password(kAnn, secret("third"), true));
    CHECK(h.open("third", old) == "<sealed>");
    CHECK(h.open("third", fresh) == "<sealed>");
    CHECK(*h.sealing().reopen(kAnn, secret("second")) == 1);
    CHECK(h.open("third", old) == "old mail");
    CHECK(h.open("third", fresh) == "new mail");
    REQUIRE(h.sealing().change_password(kAnn, secret("third"), secret("fourth")));
    CHECK(h.open("fourth", old) == "old mail");
  }
}

TEST_CASE("where nothing was ever sealed a reset needs no word and leaves no old keys") {
  House h;
  for (const View password : {"second", "third"}) REQUIRE(h.directory->set_password(kAnn, secret(password)));
  const auto status = h.sealing().status(kAnn);
  REQUIRE(status);
  CHECK(!status->used);
  CHECK(status->generations.size() == 1);
  CHECK(status->generations.back().number == 3);
  CHECK(h.directory->log_in("", kAnn, secret("third"))->keys);
}

TEST_CASE("a recovery token takes the place of the password, once for each that is made") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter letter = h.seal("dear ann");
  CHECK(word(h.sealing().add_recovery_token(kAnn, secret("wrong"))) == "denied");
  const auto first = h.sealing().add_recovery_token(kAnn, secret("first"));
  const auto token = h.sealing().add_recovery_token(kAnn, secret("first"));
  REQUIRE(token);
  CHECK(word(h.directory->log_in("", kAnn, *token)) == "denied");  // it is no password
  CHECK(word(h.sealing().change_password(kAnn, *first, secret("second"))) == "denied");
  REQUIRE(h.sealing().change_password(kAnn, *token, secret("second")));
  CHECK(h.open("second", letter) == "dear ann");
  REQUIRE(h.sealing().reset_password(kAnn, secret("third"), true));
  CHECK(*h.sealing().reopen(kAnn, *token) == 1);
  CHECK(h.open("third", letter) == "dear ann");
}

TEST_CASE("app passwords log in and open, until they are removed") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter letter = h.seal("dear ann");
  CHECK(word(h.sealing().add_app_password(kAnn, "phone", secret("wrong"))) == "denied");
  CHECK(word(h.sealing().add_app_password(kAnn, "", secret("first"))) == "syntax");
  CHECK(word(h.sealing().add_app_password(kAnn, "a\nb", secret("first"))) == "syntax");
  const auto phone = h.sealing().add_app_password(kAnn, "phone", secret("first"));
  const auto desk = h.sealing().add_app_password(kAnn, "desk", secret("first"));
  REQUIRE(phone);
  CHECK(word(h.sealing().add_app_password(kAnn, "phone", secret("first"))) == "exists");
  CHECK(h.open(phone->reveal(), letter) == "dear ann");
  CHECK(h.open(desk->reveal(), letter) == "dear ann");
  REQUIRE(h.sealing().change_password(kAnn, secret("first"), secret("second")));
  CHECK(h.open(phone->reveal(), letter) == "dear ann");
  REQUIRE(h.sealing().remove_app_password(kAnn, "phone"));
  CHECK(word(h.sealing().remove_app_password(kAnn, "phone")) == "not_found");
  CHECK(h.open(phone->reveal(), letter) == "<denied>");
  CHECK(h.open(desk->reveal(), letter) == "dear ann");
  REQUIRE(h.directory->set_active(kAnn, false));
  CHECK(h.open(desk->reveal(), letter) == "<denied>");
}

TEST_CASE("a damaged slot locks the session, not the login") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter letter = h.seal("dear ann");
  const std::string key = rows::generation_key(AccountId(h.id()), 1);
  auto rows = std::move(*h.store->open(store::kDirectoryAccount));
  auto generation = rows::parse_generation(AccountId(h.id()), key, (*rows->get(key))->value);
  const auto with = [&](const std::function<void(vault::Slot&)>& damage) {
    vault::Generation changed = *generation;
    damage(changed.slots.at(0));
    REQUIRE(rows->commit(store::Batch().put(key, rows::format(changed))));
    return h.open("first", letter);
  };
  CHECK(with([](vault::Slot&) {}) == "dear ann");
  CHECK(with([](vault::Slot& slot) { slot.wrapped[40] ^= 1; }) == "<locked>");
  CHECK(with([](vault::Slot& slot) { slot.wrapped.clear(); }) == "<locked>");
  REQUIRE(rows->commit(store::Batch().put(key, "1" + std::string(1, '\0') + "public_key=AAAA" + std::string(1, '\0'))));
  CHECK(h.open("first", letter) == "<locked>");
  // Nothing can be stored then either, and nothing is stored plain.
  REQUIRE(rows->commit(store::Batch().put(rows::id_key(rows::kSettings, AccountId(h.id())), "junk")));
  CHECK(word(h.sealing().setting(h.id())) == "corrupt");
  CHECK(h.open("first", letter) == "<locked>");
}

TEST_CASE("a SCRAM login opens where the host wants it, and the server never has the password") {
  House h;
  Options options = cheap();
  options.scram_opens_sealed = true;
  h.reopen_directory(options);
  REQUIRE(h.directory->log_in("", kAnn, secret("first")));  // makes the dear keys and their slot
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter letter = h.seal("dear ann");
  const auto keys = h.directory->scram_keys(kAnn);
  REQUIRE(keys);
  CHECK(keys->iterations == kSealedScramIterations);
  const auto made = sasl::make_scram_keys_and_client_key(secret("first"), keys->salt, keys->iterations);
  CHECK(House::open(h.directory->admit("", kAnn, made.client_key), letter) == "dear ann");
  CHECK(House::open(h.directory->admit("", kAnn, Secret(std::string(32, 'x'))), letter) == "<denied>");
  // A new password has new SCRAM keys: a proof that was made with the old ones, and held back, is worth nothing.
  REQUIRE(h.sealing().change_password(kAnn, secret("first"), secret("second")));
  CHECK(House::open(h.directory->admit("", kAnn, made.client_key), letter) == "<denied>");
  // Switched off again: the keys that would be the cheap way in are gone after the next login.
  h.reopen_directory();
  CHECK(h.open("second", letter) == "dear ann");
  CHECK(h.row().find("scram_stored") == std::string::npos);
}

TEST_CASE("a mailbox that is sealed keeps no SCRAM keys unless they may open it") {
  House h;
  CHECK(h.row().find("scram_stored") != std::string::npos);
  const std::string salt = h.directory->scram_keys(kAnn)->salt;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  CHECK(h.row().find("scram_stored") == std::string::npos);
  CHECK(h.directory->scram_keys(kAnn)->salt != salt);
  CHECK(word(h.directory->log_in("", kAnn, secret("first"))) == "ok");
  CHECK(h.row().find("scram_stored") == std::string::npos);
  REQUIRE(h.sealing().set_sealed(kAnn, false));  // old mail stays sealed to the same key
  REQUIRE(h.directory->log_in("", kAnn, secret("first")));
  CHECK(h.row().find("scram_stored") == std::string::npos);
}

TEST_CASE("remembered logins open at once, and end with every change") {
  House h;
  Options options = cheap();
  options.clock = &h.clock;
  options.remember_logins = std::chrono::seconds(60);
  h.reopen_directory(options);
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter letter = h.seal("dear ann");
  const auto first = h.directory->log_in("", kAnn, secret("first"));
  const auto again = h.directory->log_in("", kAnn, secret("first"));
  REQUIRE(first);
  CHECK(first->keys == again->keys);
  CHECK(h.open("wrong", letter) == "<denied>");
  CHECK(word(h.directory->log_in("bob@example.org", kAnn, secret("first"))) == "denied");
  h.clock.advance(std::chrono::seconds(60));
  CHECK(h.directory->log_in("", kAnn, secret("first"))->keys != first->keys);
  REQUIRE(h.sealing().change_password(kAnn, secret("first"), secret("second")));
  CHECK(h.open("first", letter) == "<denied>");
  CHECK(h.open("second", letter) == "dear ann");
  REQUIRE(h.directory->set_active(kAnn, false));
  CHECK(h.open("second", letter) == "<denied>");
}

TEST_CASE("what was done is written down with it") {
  House h;
  Options options = cheap();
  options.clock = &h.clock;
  options.actor = "carol";
  h.reopen_directory(options);
  h.mailbox("bob@example.org", "pw");
  const WallTime begin = h.clock.wall();
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  h.clock.advance(std::chrono::seconds(1));
  REQUIRE(h.sealing().set_sealed("bob@example.org", true));
  h.clock.advance(std::chrono::seconds(1));
  REQUIRE(h.sealing().reset_password(kAnn, secret("second"), true));
  CHECK(!h.sealing().change_password(kAnn, secret("wrong"), secret("third")));
  h.clock.advance(std::chrono::seconds(1));
  REQUIRE(h.sealing().record("export", kAnn, "all"));
  const auto all = h.sealing().audit("");
  REQUIRE(all);
  REQUIRE(all->size() == 4);
  const auto anns = h.sealing().audit("Ann@Example.org");
  REQUIRE(anns);
  std::string told;
  for (const AuditEntry& entry : *anns) told += entry.actor + ":" + entry.action + " ";
  CHECK(told == "carol:encrypt carol:password-reset carol:export ");
  CHECK((anns->front().time == begin));
  CHECK(anns->back().detail == "all");
}

TEST_CASE("a removed mailbox leaves no keys") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const std::uint64_t id = h.id();
  REQUIRE(h.directory->remove_mailbox(kAnn));
  // A delivery that found the mailbox a moment ago must not store plain what was to be sealed.
  CHECK(word(h.sealing().setting(id)) == "not_found");
  const auto rows = std::move(*h.store->open(store::kDirectoryAccount));
  CHECK(!*rows->get(rows::generation_key(AccountId(id), 1)));
}

TEST_CASE("reprocessing is asked for, and reported when it is done") {
  House h;
  REQUIRE(h.sealing().request_reprocess(kAnn, true));
  CHECK(h.sealing().setting(h.id())->reprocess);
  const vault::Setting followed = *h.sealing().setting(h.id());
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  REQUIRE(h.sealing().reprocessed(h.id(), followed));
  CHECK(h.sealing().setting(h.id())->reprocess);  // it was switched meanwhile
  REQUIRE(h.sealing().reprocessed(h.id(), *h.sealing().setting(h.id())));
  CHECK(!h.sealing().setting(h.id())->reprocess);
  CHECK(h.sealing().reprocessed(999, followed));
}

TEST_CASE("old keys are found again through later resets, whoever remembers what") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter old = h.seal("old mail");
  REQUIRE(h.sealing().reset_password(kAnn, secret("second"), true));
  CHECK(*h.sealing().reopen(kAnn, secret("first")) == 1);
  REQUIRE(h.sealing().reset_password(kAnn, secret("third"), true));
  CHECK(h.directory->log_in("", kAnn, secret("third"))->old_locked);
  // The second password is forgotten; the first one still opens what it always opened.
  CHECK(*h.sealing().reopen(kAnn, secret("first")) == 1);
  CHECK(h.open("third", old) == "old mail");
  CHECK(*h.sealing().reopen(kAnn, secret("second")) == 1);
  CHECK(!h.directory->log_in("", kAnn, secret("third"))->old_locked);
}

TEST_CASE("an app password gives no power over other credentials, and is void in old generations too") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter letter = h.seal("dear ann");
  const Secret phone = *h.sealing().add_app_password(kAnn, "phone", secret("first"));
  CHECK(word(h.sealing().change_password(kAnn, phone, secret("mine"))) == "denied");
  CHECK(word(h.sealing().add_recovery_token(kAnn, phone)) == "denied");
  CHECK(word(h.sealing().add_app_password(kAnn, "other", phone)) == "denied");
  REQUIRE(h.sealing().reset_password(kAnn, secret("second"), true));
  CHECK(word(h.sealing().reopen(kAnn, phone)) == "denied");
  CHECK(h.open(phone.reveal(), letter) == "<denied>");
  REQUIRE(h.sealing().remove_app_password(kAnn, "phone"));
  CHECK(word(h.sealing().remove_app_password(kAnn, "phone")) == "not_found");
}

TEST_CASE("what a later version wrote beside the keys is kept") {
  House h;
  REQUIRE(h.sealing().set_sealed(kAnn, true));
  const Letter letter = h.seal("dear ann");
  const std::string key = rows::generation_key(AccountId(h.id()), 1);
  auto rows = std::move(*h.store->open(store::kDirectoryAccount));
  const std::string more = std::string("slot=passkey:AA==:AA==:AA==") + '\0' + "colour=blue" + '\0';
  REQUIRE(rows->commit(store::Batch().put(key, (*rows->get(key))->value + more)));
  REQUIRE(h.sealing().change_password(kAnn, secret("first"), secret("second")));
  CHECK(h.open("second", letter) == "dear ann");
  const std::string value = (*rows->get(key))->value;
  CHECK(value.find("slot=passkey:AA==:AA==:AA==") != std::string::npos);
  CHECK(value.find("colour=blue") != std::string::npos);
}

TEST_CASE("no change leaves cheap SCRAM keys in a mailbox that is sealed, whoever is faster") {
  House h;
  // Somebody seals the mailbox while another one's new password is hashed: the hashing saw a mailbox with nothing to hide.
  struct Sealer : Random {
    explicit Sealer(Random& inner) : inner_(inner) {}
    void fill(std::span<std::byte> out) override {
      if (auto now = std::exchange(then, nullptr)) now();
      inner_.fill(out);
    }
    std::function<void()> then;
    Random& inner_;
  } random(h.random);
  const auto slow = directory::testing::open(*h.store, random);
  random.then = [&] { REQUIRE(h.sealing().set_sealed(kAnn, true)); };
  REQUIRE(slow->sealing().change_password(kAnn, secret("first"), secret("second")));
  CHECK(h.sealing().status(kAnn)->used);
  CHECK(h.row().find("scram_stored") == std::string::npos);
}

TEST_CASE("unknown logins of an alias domain look like those of its domain") {
  House h;
  h.domain("example.net", "example.org");
  CHECK(h.directory->scram_keys("ann@example.net")->salt == h.directory->scram_keys("ann@example.org")->salt);
  CHECK(h.directory->scram_keys("eve@example.net")->salt == h.directory->scram_keys("eve@example.org")->salt);
}
