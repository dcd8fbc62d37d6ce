#include "shared/queue_service.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/file.h>

#include "posthorn/bytes/codec/hex.h"
#include "posthorn/grammar/mail/domain.h"
#include "posthorn/service/signing/keys.h"

#include "shared/files.h"
#include "shared/host_key.h"
#include "shared/networks.h"
#include "shared/sieve_scripts.h"

namespace posthorn::servers {

namespace {

constexpr View kSrsSecret = "x:srs";
constexpr std::size_t kSrsSecretOctets = 32;
constexpr std::chrono::seconds kLookAgain(1);  // for what other processes and operators wrote
constexpr std::chrono::seconds kTryLock(5);    // another process runs the queue
constexpr std::chrono::seconds kLoadAgain(30);
constexpr std::chrono::hours kSweepEvery(24);
constexpr std::chrono::minutes kReportEvery(1);
constexpr std::chrono::milliseconds kLookForEnd(5);

io::DnsOptions told_dns_options(const Settings& settings, LineLog& log) {
  io::DnsOptions options = dns_options(settings);
  options.notify = [&log](io::DnsNotice, const dns::Question& question, View detail) {
    log.say(fmt::format("DNS: {}: {}", question.name, detail));
  };
  return options;
}

Result<roles::Authentication::Settings> authentication_settings(const Settings& settings) {
  auto exempt = networks("authentication.exempt", settings.authentication_exempt);
  if (!exempt) return fail(std::move(exempt.error()));
  roles::Authentication::Settings made;
  made.host_name = settings.host_name;
  made.exempt = std::move(*exempt);
  made.trust = {settings.authentication_spare_lists, settings.authentication_trusted_sealers};
  made.patience = std::chrono::seconds(settings.authentication_patience_seconds);
  return made;
}

limits::Limits count_limits(const Settings& settings) {
  const auto number = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  limits::Limits limits;
  limits.recipients_per_message = number(settings.recipients);
  limits.account = {number(settings.limit_messages_per_day), number(settings.limit_recipients_per_hour),
                    number(settings.limit_first_time_per_day)};
  limits.domain.messages_per_day = number(settings.limit_domain_messages_per_day);
  limits.domain.recipients_per_hour = number(settings.limit_domain_recipients_per_hour);
  return limits;
}

/// The secret of rewritten senders, made once for a data directory.
Result<std::string> srs_secret(store::Partition& rows, Random& random) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto row = rows.get(kSrsSecret);
    if (!row) return fail(row.error());
    if (*row) return (*row)->value;
    std::string secret(kSrsSecretOctets, '\0');
    random.fill(std::as_writable_bytes(std::span(secret.data(), secret.size())));
    store::Batch batch;
    batch.expect(kSrsSecret, std::nullopt).put(kSrsSecret, codec::hex_encode(secret));
    const auto committed = rows.commit(batch);
    if (!committed && committed.error().code != Code::conflict) return fail(committed.error());
  }
  return fail(environment_error(Code::conflict, "the secret of rewritten senders"));
}

}  // namespace

/// The file whose lock says which process runs the queue.
class QueueService::Lock {
 public:
  explicit Lock(const std::string& directory) : file_(directory + "/queue.lock", O_RDWR | O_CREAT) {}
  [[nodiscard]] bool take() const { return file_.is_open() && ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0; }
  [[nodiscard]] bool is_there() const { return file_.is_open(); }

 private:
  Descriptor file_;
};

QueueService::QueueService(const Settings& settings, Site& site, LineLog& log)
    : settings_(settings), site_(site), log_(log), policies_(settings, site.directory(), site.clock()) {}

QueueService::~QueueService() { stop(Duration(0)); }

Result<std::unique_ptr<QueueService>> QueueService::open(const Settings& settings, Site& site, LineLog& log) {
  auto made = std::make_unique<QueueService>(settings, site, log);
  if (auto opened = made->open_parts(); !opened) return fail(opened.error());
  return made;
}

