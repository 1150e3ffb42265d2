// The JSON of a stream record. GetRecords and the event sent to a function differ only in `userIdentity` and
// `eventSourceARN` (reference, 1.8 and 2).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "server/streams/record/record_payload.hpp"

namespace millrace::streams {

/// How long the record's JSON is at most, without `eventSourceARN`; a little more than it really is.
std::size_t json_bytes(const StoredRecord& record);

/// Appends the record as an element of GetRecords' `Records`.
void append_get_records_json(std::string& out, const StoredRecord& record);

/// Appends the record as an element of `Records` of the event sent to a function: with `eventSourceARN`.
void append_lambda_event_json(std::string& out, const StoredRecord& record, std::string_view stream_arn);

/// Appends the record as it goes to a Kinesis stream: with times of `precision`, without sequence number and view.
void append_kinesis_json(std::string& out, const StoredRecord& record, std::string_view table_name,
                         model::TimePrecision precision);

}  // namespace millrace::streams
