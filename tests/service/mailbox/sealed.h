// An account whose sealing a test switches, with keys that come and go.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "posthorn/service/vault/sealed_message.h"
#include "posthorn/service/vault/setting.h"

#include "service/mailbox/fixture.h"

namespace posthorn::mailbox {

/// Settings that a test sets by hand.
class FakeSettings : public vault::Settings {
 public:
  vault::Setting now;
  std::optional<Error> failure;
  int reports = 0;
  std::function<void()> asked;  ///< called before each answer: a setting that changes while something runs
  Result<vault::Setting> setting(std::uint64_t) override {
    if (asked) asked();
    if (failure) return fail(*failure);
    return now;
  }
  Result<void> reprocessed(std::uint64_t, const vault::Setting& followed) override {
    CHECK(followed == now);
    ++reports;
    now.reprocess = false;
    return {};
  }
};

/// One process with one account that may be sealed.
struct SealedProcess {
  explicit SealedProcess(store::Store& store, bool pad_sizes = false, std::uint64_t seed = 12)
      : random(seed), store_(store), pad_sizes_(pad_sizes) {
    begin_generation();
    open();
  }
  void open() {
    account.reset();
    accounts = Accounts::make(store_, clock, {}, {&settings, &random, pad_sizes_});
    account = *accounts->open(kAccount, {});
  }
  /// A new key pair, as after a reset; `keys` holds only that one, `all` every one.
  void begin_generation() {
    const std::uint32_t number = settings.now.key ? settings.now.key->owner.generation + 1 : 1;
    pairs.push_back(vault::make_key_pair({kAccount.value(), number}, random));
    settings.now.key = pairs.back().public_key;
    keys = keys_of({number});
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t n = 1; n <= number; ++n) numbers.push_back(n);
    all = keys_of(numbers);
  }
  std::shared_ptr<const vault::OpenKeys> keys_of(const std::vector<std::uint32_t>& numbers) {
    auto opened = std::make_shared<vault::OpenKeys>(kAccount.value());
    for (const std::uint32_t n : numbers) REQUIRE(opened->add(n, pairs.at(n - 1).private_key));
    return opened;
  }
  void seal(bool on) { settings.now.state = on ? vault::State::on : vault::State::off; }

  /// "uid:flags:body" of every message, "<sealed>" and "<corrupt>" for what does not open; "*" marks sealed ones.
  std::string show(View mailbox, const std::shared_ptr<const vault::OpenKeys>& with) {
    std::string text;
    const auto messages = account->messages(mailbox, with.get());
    if (!messages) return "<" + own(name_of(messages.error().code)) + ">";
    const auto reader = account->reader(with);
    for (const StoredMessage& message : *messages) {
      const auto body = reader->read(message.body, 0, message.body.octets + 1);
      text += std::to_string(message.uid.value()) + (message.body.capsule.empty() ? "" : "*") + ":" +
              std::to_string(message.flags.system) + ":" +
              (body ? *body : "<" + own(name_of(body.error().code)) + ">") + " ";
    }
    return text;
  }
  std::string show(View mailbox) { return show(mailbox, all); }

  testing::FakeClock clock;
  testing::SeededRandom random;
  FakeSettings settings;
  std::vector<vault::KeyPair> pairs;
  std::shared_ptr<const vault::OpenKeys> keys;
  std::shared_ptr<const vault::OpenKeys> all;
  std::unique_ptr<Accounts> accounts;
  std::shared_ptr<Account> account;

 private:
  store::Store& store_;
  bool pad_sizes_;
};

/// Every row and body of a partition, as one text to search in.
inline std::string everything(store::Store& store, AccountId id = kAccount) {
  const auto partition = std::move(*store.open(id));
  std::string all;
  REQUIRE(partition->scan("", "\xFF", [&](View key, View value, store::Revision) {
    all.append(key).append("=").append(value).append("\n");
    return true;
  }));
  std::vector<BlobId> blobs;
  REQUIRE(partition->each_blob([&](BlobId blob, std::uint64_t) { blobs.push_back(blob); }));
  for (const BlobId blob : blobs) all += *partition->read_blob(blob, 0, std::uint64_t{1} << 40U);
  return all;
}

}  // namespace posthorn::mailbox
