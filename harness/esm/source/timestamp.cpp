#include "harness/esm/source/timestamp.hpp"

#include <chrono>
#include <string_view>

#include "server/model/arn.hpp"

namespace millrace::esm {

std::string to_iso_text(TimePoint time) { return model::stream_label(time).append("Z"); }

std::string to_iso_seconds(TimePoint time) {
  std::string text = model::stream_label(std::chrono::floor<std::chrono::seconds>(time));
  return text.erase(text.size() - std::string_view{".000"}.size()).append("Z");
}

}  // namespace millrace::esm
