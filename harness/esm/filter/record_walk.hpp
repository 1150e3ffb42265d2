// One pass over a record that hands over the values at the paths of a trie, and steps over everything else. Part of
// this folder.
#pragma once

#include <string>
#include <string_view>

#include "harness/esm/filter/condition.hpp"
#include "harness/esm/filter/path_trie.hpp"
#include "server/json/raw_cursor.hpp"

namespace millrace::esm {

/// What stands below a node of a record nests no deeper; records of DynamoDB nest some seventy levels.
inline constexpr std::size_t kMaxWalkDepth = json::kMaxRawDepth;

/// `Taker` has: scalar(node, const Scalar&), for every value at a node, elements of arrays included; object(node), for
/// an object at a node; several(node), for the second element of an array at a node.
template <class Taker>
class RecordWalk {
 public:
  /// `envelope`: so many levels of objects have names that no path is spelt in two ways with, like those around the
  /// images of a record. What comes behind the last path that is asked for is not looked at.
  RecordWalk(const PathTrie& paths, Taker& taker, std::size_t envelope = 0)
      : paths_{paths}, taker_{taker}, envelope_{envelope} {}

  void walk(std::string_view json) {
    json::RawCursor at{json};
    value(PathTrie::kRoot, at, 0, true);
  }

 private:
  /// `last`: everything else that is asked for comes before.
  void value(PathTrie::NodeId node, json::RawCursor& at, std::size_t depth, bool last) {
    const json::RawKind kind = at.kind();
    if (kind == json::RawKind::kObject) return object(node, at, depth, last);
    if (kind == json::RawKind::kArray) return array(node, at, depth);
    const std::string_view spelt = at.take_scalar();
    const bool is_text = kind == json::RawKind::kString;
    taker_.scalar(node, Scalar{kind, is_text ? json::content_of(spelt, text_) : spelt});
  }

  void object(PathTrie::NodeId node, json::RawCursor& at, std::size_t depth, bool last) {
    taker_.object(node);
    if (!paths_.has_children(node) || depth == kMaxWalkDepth) return at.skip();
    const bool is_envelope = last && depth < envelope_;
    std::size_t left = paths_.children(node);
    at.each_member([&](std::string_view spelt, json::RawCursor& member) {
      const PathTrie::NodeId below = paths_.find(node, json::content_of(spelt, name_));
      if (below == PathTrie::kNone) {
        member.skip();
        return true;
      }
      --left;
      value(below, member, depth + 1, is_envelope && left == 0);
      is_over_ = is_over_ || (is_envelope && left == 0);
      return !is_over_;
    });
  }

  void array(PathTrie::NodeId node, json::RawCursor& at, std::size_t depth) {
    if (depth == kMaxWalkDepth) return at.skip();
    std::size_t count = 0;
    at.each_element([&](json::RawCursor& element) {
      if (++count == 2) taker_.several(node);
      value(node, element, depth + 1, false);
    });
  }

  const PathTrie& paths_;
  Taker& taker_;
  const std::size_t envelope_;
  bool is_over_{false};
  std::string name_;
  std::string text_;
};

}  // namespace millrace::esm
