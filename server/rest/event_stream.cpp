#include "server/rest/event_stream.hpp"

#include <algorithm>
#include <utility>

namespace millrace::rest {
namespace {

constexpr std::string_view kEventStream = "text/event-stream";

}  // namespace

bool wants_events(const http::Request& request) {
  return request.header("Accept").find(kEventStream) != std::string_view::npos;
}

http::Response event_stream(std::shared_ptr<http::BodyStream> stream) {
  return {.content_type = kEventStream, .stream = std::move(stream), .headers = {{"Cache-Control", "no-store"}}};
}

void append_event(std::string& out, std::string_view name, std::string_view data) {
  out.append("event: ").append(name);
  for (std::size_t begin = 0; begin <= data.size();) {
    const std::size_t end = std::min(data.find('\n', begin), data.size());
    out.append("\ndata: ").append(data.substr(begin, end - begin));
    begin = end + 1;
  }
  out.append("\n\n");
}

}  // namespace millrace::rest
