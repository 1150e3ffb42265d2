#include "server/http/byte_budget.hpp"

#include <utility>

namespace millrace::http {

void ByteBudget::hold(Share& share, std::size_t bytes) {
  const auto take_out = [this](Share& from) {
    if (from.bytes_ == 0) return;
    held_ -= std::exchange(from.bytes_, 0);
    by_last_move_.erase(from.place_);
  };
  take_out(share);
  if (bytes > 0) {
    held_ += bytes;
    share.bytes_ = bytes;
    share.place_ = by_last_move_.insert(by_last_move_.end(), &share);
  }
  while (held_ > most_bytes_) {
    Share& longest = *by_last_move_.front();
    take_out(longest);
    longest.revoked_();
  }
}

ByteBudget::Share::Share(std::shared_ptr<ByteBudget> budget, std::function<void()> revoked)
    : budget_{std::move(budget)}, revoked_{std::move(revoked)} {}

ByteBudget::Share::~Share() { hold(0); }

void ByteBudget::Share::hold(std::size_t bytes) {
  if (bytes == 0 && !used_) return;
  used_ = bytes > 0;
  budget_->hold(*this, bytes);
}

}  // namespace millrace::http
