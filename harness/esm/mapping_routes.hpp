// Lambda's REST routes of event source mappings: /2015-03-31/event-source-mappings.
#pragma once

#include "harness/esm/control/mapping_registry.hpp"
#include "harness/esm/runner.hpp"
#include "server/engine/engine.hpp"
#include "server/http/router.hpp"

namespace millrace::esm {

/// What the routes use. All references outlive the router.
struct MappingServices {
  engine::Engine& engine;
  MappingRegistry& registry;
  Runner& runner;
  model::Worlds worlds{};
};

/// Adds Create, Get, List, Update and Delete. A 202 is sent when the change is committed and an idle mapping has
/// reached its lasting state: its body still shows the transition, the next Get does not (reference, 3.5).
void add_event_source_mapping_routes(http::Router& router, MappingServices services);

}  // namespace millrace::esm
