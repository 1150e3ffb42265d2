// Remembers what texts mean once parsed, because applications send the same few texts again and again.
//
// May be used from any thread. Holds at most a fixed number of bytes and forgets the text that was not used for
// longest. Texts that do not parse are not kept. A hit allocates nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "server/base/result.hpp"

namespace millrace::expression {

/// What a text and its AST take at most, roughly: the worst texts are paths of short names and comparisons of them.
inline constexpr std::size_t footprint_of(std::string_view text) {
  constexpr std::size_t kEntry = 512;
  constexpr std::size_t kPerByte = 64;
  return kEntry + kPerByte * text.size();
}

/// The texts of one grammar and their ASTs. Used through ExpressionCache and partiql::StatementCache.
template <class Ast>
class AstCache {
 public:
  explicit AstCache(std::size_t capacity_bytes) : capacity_bytes_{capacity_bytes} {}

  /// The AST of `text`: a remembered one, or what `parse(text)` gives.
  template <class Parse>
  Result<std::shared_ptr<const Ast>> get(std::string_view text, const Parse& parse) {
    if (auto known = find(text)) return known;
    TRY_ASSIGN(Ast ast, parse(text));  // outside the lock: at worst two threads parse the same text
    return keep(text, std::make_shared<const Ast>(std::move(ast)));
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return by_text_.size();
  }

 private:
  struct Entry {
    std::string text;
    std::shared_ptr<const Ast> ast;
  };
  using Entries = std::list<Entry>;  // most recently used first; list nodes stay put, so the map may view their texts

  std::shared_ptr<const Ast> find(std::string_view text) {
    const std::lock_guard lock{mutex_};
    const auto found = by_text_.find(text);
    if (found == by_text_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->ast;
  }

  std::shared_ptr<const Ast> keep(std::string_view text, std::shared_ptr<const Ast> ast) {
    const std::lock_guard lock{mutex_};
    if (by_text_.contains(text)) return ast;
    entries_.push_front(Entry{std::string{text}, ast});
    by_text_.emplace(entries_.front().text, entries_.begin());
    bytes_ += footprint_of(text);
    while (bytes_ > capacity_bytes_) {
      const std::string& oldest = entries_.back().text;
      bytes_ -= footprint_of(oldest);
      by_text_.erase(oldest);
      entries_.pop_back();
    }
    return ast;
  }

  const std::size_t capacity_bytes_;
  std::size_t bytes_{0};
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string_view, typename Entries::iterator> by_text_;
};

}  // namespace millrace::expression
