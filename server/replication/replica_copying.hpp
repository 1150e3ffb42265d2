// Fills a new replica with what the table has from which it was made, a portion at a time. Meanwhile the changes of all
// regions come to it as to the others; what is still to be sent is left to that.
#pragma once

#include "server/base/result.hpp"
#include "server/json/document.hpp"
#include "server/replication/replication.hpp"
#include "server/storage/budget.hpp"

namespace millrace::replication {

/// Copies the next rows into `replica`, and moves the mark in its definition on; after the last row the replica is
/// ACTIVE. Returns the replica as it is stored then. Precondition: replica.is_being_replicated().
StorageResult<catalog::TablePointer> copy_portion(const Parts& parts, json::Parser& stored_parser,
                                                  const catalog::TablePointer& replica, const storage::Budget& budget);

}  // namespace millrace::replication