Result<void> QueueService::open_parts() {
  auto rows = site_.store().open(queue::kQueueAccount);
  if (!rows) return fail(rows.error());
  rows_ = std::move(*rows);
  auto resolver = io::DnsClient::open(told_dns_options(settings_, log_));
  if (!resolver) return fail(resolver.error());
  resolver_ = std::move(*resolver);
  dns_ = std::make_unique<DnsGate>(*resolver_);
  auto limiter = limits::Limiter::open(*rows_, site_.clock(), site_.random(), count_limits(settings_));
  if (!limiter) return fail(limiter.error());
  limiter_ = std::move(*limiter);
  letter_limits_ = std::make_unique<LetterLimits>(
      *limiter_, [this](View sentence) { log_.say(sentence); }, [this](const std::string& login) { freeze(login); });
  const auto secret = srs_secret(*rows_, site_.random());
  if (!secret) return fail(secret.error());
  mail::SrsOptions rewriting;
  rewriting.secrets.emplace_back(*secret);
  rewriting.host = settings_.host_name;
  auto srs = mail::SrsRewriter::make(std::move(rewriting));
  if (!srs) return fail(srs.error());
  srs_.emplace(std::move(*srs));
  reports_ = std::make_unique<TlsReports>(*rows_, site_.clock());
  if (auto loaded = reports_->load(); !loaded) return loaded;

  if (auto opened = open_signer(); !opened) return opened;
  auto gate = MxGate::open(settings_, *rows_, site_.clock(), *resolver_, log_);
  if (!gate) return fail(gate.error());
  gate_ = std::move(*gate);
  gate_->test_lists();

  queue::Options options;
  options.host_name = settings_.host_name;
  options.ended = [this](const queue::Message& message, const queue::End& end) { ended(message, end); };
  const queue::Router router = delivery::make_router(site_.directory(), {.host_name = settings_.host_name});
  auto queue = queue::Queue::open(site_.store(), site_.clock(), site_.random(), policies_, router, std::move(options));
  if (!queue) return fail(queue.error());
  queue_ = std::move(*queue);
  auto suffixes = public_suffixes(settings_);
  if (!suffixes) return fail(std::move(suffixes.error()));
  suffixes_ = std::move(*suffixes);
  const ReportService::Ground reporting{
      settings_,      *rows_,    *queue_, *dns_,           site_.clock(),
      site_.random(), *reports_, log_,    suffixes_.get(), https_post(*dns_, settings_)};
  report_service_ = std::make_unique<ReportService>(reporting, router);
  if (auto opened = open_authentication(); !opened) return opened;
  fetcher_ =
      std::make_unique<io::PolicyFetcher>(*resolver_, *fetching_,
                                          io::PolicyFetcherOptions{.ca_file = settings_.outbound_authorities,
                                                                   .anywhere = settings_.outbound_https_anywhere});
  if (auto opened = open_filter(); !opened) return opened;
  local_ = delivery::make_local_delivery(site_.directory(), site_.accounts(), site_.clock(),
                                         delivery_options({.host_name = settings_.host_name}));
  const Journey::Ground ground{settings_,     policies_,      *resolver_, *fetcher_, caller_,
                               site_.clock(), site_.random(), *reports_,  log_};
  carrier_ = std::make_unique<MailCarrier>(ground, *signer_);
  recipients_ = std::make_unique<RecipientGate>(ground, *rows_, std::max<std::size_t>(1, settings_.workers / 2));
  queue::DispatcherOptions dispatching;
  dispatching.connections = static_cast<std::uint32_t>(settings_.queue_connections);
  dispatcher_ = std::make_unique<queue::Dispatcher>(*queue_, *carrier_, *local_, hands_, site_.clock(), dispatching);
  lock_ = std::make_unique<Lock>(site_.data_directory());
  if (!lock_->is_there())
    return fail(environment_error(
        Code::unavailable, "queue.lock in " + site_.data_directory() + " cannot be opened: " + std::strerror(errno)));
  return {};
}

