#include "posthorn/service/store/store.h"

namespace posthorn::store {

Batch& Batch::put(View key, View value) {
  octets_ += key.size() + value.size();
  operations_.push_back({Kind::put, own(key), own(value), {}, {}});
  return *this;
}

Batch& Batch::erase(View key) {
  octets_ += key.size();
  operations_.push_back({Kind::erase, own(key), {}, {}, {}});
  return *this;
}

Batch& Batch::expect(View key, std::optional<Revision> seen) {
  octets_ += key.size();
  operations_.push_back({Kind::expect, own(key), {}, seen, {}});
  return *this;
}

Batch& Batch::keep(BlobId blob) {
  operations_.push_back({Kind::keep, {}, {}, {}, blob});
  return *this;
}

Batch& Batch::drop(BlobId blob) {
  operations_.push_back({Kind::drop, {}, {}, {}, blob});
  return *this;
}

std::string after_prefix(View prefix) {
  std::string key = own(prefix);
  key.back() = static_cast<char>(static_cast<unsigned char>(key.back()) + 1);
  return key;
}

}  // namespace posthorn::store
