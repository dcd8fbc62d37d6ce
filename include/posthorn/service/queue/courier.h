// One connection to another host that hands over what waits for a destination, message after message.
//
// A Conversation: io drives it over a socket, tests over a wire. It takes work from the queue, sends it by a
// smtp::ClientSession, writes down the outcomes, takes the next, and stays for a moment when there is none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/protocol/session.h"
#include "posthorn/protocol/smtp/client_session.h"
#include "posthorn/service/queue/queue.h"

namespace posthorn::queue {

class Signer;

/// CourierReport::status of a host that does not offer REQUIRETLS where mail must go with it (RFC 8689).
inline constexpr View kNoRequireTls = "5.7.30";

struct CourierOptions {
  std::string host_name;  ///< for EHLO
  std::string remote;     ///< the host, for reports
  smtp::TlsPolicy tls = smtp::TlsPolicy::opportunistic;
  bool require_tls = false;                ///< mail goes with REQUIRETLS, or not at all (RFC 8689)
  bool last = true;                        ///< no other host of the destination is called after this one
  std::uint32_t recipients = 100;          ///< in one transaction (RFC 5321 section 4.5.3.1.8: each server takes 100)
  std::size_t read_at_once = 256U << 10U;  ///< octets of a body in memory
  Duration linger = std::chrono::seconds(2);  ///< an idle connection is kept so long
  smtp::ClientLimits limits;
  Signer* signer = nullptr;  ///< null: nothing is signed. @lifetime outlives the courier
};

/// What became of a connection.
struct CourierReport {
  std::uint64_t transactions = 0;  ///< that the host answered, in whatever way but by letting go
  std::string trouble;             ///< why it ended before there was one: a refusal, a broken protocol; empty: none
  std::string status = "4.4.2";    ///< enhanced status code of the trouble
};

class Crew;

/// Puts signatures in front of mail that leaves.
class Signer {
 public:
  virtual ~Signer() = default;
  /// Fields for the front of the message, each with its line end; empty: it goes as it is. Blocks. Safe to call from
  /// many threads.
  [[nodiscard]] virtual std::string sign(const Work& work, const Queue& queue) = 0;
};

class Courier final : public Conversation {
 public:
  /// @param first  an item that the courier starts with, if any
  /// @lifetime `queue` and `crew` outlive it
  Courier(Queue& queue, Crew& crew, Destination destination, CourierOptions options, TimePoint now);
  ~Courier() override;
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  void receive(View octets) override { session_.receive(octets); }
  void receive_end() override { session_.receive_end(); }
  [[nodiscard]] Wants next(TimePoint now) override;
  void work(TimePoint now) override;
  [[nodiscard]] View transmit() const override { return session_.transmit(); }
  void transmitted(std::size_t octets) override { session_.transmitted(octets); }
  [[nodiscard]] std::optional<TimePoint> deadline() const override;
  void upgraded(const TlsFacts& facts) override;
  void stop() override;
  void set_wake(std::function<void()> wake) override;

  [[nodiscard]] const Destination& destination() const { return destination_; }
  [[nodiscard]] const CourierReport& report() const { return report_; }
  /// The connection is gone: what was under way may work later. Blocks. The driver calls it when it is done, whatever
  /// happened.
  void abandon(View why);

 private:
  enum class Job : std::uint8_t { none, take, content, finish, abandon };
  using Next = std::optional<Wants>;

  Next on(NeedInput&) { return Wants::input; }
  Next on(smtp::Ready&);
  Next on(smtp::StartTls&) { return Wants::upgrade; }
  Next on(smtp::RecipientResult&) { return std::nullopt; }
  Next on(smtp::WantContent&);
  [[nodiscard]] bool let_go(const smtp::Finished& event);
  Next on(smtp::Finished& event);
  Next on(smtp::Refused& event);
  Next on(Violation& event);
  Next on(Closed&);

  void take(TimePoint now);
  void send_part();
  void send_content();
  void finish(TimePoint now);
  void idle(bool idle);

  Queue& queue_;
  Crew& crew_;
  const Destination destination_;
  const CourierOptions options_;
  smtp::ClientSession session_;
  CourierReport report_;
  std::optional<Work> work_;
  std::vector<Outcome> outcomes_;  // of the recipients that had their transaction
  std::string front_;              // before the body: signatures, trace fields
  std::uint64_t sent_ = 0;         // octets of the body
  Job job_ = Job::none;
  std::optional<TimePoint> idle_until_;
  bool content_began_ = false;  // the host has seen some of the message
  bool quitting_ = false;
};

/// The couriers that exist now: who is idle can be told that there is work. Safe to call from many threads.
class Crew {
 public:
  /// Wakes an idle courier of the destination. @returns whether there was one
  bool rouse(const Destination& destination);

 private:
  friend class Courier;
  struct Member {
    Courier* courier;
    std::function<void()> wake;
    bool idle = false;
    bool roused = false;
  };
  void enter(Courier& courier);
  void leave(const Courier& courier);
  void set_wake(const Courier& courier, std::function<void()> wake);
  void set_idle(const Courier& courier, bool idle);
  /// Whether somebody roused it; forgets it.
  bool take_roused(const Courier& courier);

  struct Parts;
  std::shared_ptr<Parts> parts_ = make_parts();
  static std::shared_ptr<Parts> make_parts();
};

}  // namespace posthorn::queue
