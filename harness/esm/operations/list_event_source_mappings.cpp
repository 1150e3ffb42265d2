// ListEventSourceMappings (reference, 3.6).
#include "harness/esm/control/mapping_members.hpp"
#include "harness/esm/control/mapping_request.hpp"
#include "harness/esm/operations/mapping_access.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::esm {
namespace {

rest::Answer list_event_source_mappings(const MappingServices& services, rest::Call& call) {
  const auto query = parse_list_query(call.parts());
  if (query.has_error()) co_return query.error();
  auto reading = read_mappings(services, [&](std::string& body) -> Result<void> {
    const MappingPage page = services.registry.list(call.caller, *query);
    json::ObjectWriter object{body};
    json::append_list(object.key("EventSourceMappings"), page.mappings, [&](const Mapping* mapping) {
      append_mapping(body, services, *mapping, FilterView::kUnlessEncrypted);
    });
    if (!page.next_marker.empty()) object.string("NextMarker", page.next_marker);
    object.finish();
    return {};
  });
  co_return co_await std::move(reading);
}

}  // namespace

extern const MappingOperation kListEventSourceMappings{.name = "ListEventSourceMappings",
                                                       .method = "GET",
                                                       .path = kMappings,
                                                       .members = list_mappings_members,
                                                       .run = list_event_source_mappings};

}  // namespace millrace::esm
