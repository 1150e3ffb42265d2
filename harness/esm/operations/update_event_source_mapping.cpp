// UpdateEventSourceMapping (reference, 3.6).
#include "harness/esm/control/mapping_members.hpp"
#include "harness/esm/control/mapping_request.hpp"
#include "harness/esm/operations/mapping_access.hpp"

namespace millrace::esm {
namespace {

rest::Answer update_event_source_mapping(const MappingServices& services, rest::Call& call) {
  const auto request = parse_update_request(call.parts());
  if (request.has_error()) co_return request.error();
  auto changing = change_mapping(services, [&] { return services.registry.update(call.caller, *request); });
  co_return co_await std::move(changing);
}

}  // namespace

extern const MappingOperation kUpdateEventSourceMapping{.name = "UpdateEventSourceMapping",
                                                        .method = "PUT",
                                                        .path = kOneMapping,
                                                        .members = update_mapping_members,
                                                        .run = update_event_source_mapping};

}  // namespace millrace::esm
