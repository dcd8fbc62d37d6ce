// The other server of an import: an IMAP connection that asks one thing after the other, or several at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "posthorn/bytes/random.h"
#include "posthorn/bytes/result.h"
#include "posthorn/bytes/secret.h"
#include "posthorn/io/client.h"
#include "posthorn/protocol/imap/client_session.h"

namespace posthorn::servers {

struct SourceOptions {
  enum class Tls : std::uint8_t { implicit, starttls, none };
  io::Remote remote;
  Tls tls = Tls::implicit;
  io::ClientTls trust;
  std::string user;
  Secret password;
};

/// A mailbox of the source.
struct SourceBox {
  std::string wire_name;
  std::string name;  ///< UTF-8
  std::optional<char> delimiter;
  std::vector<std::string> attributes;
  bool subscribed = false;
  [[nodiscard]] bool has(View attribute) const;
};

class ImportSource {
 public:
  /// Hears every event of the session; an Error ends what is going on.
  using Ear = std::function<Result<void>(imap::ClientEvent& event)>;

  /// Connects and logs in.
  /// @errors those of the connection; encryption_needed (the server has no STARTTLS), denied (the login)
  [[nodiscard]] static Result<std::unique_ptr<ImportSource>> open(SourceOptions options, Random& random);

  /// Sends commands, all at once, and hears until every one has ended.
  /// @errors not_found when the server refuses one; what `ear` returns
  Result<void> ask(std::vector<imap::ClientCommand> commands, const Ear& ear);
  [[nodiscard]] bool has(View capability) const { return session_.has(capability); }
  /// The mailboxes with their subscriptions.
  [[nodiscard]] Result<std::vector<SourceBox>> list();
  void log_out();

  /// For open().
  explicit ImportSource(std::unique_ptr<io::ClientConnection> connection, SourceOptions options)
      : connection_(std::move(connection)), options_(std::move(options)), session_(io::ClientConnection::now()) {}

 private:
  Result<void> log_in(Random& random);
  Result<void> greet();
  Result<void> wait_for(Result<imap::CommandId> command);

  std::unique_ptr<io::ClientConnection> connection_;
  SourceOptions options_;
  imap::ClientSession session_;
  bool logged_in_ = false;  // PREAUTH
};

}  // namespace posthorn::servers
