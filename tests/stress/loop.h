// Threads that run clients as io runs connections: a few loops that never block, and a pool for work that does.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "posthorn/io/worker.h"

#include "stress/client.h"

namespace posthorn::stress {

class Loop {
 public:
  Loop(io::Worker& worker, const Clock& clock) : worker_(worker), clock_(clock) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  /// Ends the thread; no client may be at work.
  ~Loop();

  /// Before start().
  void add(Client& client);
  void start();
  /// Makes every client look around.
  void wake_all();

 private:
  void post(Client& client);
  void finished(Client& client);
  void run();
  Client* next();

  io::Worker& worker_;
  const Clock& clock_;
  std::vector<Client*> clients_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Client*> ready_;
  std::set<Client*> queued_;   // those in ready_
  std::set<Client*> working_;  // with the worker: not to be touched
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace posthorn::stress
