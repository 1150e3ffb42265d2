// The conversation of a server whose requests are all for a Router: nothing is remembered from one to the next.
// Internal to this folder, but for the maker.
#pragma once

#include "server/engine/engine.hpp"
#include "server/http/routing/conversation.hpp"
#include "server/http/routing/router.hpp"

namespace millrace::http {

/// Answers by the routes of `router`, with bodies decoded beside the I/O thread. Both outlive what is made.
ConversationMaker routed(const Router& router, engine::Engine& engine);

}  // namespace millrace::http
