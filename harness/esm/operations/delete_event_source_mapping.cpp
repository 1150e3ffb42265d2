// DeleteEventSourceMapping (reference, 3.6).
#include "harness/esm/control/mapping_members.hpp"
#include "harness/esm/control/mapping_request.hpp"
#include "harness/esm/operations/mapping_access.hpp"

namespace millrace::esm {
namespace {

rest::Answer delete_event_source_mapping(const MappingServices& services, rest::Call& call) {
  const auto uuid = parse_named_request(call.parts());
  if (uuid.has_error()) co_return uuid.error();
  auto changing = change_mapping(services, [&] { return services.registry.remove(call.caller, *uuid); });
  co_return co_await std::move(changing);
}

}  // namespace

extern const MappingOperation kDeleteEventSourceMapping{.name = "DeleteEventSourceMapping",
                                                        .method = "DELETE",
                                                        .path = kOneMapping,
                                                        .members = named_mapping_members,
                                                        .run = delete_event_source_mapping};

}  // namespace millrace::esm
