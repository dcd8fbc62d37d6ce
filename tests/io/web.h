// A web server for tests of clients.
#pragma once

#include <mutex>
#include <string>

#include "posthorn/bytes/buffer.h"
#include "posthorn/protocol/session.h"

namespace posthorn::testing {

/// Waits for a whole request, answers with octets that the test chose, and ends.
class Web final : public Conversation {
 public:
  struct Shared {
    std::string response;
    bool silent = false;
    std::mutex mutex;
    std::string request;
  };
  explicit Web(Shared& shared) : shared_(shared) {}
  void receive(View octets) override { in_ += octets; }
  void receive_end() override { ended_ = true; }
  Wants next(TimePoint) override {
    if (ended_ || answered_) return Wants::close;
    if (!whole() || shared_.silent) return Wants::input;
    const std::lock_guard lock(shared_.mutex);
    shared_.request = in_;
    out_.append(shared_.response);
    answered_ = true;
    return Wants::again;
  }
  void work(TimePoint) override {}
  View transmit() const override { return out_.view(); }
  void transmitted(std::size_t octets) override { out_.consume(octets); }
  std::optional<TimePoint> deadline() const override { return std::nullopt; }
  void upgraded(const TlsFacts&) override {}
  void stop() override { ended_ = true; }
  void set_wake(std::function<void()>) override {}

 private:
  [[nodiscard]] bool whole() const {
    const std::size_t end = in_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t length = in_.find("Content-Length: ");
    const std::size_t content = length < end ? std::stoul(in_.substr(length + 16)) : 0;
    return in_.size() >= end + 4 + content;
  }

  Shared& shared_;
  std::string in_;
  Buffer out_;
  bool ended_ = false;
  bool answered_ = false;
};

}  // namespace posthorn::testing
