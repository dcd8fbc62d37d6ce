#include "shared/installation.h"

#include <algorithm>
#include <utility>

#include "posthorn/io/worker.h"
#include "posthorn/service/roles/imap_role.h"
#include "posthorn/service/roles/managesieve_role.h"
#include "posthorn/service/roles/pop3_role.h"
#include "posthorn/service/roles/smtp_role.h"

#include "shared/networks.h"
#include "shared/sieve_scripts.h"

namespace posthorn::servers {

namespace {

io::ServerOptions server_options(const Settings& settings, LineLog& log) {
  io::ServerOptions options;
  options.worker.max_threads = settings.workers;
  options.notify = [&log](io::Notice what, View peer, View detail) { log.noticed(what, peer, detail); };
  return options;
}

// Both SMTP roles are one service.
std::string service_of(const std::string& role) { return role == "mx" || role == "submission" ? "smtp" : role; }

io::ListenerTls io_tls(const std::string& tls) {
  if (tls == "implicit") return io::ListenerTls::implicit;
  return tls == "starttls" ? io::ListenerTls::starttls : io::ListenerTls::none;
}

roles::Tls role_tls(const std::string& tls) {
  if (tls == "implicit") return roles::Tls::implicit;
  return tls == "starttls" ? roles::Tls::starttls : roles::Tls::none;
}

std::chrono::seconds seconds(std::uint64_t count) { return std::chrono::seconds(static_cast<std::int64_t>(count)); }

roles::OnAutomation on_automation(View word) {
  if (word == "hold") return roles::OnAutomation::hold;
  return word == "freeze" ? roles::OnAutomation::freeze : roles::OnAutomation::tell;
}

roles::SmtpOptions smtp_options(const Settings& settings, const std::string& role,
                                const std::vector<IpNetwork>& xclient_from) {
  roles::SmtpOptions options;
  const bool submission = role == "submission";
  options.outbound = submission;
  options.automation = on_automation(settings.limit_automation);
  options.offers.binary = true;
  options.offers.dsn = role != "lmtp";
  options.offers.require_tls = role != "lmtp";
  options.offers.priority = submission;
  options.offers.deliver_by = submission;
  options.offers.future_release = submission;
  options.offers.etrn = role == "mx";
  options.xclient_from = xclient_from;
  if (role == "mx") {
    options.greet_delay = std::chrono::milliseconds(static_cast<std::int64_t>(settings.mx_greet_delay_milliseconds));
    options.refuse_early = options.greet_delay > Duration(0);
    options.strict_pipelining = true;
  }
  options.lmtp = role == "lmtp";
  options.offer_login = role == "submission";
  options.limits.message = settings.message_octets;
  options.limits.recipients = static_cast<std::uint32_t>(settings.recipients);
  options.limits.command_idle = seconds(settings.command_seconds);
  return options;
}

/// Where scripts of IMAP events are kept (RFC 6785 section 2.1); empty: there are none.
std::string sieve_url(const Settings& settings) {
  constexpr std::uint64_t kStandardPort = 4190;
  const auto listener = std::ranges::find(settings.listeners, "managesieve", &ListenerSettings::role);
  if (!settings.sieve_on || !settings.sieve_imap_events || listener == settings.listeners.end()) return {};
  const bool is_standard = listener->port == kStandardPort || listener->port == 0;
  return "sieve://" + settings.host_name + (is_standard ? "" : ":" + std::to_string(listener->port));
}

roles::ImapOptions imap_options(const Settings& settings) {
  roles::ImapOptions options;
  options.limits.message = settings.message_octets;
  options.limits.drain = 2 * settings.message_octets;
  options.limits.idle = seconds(settings.imap_idle_seconds);
  if (settings.imap_message_limit != Settings::kAnyNumber)
    options.limits.messages = static_cast<std::uint32_t>(settings.imap_message_limit);
  options.identity.name = settings.identity;
  options.sieve_url = sieve_url(settings);
  options.namespaces.shared_prefix = settings.shared_prefix;
  options.namespaces.publics = settings.public_namespaces;
  options.namespaces.own_seen = settings.shared_seen == "private";
  return options;
}

roles::Pop3Options pop3_options(const Settings& settings) {
  roles::Pop3Options options;
  options.limits.idle = seconds(settings.pop3_idle_seconds);
  return options;
}

roles::ManageSieveOptions managesieve_options(const Settings& settings, Site& site) {
  roles::ManageSieveOptions options;
  options.limits.idle = seconds(settings.managesieve_idle_seconds);
  options.limits.script = settings.sieve_script_octets;
  options.extensions = sieve_extensions();
  options.notify = "mailto";
  options.max_redirects = static_cast<std::uint32_t>(settings.sieve_redirects);
  options.open = [&site](directory::AccountId account) {
    return map(open_scripts(site, account),
               [](auto scripts) { return std::unique_ptr<managesieve::Scripts>(std::move(scripts)); });
  };
  return options;
}

/// Threads for what nobody waits for, few enough to leave the machine to those who wait.
class Errands : public roles::Background {
 public:
  void submit(std::move_only_function<void()> job) override { worker_.submit(std::move(job)); }

