// The report on every mapping as a stream of events: one at once, and one when something has changed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/admin/admin_operations.hpp"
#include "server/http/routing/conversation.hpp"
#include "server/time/real_time.hpp"

namespace millrace::admin {

class StatusStream final : public http::BodyStream, public std::enable_shared_from_this<StatusStream> {
 public:
  /// Between two events: what changes faster is told of together.
  static constexpr Duration kInterval = std::chrono::milliseconds{100};
  /// Without news something is sent after this long.
  static constexpr Duration kHeartbeat = std::chrono::seconds{15};

  /// What `services` refers to outlives the stream.
  static std::shared_ptr<StatusStream> follow(const AdminServices& services);

  boost::asio::awaitable<std::optional<std::string>> next() override;
  void give_up() override;

 private:
  explicit StatusStream(const AdminServices& services) : services_{services} {}

  void note_change();
  /// Completes when `patience` is over, or at once when it is given up; earlier when there is news, if that is waited
  /// for.
  boost::asio::awaitable<void> wait(Duration patience, bool for_news);
  void wake();

  const AdminServices services_;
  std::shared_ptr<std::function<void()>> changed_;
  bool has_told_{false};  ///< one event at least
  bool has_news_{true};
  bool is_over_{false};
  bool waits_for_news_{false};
  std::function<void()> resume_;  ///< of whoever waits
};

}  // namespace millrace::admin
