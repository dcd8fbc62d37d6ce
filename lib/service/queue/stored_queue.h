// Queue over a store: queue.cpp takes in and settles, queue_upkeep.cpp does what time and operators ask for.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <mutex>

#include "posthorn/service/queue/queue.h"

#include "service/queue/rows.h"
#include "service/queue/settle.h"
#include "service/queue/timetable.h"

namespace posthorn::queue {

class StoredQueue final : public Queue {
 public:
  /// What everything stands on.
  struct Ground {
    std::unique_ptr<store::Partition> rows;
    const Clock& clock;
    Random& random;
    Policies& policies;
    Router router;
    Options options;
  };

  explicit StoredQueue(Ground ground) : ground_(std::move(ground)) {}

  Result<std::unique_ptr<store::BlobWriter>> write_body() override { return ground_.rows->write_blob(); }
  Result<MessageId> accept(Message message, std::vector<Item> items) override;
  Result<bool> adopt(const MessageId& id, Message message, std::vector<Item> items) override;
  Result<bool> knows(const MessageId& id) const override;

  Result<void> load() override;
  void set_wake(std::function<void()> wake) override;
  std::vector<Destination> ready() override;
  WallTime due() override;
  Result<std::optional<Work>> take(const Destination& destination) override;
  Result<void> finish(Work work, std::vector<Outcome> outcomes) override;
  void put_back(const Work& work) override;
  Result<std::string> read_body(const Message& message, std::uint64_t offset, std::uint64_t count) const override;
  void unreachable(const Destination& destination, View status, View why) override;
  void reached(const Destination& destination) override;
  void tick() override;
  bool tick_due() const override;
  WallTime now() const override { return ground_.clock.wall(); }
  Policy policy(const Destination& destination) const override { return ground_.policies.policy(destination); }
  std::size_t size() const override;

  /// Watches the partition for what other processes write.
  void watch(store::Store& store);
  /// Looks which names were given out a moment ago, so that new ones come after them.
  Result<void> find_last_order();

 private:
  /// A message that a batch takes in.
  struct Taken {
    MessageId id;
    std::vector<Item> items;
    std::string account;
  };
  /// What was done and could not be written down.
  struct Unsettled {
    Work work;
    std::vector<Outcome> outcomes;
  };
  static constexpr std::size_t kStripes = 32;
  /// What others wrote is looked for so often. Our own writing rings the same bell, which never rests under load.
  static constexpr std::chrono::seconds kLookEvery{1};

  MessageId new_id();
  Result<Taken> draft(store::Batch& batch, Message message, std::vector<Item> items);
  Result<Taken> draft(store::Batch& batch, const MessageId& id, const Message& message, std::vector<Item> items);
  void enter(const Taken& taken);
  void wake();

  Result<void> load_items();
  Result<Work> read(const ItemKey& key) const;
  [[nodiscard]] Result<bool> is_last(const ItemKey& key) const;
  void end_late(Work work);
  Result<void> settle_now(const Work& work, const std::vector<Outcome>& outcomes);
  Result<void> draft_reports(store::Batch& batch, const Work& work, Settlement& settlement, std::vector<Taken>& taken,
                             std::vector<std::unique_ptr<store::BlobWriter>>& bodies);
  Result<void> draft_report(store::Batch& batch, const Work& work, const std::vector<Told>& told,
                            std::vector<Taken>& taken, std::vector<std::unique_ptr<store::BlobWriter>>& bodies);
  Result<void> draft_text(store::Batch& batch, View to, const std::string& text, Message message,
                          std::vector<Taken>& taken, std::vector<std::unique_ptr<store::BlobWriter>>& bodies);
  [[nodiscard]] Result<std::string> report_text(const Work& work, const std::vector<Told>& told) const;
  void settle_again();
  void look_for_news();
  std::size_t take_news();
  Result<void> learn(const ItemKey& key);
  void obey();
  Result<void> obey(const CommandRow& order, WallTime given);
  Result<bool> change(const std::vector<ItemKey>& keys, const std::function<void(Item&)>& how);
  [[nodiscard]] std::vector<ItemKey> subjects(View subject);
  [[nodiscard]] bool is_for(const ItemKey& key, View address) const;
  Result<void> hand_over(View subject);
  Result<void> hand_over(const HandedRecipients& handed);
  void look_at_times();
  bool each_taken(const std::vector<ItemKey>& keys, const std::function<void(Work work)>& use);
  void give_up(Work work, const Outcome& outcome);
  void look_at_ages();
  void forget_idle();
  void look_at_age(const Destination& destination, const Policy& policy);
  void warn(const Destination& destination, const Policy& policy, DestinationRow& row);
  void write(const Destination& destination, const DestinationRow* row);

  Ground ground_;
  mutable std::mutex mutex_;  // guards what follows
  Timetable timetable_;
  std::map<Destination, DestinationRow> troubled_;
  std::map<Destination, MessageId> looked_at_;  // items up to this one have had their report of a delay
  std::vector<Unsettled> unsettled_;
  std::function<void()> wake_;
  std::uint64_t last_order_ = 0;
  WallTime next_tick_{};
  WallTime looked_{};                         // for news
  std::atomic<bool> loaded_ = false;          // read without the lock too
  bool news_ = false;                         // somebody has written since the last tick
  std::array<std::mutex, kStripes> stripes_;  // of messages: one settlement at a time
  std::unique_ptr<store::Watch> watch_;       // last: it calls the object
};

}  // namespace posthorn::queue
