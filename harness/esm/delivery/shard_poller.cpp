#include "harness/esm/delivery/shard_poller.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "harness/esm/source/record_filter.hpp"

namespace millrace::esm {
namespace {

/// Passes an action of a part on under its id.
template <class... Choices>
void pass_on(LaneId id, std::variant<Choices...> chosen, Actions& actions) {
  std::visit([&](auto& action) { actions.push_back({id, std::move(action)}); }, chosen);
}

void expect(bool possible, std::string_view event) {
  if (!possible) throw std::logic_error(std::string{"shard poller: unexpected event "}.append(event));
}

}  // namespace

ShardPoller::ShardPoller(const PollerSettings& settings, Sequence done, ShardName shard,
                         std::optional<OpenWindow> window)
    : settings_{std::make_shared<const PollerSettings>(settings)},
      reader_{settings_, done},
      watermark_{done},
      asked_{done},
      saved_{done} {
  if (settings.tumbling_window > Duration::zero()) {
    lanes_.emplace_back(settings_, TumblingWindow{settings.tumbling_window, settings.window_state_limit,
                                                  std::move(shard), std::move(window)});
    return;
  }
  lanes_.reserve(settings.lanes);
  for (std::size_t at = 0; at < settings.lanes; ++at) lanes_.emplace_back(settings_);
}

Actions ShardPoller::resume(TimePoint now, Event event) {
  Actions actions;
  resume(now, std::move(event), actions);
  return actions;
}

void ShardPoller::resume(TimePoint now, Event event, Actions& actions) {
  actions.clear();
  std::visit([&](auto& happened) { on(now, event.lane, happened, actions); }, event.what);
  settle(now, actions);
}

std::size_t ShardPoller::records_held() const {
  std::size_t held = 0;
  for (const Lane& lane : lanes_) held += lane.records_held();
  return held;
}

std::uint32_t ShardPoller::failures() const {
  std::uint32_t most = std::max(failed_saves_, reader_.failures());
  for (const Lane& lane : lanes_) most = std::max(most, lane.failures());
  return most;
}

// --- Events ---

void ShardPoller::on(TimePoint /*now*/, LaneId /*lane*/, const Started& /*event*/, Actions& /*actions*/) {
  expect(state_ == State::kNew, "Started");
  state_ = State::kRunning;
}

void ShardPoller::on(TimePoint now, LaneId lane, const Woken& event, Actions& actions) {
  expect(state_ == State::kRunning, "Woken");
  if (lane == LaneId::kReader) {
    if (const auto read = reader_.on(now, event)) actions.push_back({lane, *read});
  } else if (lane == LaneId::kProgress) {
    expect(saving_ == Saving::kSleeping, "Woken");
    saving_ = Saving::kNothing;
  } else if (auto next = lanes_.at(index_of(lane)).on(now, event)) {
    pass_on(lane, *std::move(next), actions);
  }
}

void ShardPoller::on(TimePoint now, LaneId lane, RecordsRead& event, Actions& actions) {
  if (is_stopping()) return reader_.abandon_read();
  if (event.page) return take(*event.page);
  if (event.damaged_through > 0) return on_damage(now, event.damaged_through, actions);
  actions.push_back({lane, reader_.on_failed_read(now)});
}

void ShardPoller::take(Page& page) {
  reader_.on(page);
  const Sequence before = watermark_.upto();
  for (Record& record : page.records) {
    const Watermark::Place place = watermark_.enter(record.sequence);
    if (settings_->filter && !settings_->filter->passes(record)) {
      watermark_.end(place, RecordEnd::kFiltered);
      ++filtered_;
      continue;
    }
    Lane& lane = lanes_.size() == 1 ? lanes_.front() : lanes_[record.partition % lanes_.size()];
    lane.add(std::move(record), place);
  }
  if (watermark_.upto() != before) reader_.hold(watermark_.upto());
}

void ShardPoller::on_damage(TimePoint now, Sequence through, Actions& actions) {
  const auto has_something_to_send = [](const Lane& lane) { return lane.is_collecting() && lane.has_waiting(); };
  if (std::ranges::none_of(lanes_, has_something_to_send)) {
    return pass_on(LaneId::kReader, reader_.on_damage(now, through), actions);
  }
  reader_.put_damage_off();
  for (std::size_t at = 0; at < lanes_.size(); ++at) {
    if (!has_something_to_send(lanes_[at])) continue;
    lanes_[at].inherit_failures(reader_.failures());
    pass_on(lane_id(at), lanes_[at].send(now), actions);
  }
}

void ShardPoller::on(TimePoint now, LaneId id, const Invoked& event, Actions& actions) {
  const Mark before = mark();
  after_answer(now, id, lanes_.at(index_of(id)).on(now, event, watermark_, is_stopping()), before, actions);
}

void ShardPoller::on(TimePoint now, LaneId id, const Discarded& event, Actions& actions) {
  const Mark before = mark();
  if (id == LaneId::kReader) {
    reader_.on(event);
    watermark_.end(watermark_.enter(reader_.read_upto()), RecordEnd::kDiscarded);
    if (mark() != before) reader_.hold(watermark_.upto());
    return;
  }
  after_answer(now, id, lanes_.at(index_of(id)).on(event, watermark_), before, actions);
}

void ShardPoller::after_answer(TimePoint now, LaneId id, Lane::Next next, Mark before, Actions& actions) {
  Lane& lane = lanes_[index_of(id)];
  if (!next && lane.has_finished()) {
    if (mark() != before) return lane.hold(watermark_.upto(), lane.window_changes());
    // Nothing can be saved yet: a record of another lane is still open.
    if (!is_stopping()) next = lane.go_on(now);
  }
  if (next) pass_on(id, *std::move(next), actions);
}

void ShardPoller::on(TimePoint now, LaneId lane, const Saved& event, Actions& actions) {
  expect(saving_ == Saving::kUnderWay, "Saved");
  saving_ = Saving::kNothing;
  if (event.ok) saved_ = asked_;
  if (is_stopping()) return;
  if (!event.ok) {
    saving_ = Saving::kSleeping;
    failed_saves_ = std::max(failed_saves_, reader_.failures());
    for (const Lane& waiting : lanes_) {
      if (waiting.has_finished()) failed_saves_ = std::max(failed_saves_, waiting.failures());
    }
    ++failed_saves_;
    actions.push_back({lane, SleepUntil{now + settings_->back_off.after(failed_saves_), failed_saves_}});
    return;
  }
  failed_saves_ = 0;
  reader_.forget_failures();
  reader_.release(saved_.upto);
  for (std::size_t at = 0; at < lanes_.size(); ++at) {
    if (!lanes_[at].is_released_by(saved_.upto, saved_.window_changes)) continue;
    if (auto next = lanes_[at].go_on(now)) pass_on(lane_id(at), *std::move(next), actions);
  }
}

void ShardPoller::on(TimePoint /*now*/, LaneId /*lane*/, const Stop& /*event*/, Actions& actions) {
  if (state_ == State::kEnded) return actions.push_back({LaneId::kReader, Stopped{}});
  state_ = State::kStopping;
  reader_.stop();
  for (Lane& lane : lanes_) lane.stop();
  if (saving_ == Saving::kSleeping) saving_ = Saving::kNothing;
}

// --- What can begin ---

void ShardPoller::settle(TimePoint now, Actions& actions) {
  if (state_ == State::kEnded) return;
  save_what_is_done(actions);
  if (is_stopping()) {
    if (is_under_way()) return;
    state_ = State::kEnded;
    return actions.push_back({LaneId::kReader, Stopped{}});
  }
  send_what_is_ready(now, actions);
  if (is_finished()) {
    state_ = State::kEnded;
    return actions.push_back({LaneId::kReader, Finished{}});
  }
  employ_reader(now, actions);
}

void ShardPoller::save_what_is_done(Actions& actions) {
  // Who stops does not try again what could not be saved.
  if (saving_ != Saving::kNothing || mark() == (is_stopping() ? asked_ : saved_)) return;
  const Watermark::Tally tally = watermark_.take();
  saving_ = Saving::kUnderWay;
  asked_ = mark();
  Checkpoint checkpoint{tally.upto, tally.delivered, tally.discarded};
  if (const TumblingWindow* const window = lanes_.front().tumbling_window()) checkpoint.window = window->open_window();
  actions.push_back({LaneId::kProgress, std::move(checkpoint)});
}

void ShardPoller::send_what_is_ready(TimePoint now, Actions& actions) {
  const Lane::Outlook outlook{reader_.has_more() && may_read_on(), reader_.is_at_end(), reader_.is_free(),
                              reader_.has_read_all_until()};
  for (std::size_t at = 0; at < lanes_.size(); ++at) {
    Lane& lane = lanes_[at];
    if (!lane.is_collecting()) continue;
    lane.open_window(now);
    if (lane.is_ready(now, outlook)) pass_on(lane_id(at), lane.send(now), actions);
  }
}

void ShardPoller::employ_reader(TimePoint now, Actions& actions) {
  if (!reader_.is_free() || reader_.is_at_end()) return;
  bool anyone_collects = false;
  std::optional<TimePoint> until;
  for (const Lane& lane : lanes_) {
    if (!lane.is_collecting()) continue;
    anyone_collects = true;
    if (const auto end = lane.next_end(); end && (!until || *end < *until)) until = end;
  }
  if (!anyone_collects) return;
  if (!reader_.is_caught_up() && may_read_on()) {
    actions.push_back({LaneId::kReader, reader_.read(now)});
  } else if (reader_.is_caught_up() || until) {
    if (const auto wait = reader_.wait(until)) actions.push_back({LaneId::kReader, *wait});
  }
}

/// Not as long as a lane is held up behind which enough waits.
bool ShardPoller::may_read_on() const {
  bool anyone_delivers = false;
  for (const Lane& lane : lanes_) {
    if (lane.is_collecting()) continue;
    if (lane.has_enough_waiting()) return false;
    anyone_delivers = true;
  }
  return !anyone_delivers || watermark_.ahead() < settings_->most_ahead;
}

bool ShardPoller::is_under_way() const {
  return saving_ == Saving::kUnderWay || reader_.is_under_way() || std::ranges::any_of(lanes_, &Lane::is_under_way);
}

bool ShardPoller::is_finished() const {
  const auto has_nothing = [](const Lane& lane) {
    const bool window_is_open = lane.tumbling_window() != nullptr && lane.tumbling_window()->is_open();
    return lane.is_collecting() && !lane.has_waiting() && !window_is_open;
  };
  return reader_.is_at_end() && mark() == saved_ && std::ranges::all_of(lanes_, has_nothing);
}

}  // namespace millrace::esm
