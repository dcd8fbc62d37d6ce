// A sorted set that keeps its elements in blocks, so that each costs little more than its own octets: there is one
// allocation for hundreds of them, and memory is touched in the order in which elements come.
//
// What is appended behind everything fills blocks to the end. References live until the next insert or erase.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory_resource>
#include <utility>
#include <vector>

namespace posthorn::queue {

/// @tparam Less  strict order of elements, and of elements and what they are looked up by
template <class T, class Less = std::less<>>
class SortedBlocks {
 public:
  static constexpr std::size_t kBlock = 256;  ///< elements

  /// @lifetime `memory` outlives the object
  explicit SortedBlocks(std::pmr::memory_resource& memory) : blocks_(&memory) {}

  [[nodiscard]] bool empty() const { return blocks_.empty(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The first of a set that is not empty.
  [[nodiscard]] const T& front() const { return blocks_.front().front(); }

  /// @returns false: an equal one is there already
  bool insert(const T& element) {
    if (blocks_.empty() || Less()(blocks_.back().back(), element)) {
      if (blocks_.empty() || blocks_.back().size() == kBlock) blocks_.emplace_back();
      blocks_.back().push_back(element);
    } else {
      if (find(element) != nullptr) return false;
      std::size_t number = block_of(element);
      if (blocks_[number].size() == kBlock) number += split(number, element);
      Block& block = blocks_[number];
      block.insert(std::lower_bound(block.begin(), block.end(), element, Less()), element);
    }
    ++size_;
    return true;
  }

  /// @returns whether it was there
  template <class Key>
  bool erase(const Key& key) {
    if (blocks_.empty()) return false;
    const std::size_t number = block_of(key);
    Block& block = blocks_[number];
    const auto place = std::lower_bound(block.begin(), block.end(), key, Less());
    if (place == block.end() || Less()(key, *place)) return false;
    block.erase(place);
    --size_;
    join(number);
    return true;
  }

  /// Null where there is none. What its order depends on must not be changed.
  template <class Key>
  [[nodiscard]] T* find(const Key& key) {
    return const_cast<T*>(std::as_const(*this).find(key));
  }
  template <class Key>
  [[nodiscard]] const T* find(const Key& key) const {
    if (blocks_.empty()) return nullptr;
    const Block& block = blocks_[block_of(key)];
    const auto place = std::lower_bound(block.begin(), block.end(), key, Less());
    return place == block.end() || Less()(key, *place) ? nullptr : &*place;
  }

  /// Calls `each` for all elements that do not come before `key`, in order, until it returns false.
  template <class Key, class Each>
  void each_from(const Key& key, Each each) const {
    if (blocks_.empty()) return;
    std::size_t number = block_of(key);
    auto place = std::lower_bound(blocks_[number].begin(), blocks_[number].end(), key, Less());
    for (;;) {
      for (; place != blocks_[number].end(); ++place) {
        if (!each(*place)) return;
      }
      if (++number == blocks_.size()) return;
      place = blocks_[number].begin();
    }
  }
  /// Calls `each` for all, in order.
  template <class Each>
  void each(Each each) const {
    for (const Block& block : blocks_) {
      for (const T& element : block) each(element);
    }
  }
  /// The same for one that may change them, but for what their order depends on.
  template <class Each>
  void each(Each each) {
    for (Block& block : blocks_) {
      for (T& element : block) each(element);
    }
  }
  void clear() {
    blocks_.clear();
    size_ = 0;
  }

 private:
  using Block = std::pmr::vector<T>;

  /// The block in which the key is, if it is anywhere.
  template <class Key>
  [[nodiscard]] std::size_t block_of(const Key& key) const {
    const auto behind = std::upper_bound(blocks_.begin(), blocks_.end(), key,
                                         [](const Key& k, const Block& block) { return Less()(k, block.front()); });
    return behind == blocks_.begin() ? 0 : static_cast<std::size_t>(behind - blocks_.begin()) - 1;
  }

  /// Halves a block. @returns 1 when the element belongs into the second half, else 0
  std::size_t split(std::size_t number, const T& element) {
    blocks_.emplace(blocks_.begin() + static_cast<std::ptrdiff_t>(number) + 1);
    Block& first = blocks_[number];
    Block& second = blocks_[number + 1];
    const auto middle = first.begin() + kBlock / 2;
    second.assign(middle, first.end());
    first.erase(middle, first.end());
    return Less()(second.front(), element) ? 1 : 0;
  }

  /// Nothing stays of an empty block, and two small ones become one.
  void join(std::size_t number) {
    const auto place = blocks_.begin() + static_cast<std::ptrdiff_t>(number);
    if (place->empty()) {
      blocks_.erase(place);
    } else if (number + 1 < blocks_.size() && place->size() + (place + 1)->size() <= kBlock / 2) {
      place->insert(place->end(), (place + 1)->begin(), (place + 1)->end());
      blocks_.erase(place + 1);
    }
  }

  std::pmr::vector<Block> blocks_;  // none is empty
  std::size_t size_ = 0;
};

}  // namespace posthorn::queue
