#include "harness/esm/delivery/tumbling_window.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

#include "harness/esm/source/timestamp.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::esm {
namespace {

/// The names, quotes and times of append_members(), with room to spare.
constexpr std::size_t kFixedBytes = 256;
/// A state that is larger cannot be sent back: an event holds no more than 6 MB.
constexpr std::size_t kLargestState = std::size_t{6} << 20U;

TimePoint start_of(TimePoint created, Duration length) {
  const Duration since_epoch = created.time_since_epoch();
  Duration within = since_epoch % length;
  if (within < Duration::zero()) within += length;
  return created - within;
}

}  // namespace

TumblingWindow::TumblingWindow(Duration length, std::size_t state_limit, ShardName shard,
                               std::optional<OpenWindow> open)
    : length_{length}, state_limit_{state_limit}, shard_{std::move(shard)}, window_{std::move(open)} {
  if (length <= Duration::zero()) throw std::logic_error("tumbling window: it has no length");
}

void TumblingWindow::open_for(TimePoint created) {
  if (window_) return;
  const TimePoint start = start_of(created, length_);
  window_ = OpenWindow{.start = start, .end = start + length_};
}

TimePoint TumblingWindow::end_for(TimePoint created) const {
  return window_ ? window_->end : start_of(created, length_) + length_;
}

void TumblingWindow::keep(std::string state) {
  ++changes_;
  if (state.size() > state_limit_) window_->ends_early = true;
  if (state.size() <= kLargestState) window_->state = std::move(state);
}

void TumblingWindow::close() {
  ++changes_;
  window_.reset();
}

void TumblingWindow::append_members(std::string& event, bool is_final) const {
  event.append(R"(,"window":)");
  json::ObjectWriter window{event};
  window.string("start", to_iso_seconds(window_->start));
  window.string("end", to_iso_seconds(window_->end));
  window.finish();
  event.append(R"(,"state":)").append(window_->state);
  event.append(R"(,"shardId":")").append(shard_.shard_id);
  event.append(R"(","eventSourceARN":")").append(shard_.stream_arn);
  event.append(R"(","isFinalInvokeForWindow":)").append(is_final ? "true" : "false");
  event.append(R"(,"isWindowTerminatedEarly":)").append(is_final && window_->ends_early ? "true" : "false");
}

std::size_t TumblingWindow::member_bytes() const {
  const std::size_t state = window_ ? window_->state.size() : std::string_view{"{}"}.size();
  return kFixedBytes + state + shard_.shard_id.size() + shard_.stream_arn.size();
}

}  // namespace millrace::esm
