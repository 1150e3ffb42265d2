// CreateEventSourceMapping (reference, 3.3).
#include "harness/esm/control/mapping_members.hpp"
#include "harness/esm/control/mapping_request.hpp"
#include "harness/esm/operations/mapping_access.hpp"

namespace millrace::esm {
namespace {

rest::Answer create_event_source_mapping(const MappingServices& services, rest::Call& call) {
  const auto request = parse_create_request(call.parts());
  if (request.has_error()) co_return request.error();
  auto changing = change_mapping(services, [&] { return services.registry.create(call.caller, *request); });
  co_return co_await std::move(changing);
}

}  // namespace

extern const MappingOperation kCreateEventSourceMapping{.name = "CreateEventSourceMapping",
                                                        .method = "POST",
                                                        .path = kMappings,
                                                        .members = create_mapping_members,
                                                        .run = create_event_source_mapping};

}  // namespace millrace::esm
