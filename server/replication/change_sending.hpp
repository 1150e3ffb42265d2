// Brings the changes of replicas to the other regions: the last writer wins. The order of writers is that in which the
// gate let them in, which the numbers of records tell, so that no two are equal and no clock is asked.
//
// Changes are sent in that order over all replicas of a group. A replica whose own change of the same item is newer and
// still to be sent keeps it: sent later, it wins everywhere. So all hold the same in the end, a deletion needs no mark
// that stays, and beside the rows nothing is kept of what has been sent.
#pragma once

#include <cstddef>

#include "server/base/result.hpp"
#include "server/json/document.hpp"
#include "server/replication/replication.hpp"
#include "server/storage/budget.hpp"

namespace millrace::replication {

/// Sends as much as `budget` allows of one group; false when no changes wait anywhere. Errors: the world's.
StorageResult<bool> send_portion(const Parts& parts, json::Parser& stored_parser, const storage::Budget& budget);

/// Sends all that the group of `table` has to send, if it is not much: says whether nothing is left.
StorageResult<bool> settle(const Parts& parts, json::Parser& stored_parser, const model::TableDefinition& table);

}  // namespace millrace::replication
