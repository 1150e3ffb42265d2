#include "harness/esm/filter/path_trie.hpp"

#include <algorithm>
#include <cstring>

namespace millrace::esm {
namespace {

constexpr char kJoint = '.';

std::size_t end_of_segment(std::string_view path) {
  const void* const joint = path.empty() ? nullptr : std::memchr(path.data(), kJoint, path.size());
  return joint == nullptr ? path.size() : static_cast<std::size_t>(static_cast<const char*>(joint) - path.data());
}

}  // namespace

PathTrie::NodeId PathTrie::child(NodeId node, std::string_view segment) const {
  const std::vector<Child>& children = nodes_[node].children;
  if (children.size() == 1) return children.front().segment == segment ? children.front().node : kNone;
  const auto at = std::ranges::lower_bound(children, segment, {}, &Child::segment);
  return at != children.end() && at->segment == segment ? at->node : kNone;
}

PathTrie::NodeId PathTrie::find(NodeId from, std::string_view name) const {
  while (true) {
    const std::size_t end = end_of_segment(name);
    from = child(from, name.substr(0, end));
    if (from == kNone || end == name.size()) return from;
    name.remove_prefix(end + 1);
  }
}

PathTrie::NodeId PathTrie::add(std::string_view path) {
  NodeId node = kRoot;
  while (true) {
    const std::size_t end = end_of_segment(path);
    const std::string_view segment = path.substr(0, end);
    NodeId next = child(node, segment);
    if (next == kNone) {
      next = static_cast<NodeId>(nodes_.size());
      nodes_.push_back({node, {}});
      std::vector<Child>& children = nodes_[node].children;
      children.insert(std::ranges::lower_bound(children, segment, {}, &Child::segment), {std::string{segment}, next});
    }
    node = next;
    if (end == path.size()) return node;
    path.remove_prefix(end + 1);
  }
}

}  // namespace millrace::esm
