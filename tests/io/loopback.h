// What the tests of io talk with: certificates made on the spot, a blocking client, a conversation of a few words.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "posthorn/bytes/buffer.h"
#include "posthorn/bytes/clock.h"
#include "posthorn/io/tls.h"
#include "posthorn/protocol/session.h"

namespace posthorn::testing {

/// A folder that goes with its object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Writes a self-signed certificate for `name` and its key.
/// @param kind  "DNS", or "email" for a client
/// @param lifetime  seconds from now; below 0: it is over
io::Certificate make_certificate(const Folder& folder, const std::string& file, const std::string& name,
                                 const std::string& kind = "DNS", long lifetime = 3600);

/// A blocking client; every wait ends after ten seconds.
class Client {
 public:
  explicit Client(std::uint16_t port, const std::string& address = "127.0.0.1");
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] bool connected() const { return socket_ >= 0; }
  /// @param alpn  one protocol, or empty. @returns whether the handshake came to its end
  bool start_tls(const std::string& host, const std::string& alpn = {}, int version = 0);
  /// Shows a certificate in the handshake, if the server asks for one.
  void show(io::Certificate certificate) { shown_ = std::move(certificate); }
  void send(View octets);
  /// A line with its LF, or what came before the end.
  std::string line();
  /// Everything up to the end.
  std::string rest();
  /// The connection is over: end or reset.
  [[nodiscard]] bool ended();
  /// The subject's common name of the server's certificate.
  [[nodiscard]] std::string server_certificate() const;
  [[nodiscard]] std::string exporter() const;
  [[nodiscard]] std::string protocol() const;
  [[nodiscard]] int socket() const { return socket_; }
  /// Octets that wait at the sender, or are on their way, become few: for slow readers.
  void close();

 private:
  long read(char* into, std::size_t most);
  int socket_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  io::Certificate shown_;
};

/// Echoes lines; some words do more:
/// STARTTLS, QUIT, WORK (echoed by work()), THROW, PAUSE (100 ms, then "paused"), BIG n (n octets), TLS (the facts),
/// PEER (whom the client's certificate names), SPIN.
class Parrot : public Conversation {
 public:
  struct Shared {
    std::atomic<int> alive = 0;
    std::atomic<int> stopped = 0;
    std::atomic<bool> hears_stop = true;
    std::mutex mutex;
    std::function<void()> wake;  // of the last one
    std::atomic<bool> news = false;
    std::atomic<int> dropped = 0;  // octets that were there at the upgrade
    Duration idle_limit = std::chrono::seconds(30);
  };
  explicit Parrot(Shared& shared) : shared_(shared) { ++shared_.alive; }
  ~Parrot() override { --shared_.alive; }

  void receive(View octets) override;
  void receive_end() override { ended_ = true; }
  Wants next(TimePoint now) override;
  void work(TimePoint now) override;
  View transmit() const override { return out_.view(); }
  void transmitted(std::size_t octets) override { out_.consume(octets); }
  std::optional<TimePoint> deadline() const override { return deadline_; }
  void upgraded(const TlsFacts& facts) override { facts_ = facts; }
  void stop() override;
  void set_wake(std::function<void()> wake) override;

 private:
  Wants command(const std::string& line, TimePoint now);
  Shared& shared_;
  Buffer in_;
  Buffer out_;
  std::string job_;
  TlsFacts facts_;
  std::optional<TimePoint> deadline_;
  std::optional<TimePoint> paused_until_;
  bool ended_ = false;
  bool closing_ = false;
  bool spins_ = false;
};

/// Waits up to five seconds for something to become true.
bool soon(const std::function<bool()>& happened);

}  // namespace posthorn::testing