Result<void> QueueService::open_filter() {
  if (!settings_.sieve_on) return {};
  scripts_ = std::make_unique<HostScripts>(settings_, personal_scripts(site_));
  if (auto good = scripts_->check(); !good) return good;
  const auto log = [this](View account, View what) { log_.say(fmt::format("sieve of {}: {}", account, what)); };
  filtering::Options options = filter_options(settings_, log);
  // Whom somebody has written to is known where first letters are counted.
  if (settings_.limits_on && settings_.limit_first_time_per_day != 0) {
    options.has_written_to = [this](const directory::Account& account, View address) {
      return limiter_->has_written_to(account.id, address);
    };
  }
  filter_ = filtering::make_filter(*scripts_, site_.directory(), site_.clock(), site_.random(), std::move(options));
  if (!settings_.sieve_imap_events) return {};
  events_ = filtering::make_imap_events(site_.directory(), site_.clock(),
                                        delivery_options({.host_name = settings_.host_name}),
                                        {.messages = settings_.sieve_event_messages, .log = log});
  return {};
}

Result<void> QueueService::open_authentication() {
  if (!settings_.authentication_on) return {};
  auto judging = authentication_settings(settings_);
  if (!judging) return fail(judging.error());
  judging->options.suffixes = suffixes_.get();
  judgements_ =
      std::make_unique<DmarcJudgements>(report_service_->results(), report_service_->failures(), site_.clock());
  authentication_ = std::make_unique<roles::Authentication>(*resolver_, std::move(*judging), judgements_.get());
  return {};
}

Result<void> QueueService::open_signer() {
  auto host_key = make_host_key(host_key_file(settings_), site_.random());
  if (!host_key) return fail(host_key.error());
  keys_ = std::make_unique<signing::Keys>(*rows_, site_.random(), std::move(*host_key));
  const auto present = keys_->list();
  if (!present) return fail(present.error());
  for (const signing::Key& key : *present) {
    if (auto opened = keys_->open(key); !opened) return fail(opened.error());
  }
  signing::SignerOptions options;
  options.host_name = settings_.host_name;
  options.host_too = settings_.signing_host_too;
  options.seal = settings_.authentication_seal;
  options.notify = [this](View domain, bool used) {
    log_.say(used ? fmt::format("DKIM: mail is signed for {}: the DNS publishes its key", domain)
                  : fmt::format("DKIM: the DNS does not publish a key of {} any more", domain));
  };
  signer_ = std::make_unique<signing::DomainSigner>(*keys_, *dns_, site_.clock(), std::move(options));
  return {};
}

std::string QueueService::rewrite(View sender) const {
  auto address = mail::parse_mailbox(sender, true);
  if (sender.empty() || !address) return own(sender);
  const auto ours = site_.directory().is_local_domain(address->domain);
  if (ours && *ours) return own(sender);
  const auto rewritten = srs_->forward(*address, std::chrono::floor<std::chrono::days>(site_.clock().wall()));
  // An address that has no room for what is added goes on as it is: SPF may fail there, and nothing is lost here.
  return rewritten ? rewritten->text() : own(sender);
}

delivery::Options QueueService::delivery_options(delivery::Options options) {
  options.queue = queue_.get();
  options.rewrite_sender = [this](View sender) { return rewrite(sender); };
  if (settings_.limits_on) {
    options.may_send = [this](const directory::Account& account, const delivery::Letter& letter) {
      return letter_limits_->may_send(account, letter);
    };
  }
  options.filter = filter_.get();
  return options;
}

Result<void> QueueService::flush(const std::string& domain) {
  return queue::order(site_.store(), site_.clock(), site_.random(), queue::Order::flush, domain);
}

void QueueService::freeze(const std::string& login) {
  log_.say(fmt::format("{} is frozen: see posthorn queue list, posthorn queue thaw {}", login, login));
  const auto given = queue::order(site_.store(), site_.clock(), site_.random(), queue::Order::freeze, login);
  if (!given) log_.say(fmt::format("what {} has queued does not rest: {}", login, given.error().note));
}

