#include "harness/esm/source/timestamp.hpp"

#include "server/model/arn.hpp"

namespace millrace::esm {

std::string to_iso_text(TimePoint time) { return model::stream_label(time).append("Z"); }

}  // namespace millrace::esm
