#include "posthorn/testing/imap_server.h"

#include <utility>

namespace posthorn::testing {

ImapServer::ImapServer(FakeAccount& account, FakeVerifier& verifier, const Clock& clock, imap::ServerOptions options)
    : account_(account),
      verifier_(verifier),
      clock_(clock),
      session_(imap::all_commands(), std::move(options), *this, clock.now()) {}

Result<std::unique_ptr<sasl::ServerExchange>> ImapServer::exchange(const sasl::MechanismSpec& mechanism) {
  sasl::ServerOptions options;
  options.verifier = &verifier_;
  options.random = &random_;
  return mechanism.serve(std::move(options));
}

Result<std::string> ImapServer::check_password(View login, const Secret& password) {
  return verifier_.check_password({}, login, password);
}

Result<std::unique_ptr<imap::Mailboxes>> ImapServer::open(View login) { return account_.session(own(login)); }

}  // namespace posthorn::testing
