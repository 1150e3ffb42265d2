#include "harness/esm/delivery/watermark.hpp"

#include <stdexcept>
#include <utility>

namespace millrace::esm {

Watermark::Place Watermark::enter(Sequence sequence) {
  entries_.push_back({sequence});
  return first_ + ahead() - 1;
}

bool Watermark::is_open(Place place) const {
  return place >= first_ && place - first_ < ahead() && !entries_[front_ + (place - first_)].ended;
}

void Watermark::end(Place place, RecordEnd how) {
  if (!is_open(place)) throw std::logic_error("watermark: a record ends that is not open");
  Entry& entry = entries_[front_ + (place - first_)];
  entry.ended = true;
  entry.how = how;
  while (front_ < entries_.size() && entries_[front_].ended) drop_front();
}

void Watermark::drop_front() {
  constexpr std::size_t kWorthMoving = 1024;
  const Entry& done = entries_[front_];
  if (done.how == RecordEnd::kDelivered) ++delivered_;
  if (done.how == RecordEnd::kDiscarded) ++discarded_;
  upto_ = done.sequence;
  ++front_;
  ++first_;
  // What is moved is no more than what was dropped since the last time.
  if (front_ == entries_.size() || (front_ >= kWorthMoving && front_ >= ahead())) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(front_));
    front_ = 0;
  }
}

Watermark::Tally Watermark::take() { return {upto_, std::exchange(delivered_, 0), std::exchange(discarded_, 0)}; }

}  // namespace millrace::esm
