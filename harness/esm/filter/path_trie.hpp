// The paths that filters ask about, as a tree of their segments, so that one pass over a record finds the values at all
// of them. Part of Matcher.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::esm {

class PathTrie {
 public:
  using NodeId = std::uint32_t;
  static constexpr NodeId kRoot = 0;
  static constexpr NodeId kNone = ~NodeId{0};

  PathTrie() : nodes_(1) {}

  /// The node of a path, which is made if it is not there. Invalidates no ids.
  NodeId add(std::string_view path);

  /// Where the member `name` of an object at `from` is; kNone when nobody asks for anything there. A name with dots is
  /// as many segments.
  [[nodiscard]] NodeId find(NodeId from, std::string_view name) const;

  [[nodiscard]] NodeId parent(NodeId node) const { return nodes_[node].parent; }
  [[nodiscard]] std::size_t children(NodeId node) const { return nodes_[node].children.size(); }
  [[nodiscard]] bool has_children(NodeId node) const { return children(node) > 0; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  struct Child {
    std::string segment;
    NodeId node{kNone};
  };
  struct Node {
    NodeId parent{kNone};
    std::vector<Child> children;  // sorted by segment
  };

  [[nodiscard]] NodeId child(NodeId node, std::string_view segment) const;

  std::vector<Node> nodes_;
};

}  // namespace millrace::esm
