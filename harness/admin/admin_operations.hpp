// The operations under /_millrace: what a test or a person asks of Millrace itself, beside AWS's APIs.
#pragma once

#include <cstdint>
#include <span>

#include "harness/esm/live_mappings.hpp"
#include "harness/lambda/invocation/metered_invoker.hpp"
#include "server/base/faults.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/engine/engine.hpp"
#include "server/plan/context/contributors.hpp"
#include "server/rest/operation.hpp"
#include "server/storage/job.hpp"
#include "server/streams/stream_catalog.hpp"
#include "server/time/adjustable_time.hpp"
#include "server/time/real_time.hpp"

namespace millrace::admin {

/// What the operations use. All references outlive the router.
struct AdminServices {
  esm::LiveMappings& live_mappings;
  time::AdjustableTime& emulated_time;
  RealTime& real_time;  ///< how long a drain, or a clock that is advanced, waits
  FaultPlan& faults;
  engine::Engine& engine;
  storage::Job& replication;            ///< driven by the engine: what a drain waits for, too
  streams::StreamCatalog& streams;      ///< read and changed inside entries of the engine's gate
  const catalog::TableCatalog& tables;  ///< likewise
  const plan::Contributors& contributors;
  const lambda::FunctionMetrics& functions;
  esm::DeadLetterBox& dead_letters;      ///< likewise
  const esm::MappingRegistry& mappings;  ///< likewise
};

using AdminOperation = rest::Operation<AdminServices>;

/// The status of an answer about what has not come to pass in the time that the request gives it.
inline constexpr std::uint16_t kGatewayTimeout = 504;

/// All of them. What each takes and answers is said in its file in operations/.
std::span<const AdminOperation* const> admin_operations();

}  // namespace millrace::admin
