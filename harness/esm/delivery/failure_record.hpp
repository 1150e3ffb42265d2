// What is kept of records that are given up, and what a mapping's OnFailure destination is told of them (reference,
// 4.7).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "harness/esm/delivery/poller_actions.hpp"

namespace millrace::esm {

struct FailureRecord {
  /// Of the function's last answer.
  struct Response {
    int status_code{200};
    std::string executed_version;
    std::optional<std::string> function_error{};  ///< empty when the answer reported failed items

    friend bool operator==(const Response&, const Response&) = default;
  };

  std::string request_id;  ///< of the last invocation, or one of its own when there was none
  std::string function_arn;
  DiscardReason condition{};
  bool unreadable{false};   ///< the records are damaged: nobody knows what they were
  bool ends_window{false};  ///< no records: the end of a tumbling window, with what that has kept
  std::uint32_t approximate_invoke_count{0};
  std::optional<Response> response{};  ///< when the retries are used up
  TimePoint timestamp{};
  std::string shard_id;
  Sequence first{0};
  Sequence last{0};
  TimePoint first_arrival{};
  TimePoint last_arrival{};
  std::size_t batch_size{0};
  std::string stream_arn;
  /// The records as an event, which an S3 destination gets too; null when they are unreadable.
  std::shared_ptr<const std::string> event{};
};

/// Who gives up, and what is known of the last invocation.
struct DiscardCircumstances {
  std::string request_id;
  std::string function_arn;
  std::string executed_version;
  std::string shard_id;
  std::string stream_arn;
  TimePoint now{};
};

/// A destination is told of exhausted retries and of records that were too old for the mapping, not of those that have
/// left the stream or cannot be read, nor of the end of a tumbling window.
bool is_told(const Discard& discard);
bool is_told(const FailureRecord& record);

FailureRecord make_failure_record(const Discard& discard, DiscardCircumstances circumstances);

/// The document that is sent, without the event. Only of a record that is_told().
std::string to_json(const FailureRecord& record);

}  // namespace millrace::esm
