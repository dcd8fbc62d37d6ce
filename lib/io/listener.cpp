#include "io/listener.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

namespace posthorn::io {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t octets = 0;
  bool both = false;  // IPv6 socket that also takes IPv4
};

sockaddr* generic(sockaddr_storage& storage) { return reinterpret_cast<sockaddr*>(&storage); }

bool parse(const std::string& text, std::uint16_t port, Address& out) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    std::memcpy(&out.storage, &v4, sizeof v4);
    out.octets = sizeof v4;
    return true;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  out.both = text == "*";
  if (out.both || inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    std::memcpy(&out.storage, &v6, sizeof v6);
    out.octets = sizeof v6;
    return true;
  }
  return false;
}

Error system_error(const std::string& what, int number) {
  Code code = Code::unavailable;
  if (number == EADDRINUSE) code = Code::exists;
  if (number == EACCES || number == EPERM) code = Code::denied;
  return environment_error(code, what + ": " + std::generic_category().message(number));
}

// The 16 octets of any address, IPv4 in its IPv6 form; the port beside it.
bool is_ipv4(const sockaddr_storage& storage, in_addr& v4, in6_addr& v6, std::uint16_t& port) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in address;
    std::memcpy(&address, &storage, sizeof address);
    v4 = address.sin_addr;
    port = ntohs(address.sin_port);
    return true;
  }
  sockaddr_in6 address;
  std::memcpy(&address, &storage, sizeof address);
  v6 = address.sin6_addr;
  port = ntohs(address.sin6_port);
  if (IN6_IS_ADDR_V4MAPPED(&v6) == 0) return false;
  std::memcpy(&v4, &v6.s6_addr[12], sizeof v4);
  return true;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) ::close(number_);
    number_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Result<Descriptor> bind_listener(const std::string& address, std::uint16_t port, int backlog) {
  const std::string what = address + " port " + std::to_string(port);
  Address where;
  if (!parse(address, port, where)) return fail(caller_error(Code::syntax, address + ": not an IP address"));
  const int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  Descriptor made(socket(where.storage.ss_family, kind, 0));
  if (made.get() < 0 && where.both && errno == EAFNOSUPPORT) return bind_listener("0.0.0.0", port, backlog);
  if (made.get() < 0) return fail(system_error(what, errno));
  const int on = 1;
  setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int only_v6 = where.both ? 0 : 1;
  if (where.storage.ss_family == AF_INET6) setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6);
  if (bind(made.get(), generic(where.storage), where.octets) != 0 || ::listen(made.get(), backlog) != 0)
    return fail(system_error(what, errno));
  return made;
}

std::uint16_t port_of(int socket) {
  sockaddr_storage storage{};
  socklen_t octets = sizeof storage;
  if (getsockname(socket, generic(storage), &octets) != 0) return 0;
  return peer_of(storage).port;
}

Peer peer_of(const sockaddr_storage& address) {
  Peer peer;
  in_addr v4{};
  in6_addr v6{};
  char text[INET6_ADDRSTRLEN] = "";
  if (is_ipv4(address, v4, v6, peer.port)) {
    inet_ntop(AF_INET, &v4, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &v6, text, sizeof text);
  }
  peer.address = text;
  return peer;
}

std::string source_of(const sockaddr_storage& address) {
  in_addr v4{};
  in6_addr v6{};
  std::uint16_t port = 0;
  if (is_ipv4(address, v4, v6, port)) return std::string(reinterpret_cast<const char*>(&v4), sizeof v4);
  return std::string(reinterpret_cast<const char*>(&v6), 8);
}

std::string source_of(const IpAddress& address) {
  constexpr std::size_t kPrefix = 8;
  const auto octets = address.octets();
  const std::size_t counted = std::min(octets.size(), kPrefix);
  return {octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(counted)};
}

bool Admission::enter_source(const std::string& source) {
  std::size_t& of_source = sources_[source];
  if (of_source >= max_per_source_) {
    if (of_source == 0) sources_.erase(source);
    return false;
  }
  ++of_source;
  return true;
}

Admission::Answer Admission::enter(const std::string& source) {
  const std::lock_guard lock(mutex_);
  if (count_ >= max_) return Answer::too_many;
  if (!source.empty() && !enter_source(source)) return Answer::too_many_of_source;
  ++count_;
  return Answer::admitted;
}

bool Admission::name(const std::string& source) {
  const std::lock_guard lock(mutex_);
  return enter_source(source);
}

void Admission::unname(const std::string& source) {
  const std::lock_guard lock(mutex_);
  leave_source(source);
}

bool Admission::leave_source(const std::string& source) {
  const auto found = sources_.find(source);
  if (found == sources_.end()) return false;
  if (--found->second == 0) sources_.erase(found);
  return true;
}

void Admission::leave(const std::string& source) {
  const std::lock_guard lock(mutex_);
  if (source.empty() || leave_source(source)) --count_;
}

}  // namespace posthorn::io
