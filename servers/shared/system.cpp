#include "shared/system.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

namespace posthorn::servers {

namespace {

struct Identity {
  uid_t user = 0;
  gid_t group = 0;
};

Result<Identity> find(const std::string& user, const std::string& group) {
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) return fail(caller_error(Code::not_found, "there is no user '" + user + "'"));
  Identity identity{entry->pw_uid, entry->pw_gid};
  if (group.empty()) return identity;
  const ::group* row = getgrnam(group.c_str());
  if (row == nullptr) return fail(caller_error(Code::not_found, "there is no group '" + group + "'"));
  identity.group = row->gr_gid;
  return identity;
}

Error refused(const std::string& what) {
  return environment_error(Code::denied, what + ": " + std::generic_category().message(errno));
}

}  // namespace

Result<void> prepare_for_user(const std::string& directory, const std::string& user, const std::string& group) {
  struct stat found{};
  if (user.empty() || geteuid() != 0 || ::stat(directory.c_str(), &found) == 0) return {};
  const Result<Identity> identity = find(user, group);
  if (!identity) return fail(identity.error());
  if (::mkdir(directory.c_str(), 0700) != 0 || ::chown(directory.c_str(), identity->user, identity->group) != 0)
    return fail(refused("make " + directory));
  return {};
}

namespace {

Result<void> drop_to(const Identity& identity) {
  if (setresgid(identity.group, identity.group, identity.group) != 0) return fail(refused("setresgid"));
  if (setresuid(identity.user, identity.user, identity.user) != 0) return fail(refused("setresuid"));
  if (identity.user != 0 && (setuid(0) == 0 || seteuid(0) == 0))
    return fail(caller_error(Code::denied, "root could be had back"));
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return {};
}

}  // namespace

Result<void> become_owner_of(const std::string& directory) {
  struct stat found{};
  if (geteuid() != 0 || ::stat(directory.c_str(), &found) != 0 || found.st_uid == 0) return {};
  if (setgroups(0, nullptr) != 0) return fail(refused("setgroups"));
  return drop_to(Identity{found.st_uid, found.st_gid});
}

Result<void> become(const std::string& user, const std::string& group) {
  if (user.empty()) return {};
  const Result<Identity> identity = find(user, group);
  if (!identity) return fail(identity.error());
  if (geteuid() == identity->user && getuid() == identity->user) return {};
  if (geteuid() != 0) return fail(caller_error(Code::denied, "only root can become '" + user + "'"));
  if (initgroups(user.c_str(), identity->group) != 0) return fail(refused("initgroups"));
  return drop_to(*identity);
}

void raise_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void close_memory() {
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

void tell_manager(View state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || path[0] == '\0' || std::strlen(path) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  const std::size_t octets = std::strlen(path);
  std::memcpy(address.sun_path, path, octets);
  if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract name space
  std::string message = own(state);
  timespec now{};
  // A manager that waits for the end of a reload wants to know when it began.
  if (state.starts_with("RELOADING") && clock_gettime(CLOCK_MONOTONIC, &now) == 0)
    message += "\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000);
  const int sender = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (sender < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + octets);
  static_cast<void>(::sendto(sender, message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length));
  ::close(sender);
}

std::chrono::minutes local_zone(WallTime moment) {
  const std::time_t seconds = moment.time_since_epoch().count();
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return {};
  return std::chrono::floor<std::chrono::minutes>(std::chrono::seconds(local.tm_gmtoff));
}

}  // namespace posthorn::servers
