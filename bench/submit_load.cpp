// Submits messages as a mail client does, each over a connection of its own: connection, TLS, login, message, QUIT.
//
//   submit-load PORT CLIENTS MESSAGES OCTETS USERS PASSWORD RECIPIENT
//
// The port speaks TLS from the first octet. Client n logs in as user<n mod USERS>@example.org by AUTH PLAIN and sends
// as that address. Prints how many were answered 250, how many were not, and in how many seconds.
//
// A thread for each client. Nothing is remembered between connections, so that each has a full handshake.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

struct Plan {
  std::uint16_t port = 0;
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::uint64_t users = 1;
  std::string password;
  std::string recipient;
  SSL_CTX* tls = nullptr;
  std::atomic<std::uint64_t> started = 0, accepted = 0, refused = 0;
};

std::string base64(std::string_view octets) {
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string body(const Plan& plan, std::string_view from, std::uint64_t number) {
  std::string text = fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: message {}\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: "
      "<{}@example.org>\r\n\r\n",
      from, plan.recipient, number, number);
  std::uint64_t noise = number * 0x9E3779B97F4A7C15U + 1;
  while (text.size() < plan.octets) {
    for (int i = 0; i < 72; ++i) {
      noise = noise * 6364136223846793005U + 1442695040888963407U;
      text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[noise >> 58U];
    }
    text += "\r\n";
  }
  return text + ".\r\n";
}

/// One connection with TLS.
class Wire {
 public:
  explicit Wire(const Plan& plan) : socket_(::socket(AF_INET, SOCK_STREAM, 0)), tls_(SSL_new(plan.tls)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(plan.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(tls_, socket_);
    good_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 && SSL_connect(tls_) == 1;
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() {
    SSL_free(tls_);
    ::close(socket_);
  }

  bool say(std::string_view octets) {
    good_ = good_ && SSL_write(tls_, octets.data(), static_cast<int>(octets.size())) == static_cast<int>(octets.size());
    return good_;
  }

  /// Reads replies. @returns whether all of them have a code that starts with `digit`
  bool hear(char digit, int replies = 1) {
    while (good_ && replies > 0) {
      const std::size_t end = input_.find("\r\n");
      if (end == std::string::npos) {
        char chunk[4096];
        const int got = SSL_read(tls_, chunk, sizeof chunk);
        good_ = got > 0;
        if (good_) input_.append(chunk, static_cast<std::size_t>(got));
        continue;
      }
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 2);
      if (line.size() > 3 && line[3] == '-') continue;
      const bool last = --replies == 0;
      const bool fine = !line.empty() && (line[0] == digit || (!last && line[0] == '2'));
      if (!fine) fmt::print(stderr, "submit-load: {}\n", line);
      good_ = fine;
    }
    return good_;
  }

 private:
  int socket_;
  SSL* tls_;
  bool good_ = false;
  std::string input_;
};

bool submit(const Plan& plan, std::uint64_t client, std::uint64_t number) {
  using namespace std::string_literals;
  const std::string user = fmt::format("user{}@example.org", client % plan.users);
  Wire wire(plan);
  return wire.hear('2') && wire.say("EHLO load.example.net\r\n") && wire.hear('2') &&
         wire.say("AUTH PLAIN " + base64("\0"s + user + "\0"s + plan.password) + "\r\n") && wire.hear('2') &&
         wire.say(fmt::format("MAIL FROM:<{}>\r\nRCPT TO:<{}>\r\nDATA\r\n", user, plan.recipient)) &&
         wire.hear('3', 3) && wire.say(body(plan, user, number)) && wire.hear('2') && wire.say("QUIT\r\n") &&
         wire.hear('2');
}

void run_client(Plan& plan, std::uint64_t client) {
  for (std::uint64_t number = plan.started++; number < plan.messages; number = plan.started++) {
    ++(submit(plan, client, number) ? plan.accepted : plan.refused);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 8) {
    fmt::print(stderr, "usage: submit-load PORT CLIENTS MESSAGES OCTETS USERS PASSWORD RECIPIENT\n");
    return 2;
  }
  const auto number = [&](int i) { return std::strtoull(words[i], nullptr, 10); };
  Plan plan;
  plan.port = static_cast<std::uint16_t>(number(1));
  plan.messages = number(3);
  plan.octets = number(4);
  plan.users = number(5);
  plan.password = words[6];
  plan.recipient = words[7];
  plan.tls = SSL_CTX_new(TLS_client_method());
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (std::uint64_t client = 0; client < number(2); ++client)
    threads.emplace_back([&plan, client] { run_client(plan, client); });
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  fmt::print("{} {} {:.6f}\n", plan.accepted.load(), plan.refused.load(), taken.count());
  SSL_CTX_free(plan.tls);
  return plan.accepted == plan.messages ? 0 : 1;
}
