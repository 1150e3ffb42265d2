#include "harness/admin/status_stream.hpp"

#include <utility>
#include <vector>

#include "harness/admin/report_json.hpp"
#include "server/rest/awaiting.hpp"
#include "server/rest/event_stream.hpp"

namespace millrace::admin {

std::shared_ptr<StatusStream> StatusStream::follow(const AdminServices& services) {
  const std::shared_ptr<StatusStream> stream{new StatusStream{services}};
  stream->changed_ = std::make_shared<std::function<void()>>([weak = stream->weak_from_this()] {
    if (const auto self = weak.lock()) self->note_change();
  });
  services.live_mappings.watch(stream->changed_);
  return stream;
}

void StatusStream::note_change() {
  has_news_ = true;
  if (waits_for_news_) wake();
}

void StatusStream::give_up() {
  is_over_ = true;
  wake();
}

void StatusStream::wake() {
  if (const auto resume = std::exchange(resume_, nullptr)) resume();
}

boost::asio::awaitable<void> StatusStream::wait(Duration patience, bool for_news) {
  waits_for_news_ = for_news;
  auto start = [this](std::function<void()> resume) { resume_ = std::move(resume); };
  RealTime& time = services_.real_time;
  const auto timer = time.schedule(time.now() + patience, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  });
  auto waiting = rest::answered<void>(std::move(start));
  co_await std::move(waiting);
  time.cancel(timer);
  waits_for_news_ = false;
}

boost::asio::awaitable<std::optional<std::string>> StatusStream::next() {
  if (std::exchange(has_told_, true) && !is_over_) {
    co_await wait(kInterval, /*for_news=*/false);
    if (!has_news_ && !is_over_) co_await wait(kHeartbeat, /*for_news=*/true);
  }
  if (is_over_) co_return std::nullopt;
  if (!has_news_) co_return std::string{rest::kNoNews};
  has_news_ = false;
  auto start = [this](auto done) { services_.live_mappings.report(std::move(done)); };
  auto reporting = rest::answered<std::vector<esm::MappingReport>>(std::move(start));
  const auto reports = co_await std::move(reporting);
  std::string status;
  append_status_json(status, MILLRACE_VERSION, reports);
  std::string event;
  rest::append_event(event, "status", status);
  co_return event;
}

}  // namespace millrace::admin
