// A few connections for reading per shard, handed out one caller at a time.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "service/store/sqlite_connection.h"

namespace posthorn::store::sqlite {

class Readers {
 public:
  /// A connection that is the caller's until this object ends.
  class Lease {
   public:
    Lease(Readers& readers, std::unique_ptr<Connection> connection)
        : readers_(&readers), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      if (connection_) readers_->give_back(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Readers* readers_;
    std::unique_ptr<Connection> connection_;
  };

  Readers(std::string path, unsigned limit) : path_(std::move(path)), limit_(limit) {}

  /// Waits while all are in use. @errors as Connection::open
  [[nodiscard]] Result<Lease> take();

 private:
  void give_back(std::unique_ptr<Connection> connection);

  std::string path_;
  unsigned limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  unsigned opened_ = 0;
};

}  // namespace posthorn::store::sqlite
