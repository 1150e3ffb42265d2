// A tumbling window of a shard: which records belong together, and what the function keeps of them from one invocation
// to the next (reference, 4.9). Windows lie at fixed multiples of their length; a record is of the one in which it was
// written. A record that comes late goes into the window that is open.
//
// A window is opened by the first record that is sent, and ends with an invocation without records: when the clock or
// the next record is past its end, when the shard ends, or ahead of time when its state has become too large. A value
// without a clock of its own, part of Lane.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/esm/source/open_window.hpp"
#include "server/base/clock.hpp"

namespace millrace::esm {

/// Whose records they are, as functions are told that aggregate over windows.
struct ShardName {
  std::string stream_arn{};
  std::string shard_id{};
};

class TumblingWindow {
 public:
  /// `length` is a whole number of seconds, at least one. `open` is what a checkpoint has kept; its bounds stay as they
  /// are although the mapping may have got another length meanwhile.
  TumblingWindow(Duration length, std::size_t state_limit, ShardName shard, std::optional<OpenWindow> open);

  /// Opens the window of a record that was written then, unless one is open.
  void open_for(TimePoint created);
  [[nodiscard]] bool is_open() const { return window_.has_value(); }
  /// The window that is open, or the one that a record of that time would open.
  [[nodiscard]] TimePoint end_for(TimePoint created) const;
  /// Of a record that was written then: it goes into the window that is open, or that the record at `first` opens.
  [[nodiscard]] bool takes(TimePoint created, TimePoint first) const { return created < end_for(first); }
  /// Precondition of the three: is_open().
  [[nodiscard]] TimePoint end() const { return window_->end; }
  [[nodiscard]] bool ends_early() const { return window_->ends_early; }
  [[nodiscard]] TimePoint start() const { return window_->start; }

  /// The function has handled records of the window and answered with this state.
  void keep(std::string state);
  /// The window has come to its end; its state goes with it.
  void close();

  /// What stands behind `Records` in an event: `,"window":{…},"state":{…},…`. Precondition: is_open().
  void append_members(std::string& event, bool is_final) const;
  /// An upper bound of what append_members() appends.
  [[nodiscard]] std::size_t member_bytes() const;

  /// Counts keep() and close(): what a checkpoint has to say although no record has come to its end.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  [[nodiscard]] const std::optional<OpenWindow>& open_window() const { return window_; }

 private:
  Duration length_;
  std::size_t state_limit_;
  ShardName shard_;
  std::optional<OpenWindow> window_;
  std::uint64_t changes_{0};
};

}  // namespace millrace::esm
