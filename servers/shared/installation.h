// A running mail server: the site, the roles on it and their listeners, put together from settings.
//
// Steps in this order: prepare() reads certificates and binds ports, as root where it must; then the program gives up
// its privileges; open() opens the data; start() serves; stop().
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "posthorn/bytes/result.h"
#include "posthorn/io/server.h"
#include "posthorn/io/tls.h"
#include "posthorn/service/delivery/delivery.h"
#include "posthorn/service/directory/login_guard.h"
#include "posthorn/service/roles/role.h"

#include "shared/log.h"
#include "shared/queue_service.h"
#include "shared/settings.h"
#include "shared/site.h"
#include "shared/token_judge.h"

namespace posthorn::servers {

class Installation {
 public:
  /// @param roles  the listeners of other roles are left to other programs
  /// @lifetime `log` outlives the object
  [[nodiscard]] static Result<std::unique_ptr<Installation>> prepare(const Settings& settings,
                                                                     std::span<const View> roles, LineLog& log);
  /// For prepare().
  Installation(const Settings& settings, LineLog& log);
  /// Stops without grace.
  ~Installation();

  /// Opens the data directory and what stands on it, and reads the keys of tokens.
  Result<void> open();
  /// After open().
  void start();
  /// Reads the certificates and the keys of tokens again; running sessions go on. When a certificate is bad all stay as
  /// they were, when the keys are bad they do.
  Result<void> reload();
  /// Lets go of what is kept for a while; call it every few seconds after open().
  void sweep() { site_->directory().sweep(); }
  /// Lets sessions say goodbye, for Settings::stop_seconds at most.
  void stop();

  /// "imap on 127.0.0.1 port 993, TLS": one for each listener.
  [[nodiscard]] const std::vector<std::string>& listening() const { return listening_; }

 private:
  Result<const io::TlsServer*> tls_for(const std::string& service);
  Result<void> bind(const ListenerSettings& listener);
  [[nodiscard]] std::unique_ptr<Conversation> answer(const ListenerSettings& listener, const io::Peer& peer);

  Settings settings_;
  LineLog& log_;
  std::vector<std::string> listening_;
  std::map<std::string, std::unique_ptr<io::TlsServer>> tls_;  // one for each service: tickets are not shared
  std::vector<IpNetwork> proxies_;
  std::vector<IpNetwork> xclient_from_;
  bool takes_mail_ = false;    // a listener for SMTP or LMTP is there
  bool watches_mail_ = false;  // one for IMAP
  std::unique_ptr<Site> site_;
  std::unique_ptr<QueueService> queue_;  // null: only reading
  std::unique_ptr<directory::LoginGuard> guard_;
  std::unique_ptr<delivery::Delivery> delivery_;
  std::unique_ptr<roles::Background> background_;
  std::unique_ptr<oauth::AccessTokenJudge> tokens_;  // null: no tokens
  std::unique_ptr<roles::Services> services_;
  io::Server server_;  // last: its connections use the rest
};

}  // namespace posthorn::servers
