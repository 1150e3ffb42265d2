// Lambda's operations on event source mappings: /2015-03-31/event-source-mappings, and on tags, which functions have,
// too. One file each in operations/.
#pragma once

#include <span>

#include "harness/esm/control/mapping_registry.hpp"
#include "harness/esm/live_mappings.hpp"
#include "harness/lambda/catalog/function_catalog.hpp"
#include "server/engine/engine.hpp"
#include "server/http/routing/router.hpp"
#include "server/rest/operation.hpp"

namespace millrace::esm {

/// What the operations use. All references outlive the router.
struct MappingServices {
  engine::Engine& engine;
  MappingRegistry& registry;
  LiveMappings& live_mappings;
  lambda::FunctionCatalog& functions;  ///< whose tags are changed here, too
};

using MappingOperation = rest::Operation<MappingServices>;

/// Create, Get, List, Update and Delete, and those on tags. A 202 is sent when the change is committed and an idle
/// mapping has reached its lasting state: its body still shows the transition, the next Get does not (reference, 3.5).
std::span<const MappingOperation* const> mapping_operations();

}  // namespace millrace::esm
