#include "harness/esm/mapping_operations.hpp"

#include <array>

namespace millrace::esm {

extern const MappingOperation kCreateEventSourceMapping;
extern const MappingOperation kDeleteEventSourceMapping;
extern const MappingOperation kGetEventSourceMapping;
extern const MappingOperation kListEventSourceMappings;
extern const MappingOperation kListTags;
extern const MappingOperation kTagResource;
extern const MappingOperation kUntagResource;
extern const MappingOperation kUpdateEventSourceMapping;

std::span<const MappingOperation* const> mapping_operations() {
  static constexpr std::array kOperations{&kCreateEventSourceMapping,
                                          &kDeleteEventSourceMapping,
                                          &kGetEventSourceMapping,
                                          &kListEventSourceMappings,
                                          &kListTags,
                                          &kTagResource,
                                          &kUntagResource,
                                          &kUpdateEventSourceMapping};
  return kOperations;
}

}  // namespace millrace::esm
