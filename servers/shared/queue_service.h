// The outgoing side of a running server: queue, dispatcher, DNS and connections, put together from settings.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "posthorn/grammar/mail/srs.h"
#include "posthorn/io/caller.h"
#include "posthorn/io/dns_client.h"
#include "posthorn/io/policy_fetcher.h"
#include "posthorn/service/delivery/local.h"
#include "posthorn/service/filtering/imap_events.h"
#include "posthorn/service/limits/limiter.h"
#include "posthorn/service/queue/dispatcher.h"
#include "posthorn/service/roles/authentication.h"
#include "posthorn/service/roles/mx_checks.h"
#include "posthorn/service/signing/domain_signer.h"

#include "shared/dmarc_judgements.h"
#include "shared/dns.h"
#include "shared/host_scripts.h"
#include "shared/letter_limits.h"
#include "shared/log.h"
#include "shared/mail_carrier.h"
#include "shared/mx_gate.h"
#include "shared/queue_policies.h"
#include "shared/recipient_gate.h"
#include "shared/report_service.h"
#include "shared/site.h"

namespace posthorn::servers {

class QueueService {
 public:
  /// Opens the queue, the counts of what logins send and the secret of rewritten senders.
  /// @lifetime all arguments outlive the service
  [[nodiscard]] static Result<std::unique_ptr<QueueService>> open(const Settings& settings, Site& site, LineLog& log);
  /// For open().
  QueueService(const Settings& settings, Site& site, LineLog& log);
  ~QueueService();
  QueueService(const QueueService&) = delete;
  QueueService& operator=(const QueueService&) = delete;

  /// Runs the queue as soon as no other process on the data directory does.
  void start();
  /// Lets running transactions end, for `grace` at most.
  void stop(Duration grace);
  /// Reads certificate files of outgoing connections anew, and looks at DKIM keys and what the DNS publishes of them.
  void reload() {
    caller_.reload();
    signer_->refresh();
  }

  /// What a Delivery needs to use the queue.
  [[nodiscard]] delivery::Options delivery_options(delivery::Options options);
  [[nodiscard]] limits::Limiter& limiter() { return *limiter_; }
  [[nodiscard]] const mail::SrsRewriter& srs() const { return *srs_; }
  /// What MX listeners ask of their clients.
  [[nodiscard]] roles::MxChecks& checks() { return gate_->checks(); }
  /// Who judges mail that comes without a login; null: nobody.
  [[nodiscard]] roles::Authentication* authentication() { return authentication_.get(); }
  /// Runs scripts behind IMAP commands; null: none run.
  [[nodiscard]] filtering::ImapEvents* events() { return events_.get(); }
  /// Who exists in backup domains.
  [[nodiscard]] recipients::Check& recipients() { return *recipients_; }
  /// Asks for what waits for a domain to be tried now. Blocks.
  Result<void> flush(const std::string& domain);
  /// Lets all rest that a login has queued or queues. Blocks.
  void freeze(const std::string& login);

 private:
  class CallerHands : public queue::Hands {
   public:
    explicit CallerHands(io::Caller& caller) : caller_(caller) {}
    void submit(std::move_only_function<void()> job) override { caller_.submit(std::move(job)); }

   private:
    io::Caller& caller_;
  };
  class Lock;

  Result<void> open_parts();
  Result<void> open_signer();
  Result<void> open_authentication();
  Result<void> open_filter();
  [[nodiscard]] std::string rewrite(View sender) const;
  void ended(const queue::Message& message, const queue::End& end);
  void run();
  void report();
  void sweep_ledger();
  void begin(bool& running, void (QueueService::*job)());
  bool wait_until(WallTime due);

  const Settings& settings_;
  Site& site_;
  LineLog& log_;
  QueuePolicies policies_;
  io::Caller caller_;
  CallerHands hands_{caller_};
  std::unique_ptr<io::Worker> fetching_ = std::make_unique<io::Worker>(io::WorkerOptions{.max_threads = 8});
  std::unique_ptr<io::DnsClient> resolver_;
  std::unique_ptr<DnsGate> dns_;  // to the resolver, for what may still ask when it ends
  std::unique_ptr<io::PolicyFetcher> fetcher_;
  std::unique_ptr<store::Partition> rows_;  // of what is counted and remembered
  std::unique_ptr<TlsReports> reports_;
  std::unique_ptr<signing::Keys> keys_;
  std::unique_ptr<signing::DomainSigner> signer_;
  std::unique_ptr<MxGate> gate_;
  std::unique_ptr<limits::Limiter> limiter_;
  std::unique_ptr<LetterLimits> letter_limits_;
  std::optional<mail::SrsRewriter> srs_;
  std::unique_ptr<queue::Queue> queue_;
  std::unique_ptr<HostScripts> scripts_;           // null: mail is not filtered
  std::unique_ptr<delivery::Filter> filter_;       // likewise
  std::unique_ptr<filtering::ImapEvents> events_;  // likewise
  std::unique_ptr<queue::LocalDelivery> local_;
  std::unique_ptr<MailCarrier> carrier_;
  std::unique_ptr<RecipientGate> recipients_;
  std::unique_ptr<queue::Dispatcher> dispatcher_;
  std::unique_ptr<dmarc::PublicSuffixes> suffixes_;  // null: the tree walk
  std::unique_ptr<ReportService> report_service_;
  std::unique_ptr<DmarcJudgements> judgements_;
  std::unique_ptr<roles::Authentication> authentication_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false, stopping_ = false, sweeping_ = false, reporting_ = false;  // guarded by mutex_
  std::unique_ptr<Lock> lock_;
  std::thread runner_;
};

}  // namespace posthorn::servers
