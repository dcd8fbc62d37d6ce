#include "posthorn/io/drive.h"

#include <algorithm>
#include <array>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace posthorn::io {
namespace {

constexpr std::size_t kScratch = 64U << 10U;

// One for each thread that runs streams, not one for each connection: octets are here only between a read and the
// receive() that follows it, and no coroutine waits in between.
std::span<char> scratch() {
  thread_local std::array<char, kScratch> octets;
  return octets;
}

// After so many turns without a wait the other connections of the thread get theirs.
constexpr int kTurns = 32;
// A deadline in the past that next() does not move, so many times: the conversation would spin for ever.
constexpr int kStaleDeadlines = 8;

using End = std::optional<Ending>;

class Driver {
 public:
  Driver(Stream& stream, Conversation& conversation, Worker& worker, const std::atomic<bool>* stopping,
         const Upgrade* upgrade)
      : stream_(stream), conversation_(conversation), worker_(worker), stopping_(stopping), upgrade_(upgrade) {}

  asio::awaitable<Ending> converse();

 private:
  asio::awaitable<End> satisfy(Wants wants);
  asio::awaitable<End> flush(bool read_ahead);
  asio::awaitable<End> upgrade();
  asio::awaitable<Result<TlsFacts>> shake_hands();
  asio::awaitable<End> wait(bool reads);
  asio::awaitable<void> work();
  End read(std::size_t most);
  bool flush_is_due();

