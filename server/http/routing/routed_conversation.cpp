#include "server/http/routing/routed_conversation.hpp"

#include <string>
#include <utility>

#include "server/http/message/content_coding.hpp"
#include "server/http/routing/unserved.hpp"

namespace millrace::http {
namespace {

namespace asio = boost::asio;

Response plain_error(std::uint16_t status, std::string_view text) {
  Response response{.status = status, .body = "{\"message\":", .headers = {}};
  base::append_json_string(response.body, text);
  response.body.push_back('}');
  return response;
}

/// `__type` for the SDKs of DynamoDB, the header for Lambda's, `message` for both.
Response access_denied(std::string_view reason) {
  Response refused{.status = 403,
                   .body = R"({"__type":"com.amazon.coral.service#AccessDeniedException","message":)",
                   .headers = {{"x-amzn-ErrorType", "AccessDeniedException"}}};
  base::append_json_string(refused.body, reason);
  refused.body.push_back('}');
  return refused;
}

class RoutedConversation final : public Conversation {
 public:
  RoutedConversation(const Router& router, engine::Engine& engine) : router_{router}, engine_{engine} {}

  std::size_t begin(std::string_view method, std::string_view path) override {
    route_ = router_.find(method, path);
    return route_.body_limit.bytes;
  }

  asio::awaitable<std::optional<Response>> answer(Request& request) override {
    Decoded decoded = Decoded::kDone;
    if (const auto coding = request.header("Content-Encoding"); !coding.empty()) {
      // A few bytes may become very many.
      const auto decode = [&] { decoded = decode_body(coding, request.body, route_.body_limit.bytes); };
      co_await engine_.aside(decode);
    }
    switch (decoded) {
      case Decoded::kDone: break;
      case Decoded::kTooLarge: co_return to_rest_response(request_too_large(route_.body_limit));
      case Decoded::kCorrupt: co_return plain_error(400, "the body is not what its Content-Encoding says");
      case Decoded::kUnsupported: co_return plain_error(415, "this Content-Encoding is not supported");
    }
    if (route_.handler != nullptr) co_return co_await (*route_.handler)(request, std::move(route_.parameters));
    if (!route_.path_known) co_return unserved_path(request);
    Response refused = plain_error(405, "this path serves " + route_.allow);
    refused.headers.emplace_back("Allow", route_.allow);
    co_return refused;
  }

  Response refuse(Refusal refusal, std::string_view reason) override {
    switch (refusal) {
      case Refusal::kForeignPage: return access_denied(reason);
      case Refusal::kMalformed: break;
      case Refusal::kUnsupportedCoding: return plain_error(501, reason);
      case Refusal::kTooLarge: return to_rest_response(request_too_large(route_.body_limit));
      case Refusal::kNoRoom: return plain_error(503, reason);
      case Refusal::kFailed: return to_rest_response({ErrorKind::kLambdaService, std::string{reason}});
    }
    return plain_error(400, reason);
  }

 private:
  const Router& router_;
  engine::Engine& engine_;
  Router::Match route_;  ///< of the request
};

}  // namespace

ConversationMaker routed(const Router& router, engine::Engine& engine) {
  return [&router, &engine] { return std::make_shared<RoutedConversation>(router, engine); };
}

}  // namespace millrace::http
