// Retention: records live 24 hours, and so does what is left of a disabled stream (reference, 1.5 and 1.12).
#pragma once

#include "server/streams/stream_catalog.hpp"

namespace millrace::streams {

/// Removes, in the caller's transaction, all records created more than kRetention before `now`, closed shards that
/// have been empty and closed that long, and streams disabled that long. A timer calls it now and then; AWS promises
/// no more than that records "may" go. Handles to removed streams (never enabled ones) become invalid.
StorageResult<void> trim_expired(storage::Storage& storage, StreamCatalog& catalog, TimePoint now);

}  // namespace millrace::streams
