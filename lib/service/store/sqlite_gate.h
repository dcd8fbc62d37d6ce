// A one-way gate between two threads: one waits, the other opens it once. One system call on each side at most, and the
// thread that is woken finds no lock to wait for.
#pragma once

#include <atomic>
#include <cstdint>

namespace posthorn::store::sqlite {

class Gate {
 public:
  void open();
  void wait();

 private:
  // closed, closed with somebody waiting, open
  std::atomic<std::uint32_t> state_ = 0;
};

}  // namespace posthorn::store::sqlite
