// What a connection of the Runtime API says: requests in, calls of a RuntimeEndpoint out. Internal to this folder.
#pragma once

#include <memory>

#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "harness/lambda/runtime_api/runtime_endpoint.hpp"
#include "server/http/routing/conversation.hpp"

namespace millrace::lambda {

/// For the connections of one listener.
http::ConversationMaker runtime_api_conversations(RuntimeApiParts parts, std::shared_ptr<RuntimeDirectory> directory);

}  // namespace millrace::lambda
