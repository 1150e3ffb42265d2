#include "server/vectors/nearest.hpp"

#include <algorithm>
#include <utility>

namespace millrace::vectors {

bool passes(const WantedLabels& wanted, const Labels& labels) {
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    if (!wanted[at].empty() && wanted[at] != labels[at]) return false;
  }
  return true;
}

bool Nearest::passes_at(const Chunk& chunk, std::size_t at) const {
  for (std::size_t label = 0; label < wanted_.size(); ++label) {
    if (!wanted_[label].empty() && wanted_[label] != chunk.labels[label][at]) return false;
  }
  return true;
}

void Nearest::look_at(const Chunk& chunk) {
  const std::size_t stride = packed_size(search_.dimensions());
  const auto order = [this](const Found& left, const Found& right) { return is_before(left, right); };
  for (std::size_t at = 0; at < chunk.size(); ++at) {
    if (!passes_at(chunk, at)) continue;
    ++compared_;
    const double score = search_.score(chunk.floats.data() + at * stride, chunk.squares[at]);
    const auto item_key = std::string_view{chunk.keys[at]}.substr(chunk.item_key_offsets[at]);
    if (best_.size() == most_) {
      if (!comes_before(score, item_key, best_.front().score, best_.front().item_key)) continue;
      std::ranges::pop_heap(best_, order);
      best_.pop_back();
    }
    best_.push_back({score, std::string{item_key}});
    std::ranges::push_heap(best_, order);
  }
}

void Nearest::look_at(const Snapshot& vectors) {
  for (const auto& chunk : vectors.chunks()) look_at(*chunk);
}

std::vector<Found> Nearest::take() {
  std::ranges::sort_heap(best_, [this](const Found& left, const Found& right) { return is_before(left, right); });
  return std::move(best_);
}

}  // namespace millrace::vectors