/// Counts what became of mail that a login submitted; who writes to nobody too often is frozen (features F14).
void QueueService::ended(const queue::Message& message, const queue::End& end) {
  if (message.account.empty() || !settings_.limits_on) return;
  const auto account = site_.directory().account(View(message.account));
  if (!account) return;
  const bool bounced = end.ending == queue::Ending::bounced;
  if (!bounced && end.ending != queue::Ending::relayed && end.ending != queue::Ending::stored) return;
  const auto frozen = limiter_->outcome(account->id, bounced ? limits::Outcome::bounced : limits::Outcome::delivered);
  if (!frozen || !*frozen) return;
  log_.say(fmt::format("too much mail of {} bounces", message.account));
  freeze(message.account);
}

// --- running ---------------------------------------------------------------------------------------------------------

void QueueService::start() {
  if (!settings_.queue_here) return;
  queue_->set_wake([this] {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  });
  // Signals are for the program's own thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  runner_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void QueueService::stop(Duration grace) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (report_service_) report_service_->stop();
  if (dispatcher_) dispatcher_->stop();
  if (recipients_) recipients_->stop();
  if (runner_.joinable()) runner_.join();
  caller_.stop(grace);
  // Whatever is still asked ends here, while all that its answers go to is there.
  fetching_.reset();
  if (dns_) dns_->shut();
  resolver_.reset();
  std::unique_lock lock(mutex_);
  const auto busy = [this] { return (dispatcher_ && dispatcher_->busy() > 0) || (recipients_ && recipients_->busy()); };
  while (sweeping_ || reporting_ || busy()) changed_.wait_for(lock, kLookForEnd);
  lock.unlock();
  if (report_service_) report_service_->save();
}

/// @returns false when the service stops
bool QueueService::wait_until(WallTime due) {
  std::unique_lock lock(mutex_);
  const auto most = std::clamp(due - site_.clock().wall(), std::chrono::seconds(0), kLookAgain);
  changed_.wait_for(lock, most, [this] { return woken_ || stopping_; });
  woken_ = false;
  return !stopping_;
}

void QueueService::run() {
  bool told = false;
  while (!lock_->take()) {
    if (!std::exchange(told, true)) log_.say("the queue is run by another process");
    report_service_->save();
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kTryLock, [this] { return stopping_; })) return;
  }
  while (true) {
    const auto loaded = queue_->load();
    if (loaded) break;
    log_.say("the queue cannot be read, and waits: " + loaded.error().note);
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kLoadAgain, [this] { return stopping_; })) return;
  }
  log_.say(fmt::format("running the queue: {} messages wait", queue_->size()));
  WallTime swept{};
  WallTime reported{};
  do {
    dispatcher_->run();
    const WallTime now = site_.clock().wall();
    if (now >= swept + kSweepEvery) {
      swept = now;
      begin(sweeping_, &QueueService::sweep_ledger);
    }
    if (now >= reported + kReportEvery) {
      reported = now;
      begin(reporting_, &QueueService::report);
    }
  } while (wait_until(dispatcher_->due()));
}

/// Does a job on another thread unless it is being done.
void QueueService::begin(bool& running, void (QueueService::*job)()) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(running, true)) return;
  }
  hands_.submit([this, &running, job] {
    (this->*job)();
    const std::lock_guard lock(mutex_);
    running = false;
  });
}

void QueueService::report() {
  report_service_->save();
  report_service_->send();
}

void QueueService::sweep_ledger() {
  const WallTime before = site_.clock().wall() - std::chrono::days(settings_.queue_ledger_days);
  static_cast<void>(queue::expire_ledger(site_.store(), before));
  static_cast<void>(limiter_->sweep());
  gate_->sweep();
  recipients_->sweep();
  gate_->test_lists();
  const auto mailboxes = site_.directory().mailboxes({});
  if (!mailboxes) return;
  for (const auto& mailbox : *mailboxes) {
    const auto account = site_.accounts().open(mailbox.id, {mailbox.quota_octets, mailbox.quota_messages});
    if (!account) continue;
    static_cast<void>((*account)->expire_receipts(before));
    static_cast<void>((*account)->expire_memory());
  }
}

}  // namespace posthorn::servers
