// Takes SMTP mail as fast as it comes, throws it away and counts it: the other end of a relay that is measured.
//
//   smtp-sink PORT
//
// A line "N" of its input starts a count: when N recipients have had their mail, it prints "FIRST LAST MESSAGES
// RECIPIENTS". FIRST and LAST are seconds of CLOCK_MONOTONIC at which the first and the last message was answered. The
// same line comes, whatever the count, when the input ends or at SIGTERM, and the program ends.
//
// One thread, so that it takes little of the machine from the server that it measures. It offers PIPELINING, 8BITMIME
// and CHUNKING and understands what a server sends that sticks to RFC 5321 and RFC 3030.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <asio.hpp>
#include <fmt/core.h>
#include <unistd.h>

namespace {

using asio::ip::tcp;
using Error = asio::error_code;

/// What has come since the count was started.
struct Count {
  double first = 0;
  double last = 0;
  std::uint64_t messages = 0;
  std::uint64_t recipients = 0;
  std::uint64_t wanted = 0;

  void add(std::uint64_t of_message) {
    last = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    if (messages++ == 0) first = last;
    const bool before = recipients < wanted;
    recipients += of_message;
    if (before && recipients >= wanted) print();
  }
  void print() const {
    fmt::print("{:.6f} {:.6f} {} {}\n", first, last, messages, recipients);
    std::fflush(stdout);
  }
};

/// One connection. Lives as long as an operation on its socket is under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Count& count) : socket_(std::move(socket)), count_(count) {}

  void start() {
    Error ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    output_ = "220 sink.example.net ESMTP\r\n";
    write();
  }

 private:
  static constexpr std::string_view kEndOfData = "\r\n.\r\n";

  void read() {
    socket_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](Error error, std::size_t got) {
      if (error) return;
      self->input_.append(self->chunk_.data(), got);
      self->use();
      if (self->output_.empty()) {
        self->read();
      } else {
        self->write();
      }
    });
  }

  void write() {
    asio::async_write(socket_, asio::buffer(output_), [self = shared_from_this()](Error error, std::size_t) {
      self->output_.clear();
      if (!error && !self->quitting_) self->read();
    });
  }

  /// All that is whole in the input.
  void use() {
    for (std::size_t used = 1; used > 0 && !quitting_;) {
      used = chunk_left_ > 0 ? use_chunk() : data_ ? use_data() : use_line();
      input_.erase(0, used);
    }
  }

  std::size_t use_chunk() {
    const std::size_t part = std::min<std::size_t>(chunk_left_, input_.size());
    chunk_left_ -= part;
    if (chunk_left_ == 0) end_chunk();
    return part;
  }

  void end_chunk() {
    if (last_chunk_) {
      end_message();
    } else {
      output_ += "250 2.0.0 part taken\r\n";
    }
  }

  std::size_t use_data() {
    // The CRLF of the line before may have gone already: an empty message is a dot alone.
    if (fresh_ && input_.size() >= 3 && input_.starts_with(".\r\n")) return end_data(3);
    const std::size_t end = input_.find(kEndOfData);
    if (end != std::string::npos) return end_data(end + kEndOfData.size());
    const std::size_t kept = kEndOfData.size() - 1;
    if (input_.size() <= kept) return 0;
    fresh_ = false;
    return input_.size() - kept;
  }

  std::size_t end_data(std::size_t used) {
    data_ = false;
    end_message();
    return used;
  }

  void end_message() {
    count_.add(recipients_);
    recipients_ = 0;
    output_ += "250 2.0.0 taken\r\n";
  }

  std::size_t use_line() {
    const std::size_t end = input_.find("\r\n");
    if (end == std::string::npos) return 0;
    std::string verb = input_.substr(0, std::min<std::size_t>(end, 4));
    std::transform(verb.begin(), verb.end(), verb.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    command(verb, std::string_view(input_).substr(0, end));
    return end + 2;
  }

  void command(std::string_view verb, std::string_view line) {
    if (verb == "EHLO") {
      output_ +=
          "250-sink.example.net\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 CHUNKING\r\n";
    } else if (verb == "RCPT") {
      ++recipients_;
      output_ += "250 2.1.5 fine\r\n";
    } else if (verb == "DATA") {
      data_ = fresh_ = true;
      output_ += "354 go on\r\n";
    } else if (verb == "BDAT") {
      begin_chunk(line.substr(4));
    } else if (verb == "QUIT") {
      quitting_ = true;
      output_ += "221 2.0.0 bye\r\n";
    } else {
      if (verb != "NOOP") recipients_ = 0;
      output_ += "250 2.0.0 fine\r\n";
    }
  }

  void begin_chunk(std::string_view arguments) {
    const std::size_t digit = std::min(arguments.find_first_not_of(' '), arguments.size());
    const char* end = arguments.data() + arguments.size();
    const auto read = std::from_chars(arguments.data() + digit, end, chunk_left_);
    if (read.ec != std::errc()) {
      chunk_left_ = 0;
      output_ += "501 5.5.4 no size\r\n";
      return;
    }
    last_chunk_ = read.ptr != end;  // " LAST" is all that may follow
    if (chunk_left_ == 0) end_chunk();
  }

  tcp::socket socket_;
  Count& count_;
  std::array<char, 65536> chunk_{};
  std::string input_, output_;
  std::uint64_t recipients_ = 0;
  std::uint64_t chunk_left_ = 0;  // octets of a BDAT that are still to come
  bool last_chunk_ = false, data_ = false, fresh_ = false, quitting_ = false;
};

class Sink {
 public:
  Sink(asio::io_context& context, std::uint16_t port)
      : context_(context),
        acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), port)),
        orders_(context, ::dup(STDIN_FILENO)),
        signals_(context, SIGTERM, SIGINT) {
    accept();
    obey();
    signals_.async_wait([this](Error error, int) {
      if (!error) end();
    });
  }

 private:
  void accept() {
    acceptor_.async_accept([this](Error error, tcp::socket socket) {
      if (!error) std::make_shared<Session>(std::move(socket), count_)->start();
      accept();
    });
  }

  void obey() {
    asio::async_read_until(orders_, asio::dynamic_buffer(order_), '\n', [this](Error error, std::size_t length) {
      if (error) return end();
      count_ = {};
      std::from_chars(order_.data(), order_.data() + length, count_.wanted);
      order_.erase(0, length);
      obey();
    });
  }

  void end() {
    count_.print();
    context_.stop();
  }

  asio::io_context& context_;
  tcp::acceptor acceptor_;
  asio::posix::stream_descriptor orders_;
  asio::signal_set signals_;
  std::string order_;
  Count count_;
};

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    fmt::print(stderr, "usage: smtp-sink PORT\n");
    return 2;
  }
  try {
    asio::io_context context(1);
    const Sink sink(context, static_cast<std::uint16_t>(std::strtoul(words[1], nullptr, 10)));
    context.run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "smtp-sink: {}\n", error.what());
    return 1;
  }
  return 0;
}