 private:
  io::Worker worker_{{.max_threads = 1}};
};

}  // namespace

Installation::Installation(const Settings& settings, LineLog& log)
    : settings_(settings), log_(log), server_(server_options(settings, log)) {}

Installation::~Installation() { server_.stop(Duration(0)); }

Result<std::unique_ptr<Installation>> Installation::prepare(const Settings& settings, std::span<const View> roles,
                                                            LineLog& log) {
  auto made = std::make_unique<Installation>(settings, log);
  auto proxies = networks("mx.proxies", settings.mx_proxies);
  if (!proxies) return fail(proxies.error());
  made->proxies_ = std::move(*proxies);
  auto xclient = networks("mx.xclient", settings.mx_xclient);
  if (!xclient) return fail(xclient.error());
  made->xclient_from_ = std::move(*xclient);
  for (const ListenerSettings& listener : made->settings_.listeners) {
    if (std::ranges::find(roles, listener.role) == roles.end()) continue;
    const Result<void> bound = made->bind(listener);
    if (!bound) return fail(bound.error());
  }
  if (made->listening_.empty()) return fail(caller_error(Code::misuse, "no [[listener]] has a role of this program"));
  return made;
}

Result<const io::TlsServer*> Installation::tls_for(const std::string& service) {
  std::unique_ptr<io::TlsServer>& slot = tls_[service];
  if (slot) return slot.get();
  io::TlsSettings tls;
  tls.service = service;
  tls.channel_binding = settings_.channel_binding;
  tls.client_authorities = settings_.client_authorities;
  if (service != "lmtp") tls.alpn = {service};
  for (const CertificateSettings& c : settings_.certificates) {
    io::Certificate certificate;
    certificate.certificate_file = c.certificate;
    certificate.key_file = c.key;
    certificate.names = c.names;
    tls.certificates.push_back(std::move(certificate));
  }
  Result<std::unique_ptr<io::TlsServer>> loaded = io::TlsServer::load(std::move(tls));
  if (!loaded) return fail(loaded.error());
  slot = std::move(*loaded);
  return slot.get();
}

Result<void> Installation::bind(const ListenerSettings& listener) {
  io::ListenerOptions options;
  options.address = listener.address;
  options.port = static_cast<std::uint16_t>(listener.port);
  options.tls = io_tls(listener.tls);
  options.max_connections = settings_.connections;
  options.max_per_source = settings_.connections_per_source;
  if (listener.role == "mx") options.proxy_from = proxies_;
  if (options.tls != io::ListenerTls::none) {
    const Result<const io::TlsServer*> tls = tls_for(service_of(listener.role));
    if (!tls) return fail(tls.error());
    options.certificates = *tls;
  }
  auto factory = [this, &listener](const io::Peer& peer) { return answer(listener, peer); };
  const Result<std::uint16_t> port = server_.listen(options, std::move(factory));
  if (!port) return fail(port.error());
  watches_mail_ = watches_mail_ || listener.role == "imap";
  takes_mail_ = takes_mail_ || listener.role == "mx" || listener.role == "submission" || listener.role == "lmtp";
  const std::string kind = listener.tls == "none" ? "no TLS" : listener.tls == "implicit" ? "TLS" : "STARTTLS";
  listening_.push_back(listener.role + " on " + listener.address + " port " + std::to_string(*port) + ", " + kind);
  return {};
}

std::unique_ptr<Conversation> Installation::answer(const ListenerSettings& listener, const io::Peer& peer) {
  roles::Connection connection;
  connection.host_name = settings_.host_name;
  connection.remote = peer.address;
  connection.tls = role_tls(listener.tls);
  connection.clear_login = listener.clear_login;
  connection.require_login = listener.role == "submission";
  if (listener.role == "imap") return make_imap_role(*services_, std::move(connection), imap_options(settings_));
  if (listener.role == "pop3") return make_pop3_role(*services_, std::move(connection), pop3_options(settings_));
  if (listener.role == "managesieve")
    return make_managesieve_role(*services_, std::move(connection), managesieve_options(settings_, *site_));
  roles::SmtpOptions options = smtp_options(settings_, listener.role, xclient_from_);
  if (listener.role == "mx" && queue_) {
    options.checks = &queue_->checks();
    options.authentication = queue_->authentication();
  }
  return make_smtp_role(*services_, std::move(connection), options);
}

Result<void> Installation::open() {
  Result<std::unique_ptr<Site>> site = Site::open(site_options(settings_), true);
  if (!site) return fail(site.error());
  site_ = std::move(*site);
  directory::GuardLimits limits;
  limits.first_delay = std::chrono::milliseconds(static_cast<std::int64_t>(settings_.login_delay_milliseconds));
  limits.max_failures = static_cast<std::uint32_t>(settings_.login_failures);
  guard_ = std::make_unique<directory::LoginGuard>(limits);
  delivery::Options options;
  options.host_name = settings_.host_name;
  options.max_received = static_cast<std::uint32_t>(settings_.received_fields);
  if (takes_mail_ || (watches_mail_ && settings_.sieve_on && settings_.sieve_imap_events)) {
    auto queue = QueueService::open(settings_, *site_, log_);
    if (!queue) return fail(queue.error());
    queue_ = std::move(*queue);
    options = queue_->delivery_options(std::move(options));
  }
  delivery_ = delivery::Delivery::make(site_->accounts(), site_->clock(), site_->random(), options);
  background_ = std::make_unique<Errands>();
  auto tokens = make_token_judge(settings_, log_, site_->clock().wall());
  if (!tokens) return fail(tokens.error());
  tokens_ = std::move(*tokens);
  services_ = std::make_unique<roles::Services>(site_->directory(), *guard_, site_->accounts(), *delivery_, log_,
                                                site_->clock(), site_->random(), background_.get(), tokens_.get(),
                                                settings_.anonymous);
  if (queue_) {
    services_->queued = true;
    if (settings_.limits_on) services_->limiter = &queue_->limiter();
    services_->srs = &queue_->srs();
    services_->recipients = &queue_->recipients();
    services_->events = queue_->events();
    services_->freeze = [this](const std::string& login) { queue_->freeze(login); };
    services_->flush = [this](const std::string& domain) { return queue_->flush(domain); };
  }
  return {};
}

void Installation::start() {
  server_.start();
  if (queue_ && takes_mail_) queue_->start();
}

Result<void> Installation::reload() {
  // All services read the same files: when one is bad, the first service already refuses.
  for (const auto& [service, tls] : tls_) {
    const Result<void> reloaded = tls->reload();
    if (!reloaded) return reloaded;
  }
  if (queue_) queue_->reload();
  return tokens_ ? tokens_->reload(site_->clock().wall()) : Result<void>();
}

void Installation::stop() {
  server_.stop(seconds(settings_.stop_seconds));
  if (queue_) queue_->stop(seconds(settings_.stop_seconds));
}

}  // namespace posthorn::servers
