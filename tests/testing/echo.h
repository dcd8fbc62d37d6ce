// A toy protocol for testing the testing kit: answers each line, knows TLS and QUIT.
#pragma once

#include <optional>
#include <string>

#include "posthorn/bytes/buffer.h"
#include "posthorn/grammar/frame/line.h"
#include "posthorn/protocol/session.h"

namespace posthorn::testing {

class Echo : public Conversation {
 public:
  Echo() { out_.append("hello\r\n"); }
  void receive(View octets) override { in_.append(octets); }
  void receive_end() override { ended_ = true; }
  Wants next(TimePoint now) override {
    if (quit_) return Wants::close;
    if (paused_ && now < *paused_) return Wants::pause;
    paused_.reset();
    const auto line = framer_.next(in_);
    if (line.status == frame::LineStatus::need_input) return ended_ ? Wants::close : Wants::input;
    const std::string text(line.text);
    in_.consume(line.octets);
    out_.append((tls_ ? "tls " : "you said ") + text + "\r\n");
    quit_ = text == "quit";
    if (text == "slow") paused_ = now + std::chrono::seconds(3);
    if (text == "tls") return Wants::upgrade;
    return text == "work" ? Wants::work : Wants::again;
  }
  void work(TimePoint) override { out_.append("worked\r\n"); }
  View transmit() const override { return out_.view(); }
  void transmitted(std::size_t octets) override { out_.consume(octets); }
  std::optional<TimePoint> deadline() const override { return paused_; }
  void upgraded(const TlsFacts&) override {
    in_.clear();
    tls_ = true;
  }
  void stop() override { quit_ = true; }
  void set_wake(std::function<void()>) override {}

 private:
  Buffer in_;
  Buffer out_;
  frame::LineFramer framer_{100};
  std::optional<TimePoint> paused_;
  bool ended_ = false;
  bool quit_ = false;
  bool tls_ = false;
};

}  // namespace posthorn::testing
