// Sends messages over many SMTP sessions at once and prints how many were answered 250, and in how many seconds.
//
//   smtp-load PORT SESSIONS MESSAGES OCTETS USERS [words] [lmtp] [recipients=N] [domain=D]
//
// Recipients are user0@example.org ... in turn, N of them (1) in each message, or those of another domain. The text is
// noise, or with `words` lines of words as mail has them. `lmtp`: greets as LMTP does.
//
// One thread and epoll, so that the load generator takes little of the machine from the server that it measures. Each
// session keeps its connection and pipelines MAIL, RCPT and DATA, which all servers compared here announce.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

struct Plan {
  std::uint16_t port = 0;
  std::uint64_t sessions = 0;
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::uint64_t users = 1;
  bool words = false;
  bool lmtp = false;
  std::uint64_t recipients = 1;
  std::string domain = "example.org";
  std::uint64_t started = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
};

enum class Await : std::uint8_t { greeting, ehlo, envelope, accepted, done };

/// One connection: what it waits for, and what came in so far.
class Sender {
 public:
  Sender(Plan& plan, int poll) : plan_(plan), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(plan.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      fmt::print(stderr, "smtp-load: cannot connect to port {}\n", plan.port);
      std::exit(1);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, socket_, &event);
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { ::close(socket_); }

  /// @returns false when the session has ended
  bool readable() {
    char chunk[4096];
    const ssize_t got = ::read(socket_, chunk, sizeof chunk);
    if (got <= 0) return false;
    input_.append(chunk, static_cast<std::size_t>(got));
    for (std::size_t end = input_.find("\r\n"); end != std::string::npos; end = input_.find("\r\n")) {
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 2);
      if (line.size() > 3 && line[3] == '-') continue;
      if (!reply(line)) return false;
    }
    return true;
  }

 private:
  bool reply(const std::string& line) {
    if (line[0] != '2' && line[0] != '3') {
      ++plan_.refused;
      fmt::print(stderr, "smtp-load: {}\n", line);
      return false;
    }
    switch (await_) {
      case Await::greeting:
        await_ = Await::ehlo;
        return say(plan_.lmtp ? "LHLO load.example.net\r\n" : "EHLO load.example.net\r\n");
      case Await::ehlo: return begin();
      case Await::envelope:
        if (++replies_ < plan_.recipients + 2) return true;
        await_ = Await::accepted;
        return say(body());
      case Await::accepted: ++plan_.accepted; return begin();
      case Await::done: return false;
    }
    return false;
  }

  bool begin() {
    if (plan_.started == plan_.messages) {
      await_ = Await::done;
      return say("QUIT\r\n");
    }
    number_ = plan_.started++;
    replies_ = 0;
    await_ = Await::envelope;
    std::string envelope = "MAIL FROM:<load@example.net>\r\n";
    for (std::uint64_t i = 0; i < plan_.recipients; ++i) envelope += fmt::format("RCPT TO:<{}>\r\n", recipient(i));
    return say(envelope + "DATA\r\n");
  }

  std::string recipient(std::uint64_t i) const {
    return fmt::format("user{}@{}", (number_ * plan_.recipients + i) % plan_.users, plan_.domain);
  }

  std::string body() const {
    std::string text = fmt::format(
        "From: load@example.net\r\nTo: {}\r\nSubject: message {}\r\nMessage-ID: <{}.{}@example.net>\r\n\r\n",
        recipient(0), number_, number_, socket_);
    std::uint64_t noise = number_ * 0x9E3779B97F4A7C15U + 1;  // incompressible, so that no engine gains by compression
    while (text.size() < plan_.octets) {
      for (const std::size_t begin = text.size(); plan_.words && text.size() < begin + 66;) add_word(text, step(noise));
      for (int i = 0; !plan_.words && i < 72; ++i) {
        step(noise);
        text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[noise & 63U];
      }
      text += "\r\n";
    }
    return text + ".\r\n";
  }

  static std::uint64_t step(std::uint64_t& noise) {
    noise ^= noise << 13U;
    noise ^= noise >> 7U;
    noise ^= noise << 17U;
    return noise;
  }

  /// One of a million words, most of them rare: three steps of chance, each smaller than the one before.
  static void add_word(std::string& text, std::uint64_t noise) {
    constexpr std::string_view kBegin = "bcdfghjklmnprstw";
    constexpr std::string_view kMiddle = "aeiouaeioueaioue";
    std::uint64_t word = noise % 1000 * ((noise >> 10U) % 1000 + 1) / 1000 * ((noise >> 20U) % 1000 + 1);
    do {
      text += kBegin[word & 15U];
      text += kMiddle[(word >> 4U) & 15U];
      word >>= 8U;
    } while (word > 0);
    text += ' ';
  }

  bool say(const std::string& octets) {
    for (std::size_t sent = 0; sent < octets.size();) {
      const ssize_t n = ::write(socket_, octets.data() + sent, octets.size() - sent);
      if (n <= 0) return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }

  Plan& plan_;
  int socket_;
  Await await_ = Await::greeting;
  std::uint64_t replies_ = 0;
  std::uint64_t number_ = 0;
  std::string input_;
};

/// @returns false when it is none
bool mode(std::string_view word, Plan& plan) {
  constexpr std::string_view kRecipients = "recipients=";
  constexpr std::string_view kDomain = "domain=";
  if (word == "words") {
    plan.words = true;
  } else if (word == "lmtp") {
    plan.lmtp = true;
  } else if (word.starts_with(kRecipients)) {
    plan.recipients = std::strtoull(word.data() + kRecipients.size(), nullptr, 10);
  } else if (word.starts_with(kDomain)) {
    plan.domain = word.substr(kDomain.size());
  } else {
    return false;
  }
  return plan.recipients > 0;
}

}  // namespace

int main(int count, char** words) {
  Plan plan;
  bool fine = count >= 6;
  for (int i = 6; i < count; ++i) fine = mode(words[i], plan) && fine;
  if (!fine) {
    fmt::print(stderr,
               "usage: smtp-load PORT SESSIONS MESSAGES OCTETS USERS [words] [lmtp] [recipients=N] [domain=D]\n");
    return 2;
  }
  auto number = [&](int i) { return std::strtoull(words[i], nullptr, 10); };
  plan.port = static_cast<std::uint16_t>(number(1));
  plan.sessions = number(2);
  plan.messages = number(3);
  plan.octets = number(4);
  plan.users = number(5);
  const int poll = ::epoll_create1(0);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Sender>> senders;
  for (std::uint64_t i = 0; i < plan.sessions; ++i) senders.push_back(std::make_unique<Sender>(plan, poll));
  std::uint64_t open = plan.sessions;
  while (open > 0) {
    epoll_event events[64];
    const int ready = ::epoll_wait(poll, events, 64, 30'000);
    if (ready <= 0) break;
    for (int i = 0; i < ready; ++i) {
      auto* sender = static_cast<Sender*>(events[i].data.ptr);
      if (sender->readable()) continue;
      --open;
      for (auto& owned : senders) {
        if (owned.get() == sender) owned.reset();
      }
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  fmt::print("{} {} {:.6f}\n", plan.accepted, plan.refused, taken.count());
  return plan.accepted == plan.messages ? 0 : 1;
}
