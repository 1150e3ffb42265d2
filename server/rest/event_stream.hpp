// Server-sent events (WHATWG HTML, 9.2): an answer that tells what happens, as it happens.
#pragma once

#include <string>
#include <string_view>

#include "server/http/routing/conversation.hpp"

namespace millrace::rest {

/// Whether the peer asks for events in place of one answer: its Accept names `text/event-stream`.
[[nodiscard]] bool wants_events(const http::Request& request);

/// The answer that carries them.
[[nodiscard]] http::Response event_stream(std::shared_ptr<http::BodyStream> stream);

/// Appends one event. `data` may have several lines.
void append_event(std::string& out, std::string_view name, std::string_view data);

/// What is sent when there is nothing to tell, so that whoever is between does not take the connection for dead.
inline constexpr std::string_view kNoNews = ":\n\n";

}  // namespace millrace::rest