  Stream& stream_;
  Conversation& conversation_;
  Worker& worker_;
  const std::atomic<bool>* stopping_;
  const Upgrade* upgrade_;
  bool told_ = false;   // stop() was called
  bool ended_ = false;  // receive_end() was called
  bool woken_ = false;  // a wake came while something else was waited for
  bool fed_ = false;    // octets came since the last next()
  bool more_ = false;   // the last read filled its memory: the socket may hold more
  int turns_ = 0;
  int stale_ = 0;
  std::size_t ahead_ = 0;      // octets that came since the flush began
  std::size_t collected_ = 0;  // output that was there at the last look
};

// Takes what the socket holds now; nothing is no end.
End Driver::read(std::size_t most) {
  const std::span<char> into = scratch().first(most);
  const Result<std::optional<std::size_t>> got = stream_.read_now(into);
  if (!got) return Ending::peer_gone;
  more_ = false;
  if (!*got) return std::nullopt;
  fed_ = true;
  if (**got == 0) {
    ended_ = true;
    conversation_.receive_end();
    return std::nullopt;
  }
  more_ = **got == into.size();
  ahead_ += **got;
  conversation_.receive(View(into.data(), **got));
  return std::nullopt;
}

asio::awaitable<End> Driver::flush(bool read_ahead) {
  std::size_t step = 0;
  ahead_ = 0;
  TimePoint limit = stream_.now() + stream_.limits().write;
  while (!conversation_.transmit().empty()) {
    const Result<std::size_t> put = stream_.write_now(conversation_.transmit());
    if (!put) co_return Ending::peer_gone;
    if (*put != 0) {
      conversation_.transmitted(*put);
      step += *put;
      if (step >= kWriteStep) {
        step = 0;
        limit = stream_.now() + stream_.limits().write;
      }
      continue;
    }
    const bool reads = read_ahead && !ended_ && ahead_ < kReadAhead;
    const unsigned wanted = reads ? kWritable | kReadable : unsigned{kWritable};
    const unsigned ready = co_await stream_.wait(wanted, limit);
    if ((ready & kWoken) != 0 && stream_.take_wake()) woken_ = true;
    if (reads && (ready & kReadable) != 0) {
      if (const End end = read(kReadAhead - ahead_)) co_return end;
    }
    if ((ready & (kReadable | kWritable | kDeadline)) == kDeadline) co_return Ending::too_slow;
  }
  co_return std::nullopt;
}

asio::awaitable<Result<TlsFacts>> Driver::shake_hands() {
  return upgrade_ == nullptr ? stream_.upgrade() : (*upgrade_)(stream_);
}

asio::awaitable<End> Driver::upgrade() {
  // Nothing is read before the handshake reads itself: the session dropped what it had, and the driver holds nothing.
  const End end = co_await flush(false);
  if (end) co_return end;
  const Result<TlsFacts> facts = co_await shake_hands();
  more_ = false;
  if (facts) {
    conversation_.upgraded(*facts);
    co_return std::nullopt;
  }
  if (facts.error().code == Code::timed_out) co_return Ending::too_slow;
  co_return facts.error().code == Code::closed ? Ending::peer_gone : Ending::no_tls;
}

asio::awaitable<End> Driver::wait(bool reads) {
  const std::optional<TimePoint> deadline = conversation_.deadline();
  if (std::exchange(woken_, false)) co_return std::nullopt;
  if (reads && more_ && !ended_) {
    const End end = read(kScratch);
    if (end || fed_) co_return end;
  }
  if (reads && ended_) co_return Ending::peer_gone;  // it wants what cannot come any more
  const unsigned wanted = reads ? unsigned{kReadable} : 0U;
  const unsigned ready = co_await stream_.wait(wanted, deadline);
  turns_ = 0;
  if ((ready & kWoken) != 0) static_cast<void>(stream_.take_wake());
  if ((ready & kReadable) != 0) {
    const End end = read(kScratch);
    if (end) co_return end;
  }
  const bool stale = (ready & kDeadline) != 0 && (ready & (kReadable | kWoken)) == 0;
  stale_ = stale ? stale_ + 1 : 0;
  if (stale_ > kStaleDeadlines) co_return Ending::defect;
  co_return std::nullopt;
}

asio::awaitable<void> Driver::work() {
  std::move_only_function<void()> job = [this] { conversation_.work(stream_.now()); };
  turns_ = 0;
  co_await run(worker_, stream_.executor(), std::move(job));
}

// Answers to commands that came together leave together; but a conversation may wait for its output to be gone, so what
// did not grow is written.
bool Driver::flush_is_due() {
  const std::size_t size = conversation_.transmit().size();
  const bool due = size >= kFlushMark || (size != 0 && size <= collected_);
  collected_ = size;
  return due;
}

asio::awaitable<End> Driver::satisfy(Wants wants) {
  End end;
  switch (wants) {
    case Wants::again:
      if (flush_is_due()) end = co_await flush(true);
      break;
    case Wants::work:
      if (conversation_.transmit().size() >= kFlushMark) end = co_await flush(true);
      if (!end) co_await work();
      break;
    case Wants::input:
    case Wants::pause:
      end = co_await flush(true);
      if (!end && !fed_) end = co_await wait(wants == Wants::input);
      break;
    case Wants::upgrade: end = co_await upgrade(); break;
    case Wants::close:
      end = co_await flush(false);
      if (!end) end = Ending::finished;
      break;
  }
  co_return end;
}

asio::awaitable<Ending> Driver::converse() {
  conversation_.set_wake(stream_.waker());
  for (;;) {
    if (stopping_ != nullptr && stopping_->load() && !std::exchange(told_, true)) conversation_.stop();
    fed_ = false;
    const Wants wants = conversation_.next(stream_.now());
    const End end = co_await satisfy(wants);
    if (end) {
      if (*end == Ending::finished) co_await stream_.close();
      stream_.abort();
      co_return *end;
    }
    if (++turns_ >= kTurns) {
      turns_ = 0;
      co_await asio::post(stream_.executor(), asio::use_awaitable);
    }
  }
}

}  // namespace

asio::awaitable<Ending> converse(Stream& stream, Conversation& conversation, Worker& worker,
                                 const std::atomic<bool>* stopping, const Upgrade* upgrade) {
  Driver driver(stream, conversation, worker, stopping, upgrade);
  const Ending ending = co_await driver.converse();
  co_return ending;
}

}  // namespace posthorn::io
