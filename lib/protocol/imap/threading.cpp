#include "protocol/imap/threading.h"

#include <algorithm>
#include <utility>

namespace posthorn::imap::threading {

namespace {

/// FNV-1a with its bits mixed; never 0. Who makes two ids collide joins his messages to a thread, which a References
/// field does too.
std::uint64_t hash(View text) {
  std::uint64_t h = 0xCBF29CE484222325U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  h ^= h >> 32U;
  h *= 0x9E3779B97F4A7C15U;
  return h == 0 ? 1 : h;
}

}  // namespace

Threader::Index Threader::node_of(View id) {
  const auto [entry, is_new] = by_id_.try_emplace(hash(id), static_cast<Index>(nodes_.size()));
  if (is_new) nodes_.emplace_back();
  return entry->second;
}

bool Threader::is_above(Index maybe, Index node) const {
  for (; node != kNone; node = nodes_[node].parent) {
    if (node == maybe) return true;
  }
  return false;
}

// Only parents are kept while messages come; gather_children() turns them round. What has nothing below it cannot close
// a loop: so long chains cost no long walks.
void Threader::link(Index parent, Index child) {
  if (nodes_[child].was_parent ? is_above(child, parent) : child == parent) return;
  nodes_[child].parent = parent;
  nodes_[parent].was_parent = true;
}

void Threader::cut(Index node) { nodes_[node].parent = kNone; }

void Threader::add(std::uint32_t number, WallTime sent, WallTime arrival, const mime::ThreadLinks& links,
                   View subject) {
  Index self = kNone;
  if (algorithm_ != Algorithm::ordered_subject && !links.message_id.empty()) self = node_of(links.message_id);
  // Of two messages with one id, the second is on its own (section 3, REFERENCES, step 1).
  if (self == kNone || nodes_[self].number != 0) {
    self = static_cast<Index>(nodes_.size());
    nodes_.emplace_back();
  }
  nodes_[self].number = number;
  nodes_[self].sent = sent.time_since_epoch().count();
  nodes_[self].arrival = arrival.time_since_epoch().count();
  nodes_[self].subject = subject.empty() ? 0 : hash(subject);
  nodes_[self].is_reply = links.subject.is_reply_or_forward;
  if (algorithm_ == Algorithm::ordered_subject) return;
  Index parent = kNone;
  const std::vector<std::string> ancestors = links.ancestors();
  const std::size_t from = ancestors.size() - std::min(ancestors.size(), kMaxReferences);
  for (std::size_t i = from; i < ancestors.size(); ++i) {
    const Index node = node_of(ancestors[i]);
    // Links that are there already stay: only what a message says of itself is sure.
    if (parent != kNone && nodes_[node].parent == kNone) link(parent, node);
    parent = node;
  }
  cut(self);
  if (parent != kNone) link(parent, self);
}

void Threader::gather_children() {
  for (Index i = 0; i < nodes_.size(); ++i) {
    const Index parent = nodes_[i].parent;
    (parent == kNone ? roots_ : nodes_[parent].children).push_back(i);
  }
}

// All nodes of a thread, each after its parent.
std::vector<Threader::Index> Threader::below(Index root) const {
  std::vector<Index> out{root};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto& children = nodes_[out[i]].children;
    out.insert(out.end(), children.begin(), children.end());
  }
  return out;
}

// Step 3: those that are only referred to go; their children take their place, but for several at the root.
void Threader::prune() {
  for (const Index root : roots_) {
    const std::vector<Index> all = below(root);
    for (std::size_t i = all.size(); i-- > 0;) {
      std::vector<Index> kept;
      for (const Index child : nodes_[all[i]].children) {
        if (nodes_[child].number != 0) {
          kept.push_back(child);
        } else {
          kept.insert(kept.end(), nodes_[child].children.begin(), nodes_[child].children.end());
          nodes_[child].children = {};
        }
      }
      nodes_[all[i]].children = std::move(kept);
    }
  }
  std::vector<Index> kept;
  for (const Index root : roots_) {
    const bool is_dummy = nodes_[root].number == 0;
    if (!is_dummy || nodes_[root].children.size() > 1) {
      kept.push_back(root);
    } else if (!nodes_[root].children.empty()) {
      kept.push_back(nodes_[root].children.front());
    }
  }
  roots_ = std::move(kept);
}

// A dummy has children, which are in order when this is asked.
bool Threader::comes_first(Index a, Index b) const {
  const auto shown = [this](Index i) { return nodes_[i].number != 0 ? i : nodes_[i].children.front(); };
  const Node& first = nodes_[shown(a)];
  const Node& second = nodes_[shown(b)];
  return std::pair(first.sent, first.number) < std::pair(second.sent, second.number);
}

