#include "shared/system.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace posthorn;

namespace {

// Runs `body` in a process of its own: privileges that are gone do not come back.
template <class F>
int in_child(F body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("an unknown user is refused") {
  const auto became = servers::become("no-such-user-here", "");
  REQUIRE(!became);
  CHECK(became.error().code == Code::not_found);
  CHECK(servers::become("", ""));
}

TEST_CASE("root becomes another user for good, with a data directory of that user") {
  if (geteuid() != 0) return;  // nothing to give up
  const std::string parent = std::filesystem::temp_directory_path() / ("posthorn-drop-" + std::to_string(getpid()));
  REQUIRE(::mkdir(parent.c_str(), 0755) == 0);
  const std::string data = parent + "/data";
  REQUIRE(servers::prepare_for_user(data, "nobody", ""));
  const int status = in_child([&] {
    if (!servers::become("nobody", "")) return 1;
    if (geteuid() == 0 || getuid() == 0 || getgid() == 0) return 2;
    if (::setuid(0) == 0) return 3;
    if (getgroups(0, nullptr) > 1) return 4;
    return ::mkdir((data + "/x").c_str(), 0700) == 0 ? 0 : 5;
  });
  CHECK(status == 0);
  CHECK(in_child([&] { return servers::become_owner_of(data) && geteuid() != 0 ? 0 : 1; }) == 0);
  CHECK(in_child([&] { return servers::become_owner_of("/") && geteuid() == 0 ? 0 : 1; }) == 0);
  std::filesystem::remove_all(parent);
}

TEST_CASE("the service manager is told") {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = std::filesystem::temp_directory_path() / ("posthorn-notify-" + std::to_string(getpid()));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int manager = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  const timeval limit{5, 0};
  setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  REQUIRE(::bind(manager, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const auto told = [&](View state) {
    servers::tell_manager(state);
    std::array<char, 200> octets{};
    const ssize_t got = recv(manager, octets.data(), octets.size(), 0);
    return std::string(octets.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  };
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  CHECK(told("READY=1") == "READY=1");
  CHECK(told("RELOADING=1").starts_with("RELOADING=1\nMONOTONIC_USEC="));
  unsetenv("NOTIFY_SOCKET");
  servers::tell_manager("READY=1");
  ::close(manager);
  ::unlink(path.c_str());
}

TEST_CASE("the zone of the host is the one of the moment") {
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  REQUIRE(::setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1) == 0);
  ::tzset();
  CHECK(servers::local_zone(WallTime(std::chrono::seconds(1'700'000'000))) == std::chrono::hours(-5));  // 14 Nov 2023
  CHECK(servers::local_zone(WallTime(std::chrono::seconds(1'690'000'000))) == std::chrono::hours(-4));  // 22 Jul 2023
  if (before == nullptr) {
    ::unsetenv("TZ");
  } else {
    ::setenv("TZ", kept.c_str(), 1);
  }
  ::tzset();
}
