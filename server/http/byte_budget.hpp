// Memory that peers make the server hold: bodies on their way in, answers on their way out. One budget is shared by all
// listeners, so that neither half-sent requests nor slow readers can take the memory of everybody else.
//
// Who overdraws it is not refused: the connection whose bytes have not moved for longest has to go. Of the I/O thread.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>

namespace millrace::http {

class ByteBudget {
 public:
  static constexpr std::size_t kDefaultBytes = std::size_t{256} << 20U;

  explicit ByteBudget(std::size_t most_bytes = kDefaultBytes) : most_bytes_{most_bytes} {}

  [[nodiscard]] std::size_t most_bytes() const { return most_bytes_; }
  /// What all shares hold now.
  [[nodiscard]] std::size_t held() const { return held_; }

  /// What one connection holds.
  class Share {
   public:
    /// `revoked` is called, from within the hold() that overdrew the budget, when this share has been taken away: the
    /// bytes are no longer counted, and have to be freed soon, but not from within the call.
    Share(std::shared_ptr<ByteBudget> budget, std::function<void()> revoked);
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Holds `bytes` from now on, in place of what it held before; 0 gives all back. Counts as progress of the peer.
    /// Costs nothing when it neither held nor holds any.
    void hold(std::size_t bytes);

   private:
    friend class ByteBudget;
    const std::shared_ptr<ByteBudget> budget_;
    const std::function<void()> revoked_;
    bool used_{false};
    // The budget's.
    std::size_t bytes_{0};
    std::list<Share*>::iterator place_;
  };

 private:
  void hold(Share& share, std::size_t bytes);

  const std::size_t most_bytes_;
  std::size_t held_{0};
  std::list<Share*> by_last_move_;  ///< those that hold bytes, the one that has not moved for longest first
};

}  // namespace millrace::http
