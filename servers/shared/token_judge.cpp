#include "shared/token_judge.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace posthorn::servers {

namespace {

struct Descriptor {
  explicit Descriptor(const std::string& path) : number(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  int number;
};

std::unexpected<Error> unreadable(View why) { return fail(environment_error(Code::unavailable, why)); }
std::unexpected<Error> failed() { return unreadable(std::generic_category().message(errno)); }

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const Descriptor file(path);
  struct stat facts{};
  if (file.number < 0 || ::fstat(file.number, &facts) != 0) return failed();
  if (!S_ISREG(facts.st_mode)) return unreadable("no regular file");
  // One octet more than allowed tells that there is more; the size of a file that is being written tells nothing.
  std::string octets(most + 1, '\0');
  std::size_t count = 0;
  while (count < octets.size()) {
    const ssize_t got = ::read(file.number, octets.data() + count, octets.size() - count);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed();
    if (got == 0) break;
    count += static_cast<std::size_t>(got);
  }
  if (count > most) return unreadable("more than " + std::to_string(most) + " octets");
  octets.resize(count);
  return octets;
}

Result<std::unique_ptr<oauth::AccessTokenJudge>> make_token_judge(const Settings& settings, LineLog& log,
                                                                  WallTime now) {
  if (settings.oauth_issuer.empty()) return nullptr;
  oauth::Rules rules;
  rules.issuer = settings.oauth_issuer;
  rules.audience = settings.oauth_audience;
  rules.claim = settings.oauth_claim;
  rules.scope = settings.oauth_scope;
  rules.type = settings.oauth_type;
  rules.configuration = settings.oauth_configuration;
  oauth::KeySource source;
  source.name = "oauth.keys '" + settings.oauth_keys + "'";
  source.read = [path = settings.oauth_keys] { return read_file(path, oauth::kMaxKeySetOctets); };
  source.failed = [&log](View note) { log.say("keys not read again, the old ones stay: " + own(note)); };
  return oauth::AccessTokenJudge::make(std::move(rules), std::move(source), now);
}

}  // namespace posthorn::servers
