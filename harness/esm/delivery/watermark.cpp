#include "harness/esm/delivery/watermark.hpp"

#include <stdexcept>

namespace millrace::esm {

Watermark::Place Watermark::enter(Sequence sequence) {
  entries_.push_back({sequence});
  return first_ + entries_.size() - 1;
}

void Watermark::end(Place place, RecordEnd how) {
  if (place < first_ || place - first_ >= entries_.size() || entries_[place - first_].ended) {
    throw std::logic_error("watermark: a record ends that is not open");
  }
  Entry& entry = entries_[place - first_];
  entry.ended = true;
  entry.how = how;
  while (!entries_.empty() && entries_.front().ended) {
    const Entry& done = entries_.front();
    if (done.how == RecordEnd::kDelivered) ++delivered_;
    if (done.how == RecordEnd::kDiscarded) ++discarded_;
    upto_ = done.sequence;
    entries_.pop_front();
    ++first_;
  }
}

Watermark::Tally Watermark::take() { return {upto_, std::exchange(delivered_, 0), std::exchange(discarded_, 0)}; }

}  // namespace millrace::esm
