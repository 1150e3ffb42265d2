// Retention: records live 24 hours, and so does what is left of a disabled stream (reference, 1.5 and 1.12).
#pragma once

#include <string>

#include "server/storage/budget.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::streams {

/// Removes from the first stream behind `after_arn` what `horizon` leaves behind: records created before it, closed
/// shards that have been empty and closed that long, or the whole stream if it was disabled by then. No more records
/// than `budget` allows; AWS promises no more than that records "may" go. `after_arn` moves on when the stream is done,
/// and when it cannot be read, which is an error. False when there are no more streams. Handles to a removed stream
/// become invalid.
StorageResult<bool> trim_next_stream(storage::Storage& storage, StreamCatalog& catalog, std::string& after_arn,
                                     TimePoint horizon, const storage::Budget& budget);

/// All streams, in the caller's transaction, of what has expired at `now`.
StorageResult<void> trim_expired(storage::Storage& storage, StreamCatalog& catalog, TimePoint now);

}  // namespace millrace::streams
