// GetEventSourceMapping (reference, 3.6).
#include "harness/esm/control/mapping_members.hpp"
#include "harness/esm/control/mapping_request.hpp"
#include "harness/esm/operations/mapping_access.hpp"

namespace millrace::esm {
namespace {

rest::Answer get_event_source_mapping(const MappingServices& services, rest::Call& call) {
  const auto uuid = parse_named_request(call.parts());
  if (uuid.has_error()) co_return uuid.error();
  auto reading = read_mappings(services, [&](std::string& body) -> Result<void> {
    TRY_ASSIGN(const Mapping* const mapping, services.registry.require(call.caller, *uuid));
    append_mapping(body, services, *mapping);
    return {};
  });
  co_return co_await std::move(reading);
}

}  // namespace

extern const MappingOperation kGetEventSourceMapping{.name = "GetEventSourceMapping",
                                                     .method = "GET",
                                                     .path = kOneMapping,
                                                     .members = named_mapping_members,
                                                     .run = get_event_source_mapping};

}  // namespace millrace::esm