// Steps 4 and 6: siblings by date, the youngest sets first.
void Threader::sort_all() {
  const auto order = [this](Index a, Index b) { return comes_first(a, b); };
  for (const Index root : roots_) {
    const std::vector<Index> all = below(root);
    for (std::size_t i = all.size(); i-- > 0;) std::ranges::sort(nodes_[all[i]].children, order);
  }
  std::ranges::sort(roots_, order);
}

std::uint64_t Threader::subject_of(Index node) const {
  return nodes_[node].number != 0 ? nodes_[node].subject : nodes_[nodes_[node].children.front()].subject;
}

// Step 5: threads with one base subject become one.
void Threader::merge_subjects() {
  const auto is_dummy = [this](Index i) { return nodes_[i].number == 0; };
  const auto is_reply = [&](Index i) { return nodes_[is_dummy(i) ? nodes_[i].children.front() : i].is_reply; };
  std::unordered_map<std::uint64_t, Index> table;
  for (const Index root : roots_) {
    const std::uint64_t subject = subject_of(root);
    if (subject == 0) continue;
    const auto [entry, is_new] = table.try_emplace(subject, root);
    if (is_new || is_dummy(entry->second)) continue;
    if (is_dummy(root) || (is_reply(entry->second) && !is_reply(root))) entry->second = root;
  }
  const auto adopt = [this](Index parent, Index child) { nodes_[parent].children.push_back(child); };
  std::vector<Index> kept;
  for (const Index root : roots_) {
    const std::uint64_t subject = subject_of(root);
    const auto entry = table.find(subject);
    if (subject == 0 || entry == table.end() || entry->second == root) {
      kept.push_back(root);
      continue;
    }
    const Index other = entry->second;
    if (is_dummy(other) && is_dummy(root)) {
      for (const Index child : std::exchange(nodes_[root].children, {})) adopt(other, child);
    } else if (is_dummy(other) || (is_reply(root) && !is_reply(other))) {
      adopt(other, root);
    } else {
      // Both become children of a dummy. The node of the one in the table becomes that dummy, so its place is kept.
      const Index moved = static_cast<Index>(nodes_.size());
      nodes_.push_back(std::exchange(nodes_[other], Node()));
      adopt(other, moved);
      adopt(other, root);
    }
  }
  roots_ = std::move(kept);
}

// ORDEREDSUBJECT: messages with one base subject, by date; the first is the parent of all others.
void Threader::thread_by_subject() {
  std::vector<Index> order(nodes_.size());
  for (Index i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [this](Index a, Index b) { return comes_first(a, b); });
  std::unordered_map<std::uint64_t, Index> first;
  for (const Index i : order) {
    const auto [entry, is_new] = first.try_emplace(nodes_[i].subject, i);
    if (is_new) {
      roots_.push_back(i);
    } else {
      nodes_[entry->second].children.push_back(i);
    }
  }
}

void Threader::sort_by_newest() {
  std::vector<std::pair<std::int64_t, Index>> newest;
  for (const Index root : roots_) {
    std::int64_t latest = std::numeric_limits<std::int64_t>::min();
    for (const Index i : below(root)) {
      if (nodes_[i].number != 0) latest = std::max(latest, nodes_[i].arrival);
    }
    newest.emplace_back(latest, root);
  }
  std::ranges::sort(newest, [this](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : comes_first(a.second, b.second);
  });
  for (std::size_t i = 0; i < newest.size(); ++i) roots_[i] = newest[i].second;
}

std::string Threader::written(Index root) const {
  struct Open {
    Index node;
    std::size_t next = 0;  // the child that comes next
  };
  std::string out = "(";
  std::vector<Open> open;
  const auto enter = [&](Index node) {
    const std::uint32_t number = nodes_[node].number;
    if (number != 0) {
      if (out.back() != '(') out += ' ';
      out += std::to_string(number);
    }
    // Several children: each has parentheses of its own.
    if (number != 0 && nodes_[node].children.size() > 1) out += ' ';
    open.push_back({node});
  };
  enter(root);
  while (!open.empty()) {
    Open& top = open.back();
    const std::vector<Index>& children = nodes_[top.node].children;
    if (top.next == children.size()) {
      open.pop_back();
      if (!open.empty() && nodes_[open.back().node].children.size() > 1) out += ')';
      continue;
    }
    const Index child = children[top.next++];
    if (children.size() > 1) out += '(';
    enter(child);
  }
  return out + ')';
}

std::vector<std::string> Threader::take_threads() {
  by_id_ = {};
  if (algorithm_ == Algorithm::ordered_subject) {
    thread_by_subject();
  } else {
    gather_children();
    prune();
    sort_all();
    if (algorithm_ == Algorithm::references) {
      merge_subjects();
      sort_all();
    } else {
      sort_by_newest();
    }
  }
  std::vector<std::string> out;
  for (const Index root : std::exchange(roots_, {})) out.push_back(written(root));
  nodes_ = {};
  return out;
}

}  // namespace posthorn::imap::threading
