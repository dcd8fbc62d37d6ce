// Starts the work of the queue: connections to destinations that have something to get, and delivery to mailboxes here.
//
// Decides when and how many; how a host is found and reached is the business of a Carrier, and how mail gets into
// mailboxes that of a LocalDelivery. Deterministic: it acts in run() and when a carrier is done.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "posthorn/bytes/clock.h"
#include "posthorn/service/queue/queue.h"

namespace posthorn::queue {

class Courier;
class Crew;
struct CourierOptions;

/// What a carrier came back with.
struct Carried {
  enum class What : std::uint8_t {
    served,       ///< a host of the destination had a connection and answered
    unreachable,  ///< none could be reached, or none may be used: may work later
    impossible,   ///< there is no such destination, or it takes no mail
  };
  What what = What::served;
  std::string status;  ///< enhanced status code
  std::string said;    ///< one sentence for reports and operators
};

/// Finds hosts, connects, runs couriers.
class Carrier {
 public:
  /// Makes what talks to the host at the other end.
  using MakeCourier = std::function<std::unique_ptr<Courier>(CourierOptions options)>;
  using Done = std::move_only_function<void(Carried)>;
  virtual ~Carrier() = default;
  /// Opens one connection to the destination and lets a courier of `make` work on it until it is over; then calls
  /// `done`, once, on any thread, or before it returns. Tries the hosts of the destination in order until one answers.
  virtual void carry(const Destination& destination, MakeCourier make, Done done) = 0;
};

/// Puts mail of the queue into mailboxes of this site.
class LocalDelivery {
 public:
  virtual ~LocalDelivery() = default;
  /// One outcome for each recipient. The same work twice is stored once. Blocks.
  [[nodiscard]] virtual std::vector<Outcome> deliver(const Work& work, Queue& queue) = 0;
};

/// Runs jobs that block.
class Hands {
 public:
  virtual ~Hands() = default;
  virtual void submit(std::move_only_function<void()> job) = 0;
};

struct DispatcherOptions {
  std::uint32_t connections = 100;  ///< to all destinations together
  std::uint32_t local_jobs = 4;     ///< deliveries to mailboxes here at the same time
};

class Dispatcher {
 public:
  /// @lifetime all outlive the dispatcher; it must outlive every `done` of the carrier (see settle())
  Dispatcher(Queue& queue, Carrier& carrier, LocalDelivery& local, Hands& hands, const Clock& clock,
             DispatcherOptions options);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Starts what may start. Never blocks; any thread, also from within done and wake functions.
  void run();
  /// When run() has something to do, unless something comes in before.
  [[nodiscard]] WallTime due() { return queue_.due(); }
  /// Starts nothing any more.
  void stop();
  /// Connections and jobs that exist now.
  [[nodiscard]] std::size_t busy() const;

 private:
  struct Line {
    std::uint32_t active = 0;
    std::uint32_t limit = UINT32_MAX;  // what the destination was seen to take
  };

  void start(const Destination& destination);
  void start_local();
  void deliver_here();
  void ended(const Destination& destination, const Carried& carried);
  void fail_all(const Destination& destination, const Carried& carried);
  void submit(std::move_only_function<void()> job);

  Queue& queue_;
  Carrier& carrier_;
  LocalDelivery& local_;
  Hands& hands_;
  const Clock& clock_;
  const DispatcherOptions options_;
  const std::unique_ptr<Crew> crew_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<Destination, Line> lines_;
  std::uint32_t connections_ = 0;
  std::uint32_t jobs_ = 0;
  bool stopped_ = false, ticking_ = false, running_ = false, again_ = false;
};

}  // namespace posthorn::queue
