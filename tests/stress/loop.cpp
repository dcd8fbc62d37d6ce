#include "stress/loop.h"

#include <algorithm>

namespace posthorn::stress {

Loop::~Loop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Loop::add(Client& client) {
  clients_.push_back(&client);
  client.set_wake([this, &client] { post(client); });
}

void Loop::start() {
  thread_ = std::thread([this] { run(); });
  wake_all();
}

void Loop::wake_all() {
  for (Client* client : clients_) post(*client);
}

void Loop::post(Client& client) {
  {
    const std::lock_guard lock(mutex_);
    if (queued_.insert(&client).second) ready_.push_back(&client);
  }
  changed_.notify_one();
}

void Loop::finished(Client& client) {
  {
    const std::lock_guard lock(mutex_);
    working_.erase(&client);
  }
  post(client);
}

// Null: it ends.
Client* Loop::next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (ending_) return nullptr;
    if (!ready_.empty()) {
      Client* client = ready_.front();
      ready_.pop_front();
      queued_.erase(client);
      if (working_.contains(client)) continue;  // it comes back when its work is done
      return client;
    }
    TimePoint first = clock_.now() + std::chrono::seconds(1);
    for (Client* client : clients_) {
      if (!working_.contains(client)) first = std::min(first, client->again_at());
    }
    changed_.wait_until(lock, first);
    const TimePoint now = clock_.now();
    for (Client* client : clients_) {
      const bool due = !working_.contains(client) && client->again_at() <= now;
      if (due && queued_.insert(client).second) ready_.push_back(client);
    }
  }
}

void Loop::run() {
  while (Client* client = next()) {
    switch (client->turn()) {
      case Client::Turn::wait: break;
      case Client::Turn::again: post(*client); break;
      case Client::Turn::work: {
        const std::lock_guard lock(mutex_);
        working_.insert(client);
      }
        worker_.submit([this, client] {
          client->work();
          finished(*client);
        });
        break;
    }
  }
}

}  // namespace posthorn::stress
