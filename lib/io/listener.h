// A bound socket with its limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include <sys/socket.h>

#include "posthorn/bytes/result.h"
#include "posthorn/io/server.h"

namespace posthorn::io {

/// Closes a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] int release() {
    const int number = number_;
    number_ = -1;
    return number;
  }

 private:
  int number_;
};

/// Binds and listens; does not block. @errors as Server::listen()
[[nodiscard]] Result<Descriptor> bind_listener(const std::string& address, std::uint16_t port, int backlog);
[[nodiscard]] std::uint16_t port_of(int socket);

/// The peer of an accepted socket; an IPv4 address inside IPv6 is given as IPv4.
[[nodiscard]] Peer peer_of(const sockaddr_storage& address);
/// What max_per_source counts for an address: IPv6 by its first 64 bits.
[[nodiscard]] std::string source_of(const sockaddr_storage& address);
[[nodiscard]] std::string source_of(const IpAddress& address);

/// Counts the connections of a listener. Safe to use from many threads.
class Admission {
 public:
  Admission(std::size_t max, std::size_t max_per_source) : max_(max), max_per_source_(max_per_source) {}

  enum class Answer : std::uint8_t { admitted, too_many, too_many_of_source };
  /// @param source  empty: not known yet, only the whole is counted
  [[nodiscard]] Answer enter(const std::string& source);
  /// Who entered with an empty source turns out to come from this one. @returns false when it has too many already
  [[nodiscard]] bool name(const std::string& source);
  /// Undoes name(): the connection itself leaves later.
  void unname(const std::string& source);
  void leave(const std::string& source);

 private:
  [[nodiscard]] bool enter_source(const std::string& source);
  bool leave_source(const std::string& source);

  std::size_t max_;
  std::size_t max_per_source_;
  std::mutex mutex_;
  std::size_t count_ = 0;
  std::unordered_map<std::string, std::size_t> sources_;
};

}  // namespace posthorn::io
