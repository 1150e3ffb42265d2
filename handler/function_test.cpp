#include "handler/function.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>
#include <stdexcept>

#include "handler/echo_handler.hpp"
#include "handler/in_process.hpp"
#include "handler/json_log.hpp"

namespace millrace::handler {
namespace {

constexpr std::string_view kEvent = R"({"Records":[{"eventID":"1","dynamodb":{"Keys":{"id":{"S":"a"}}}}]})";

TEST(Function, AdaptsTypedHandlers) {
  const InvocationRequest request{.payload = kEvent};
  EXPECT_EQ(*call(on_dynamodb_event([](const DynamoDBEvent&) {}), request), "null");
  EXPECT_EQ(*call(on_dynamodb_event([](DynamoDBEvent event) { return event; }), request), kEvent);
  EXPECT_EQ(*call(on_dynamodb_event([](const DynamoDBEvent&) { return BatchResponse{{"7"}}; }), request),
            R"({"batchItemFailures":[{"itemIdentifier":"7"}]})");
  const auto failing = on_dynamodb_event([](const DynamoDBEvent&) -> HandlerResult<std::string> {
    return HandlerError{"Function.No", "no"};
  });
  EXPECT_EQ(call(failing, request).error(), (HandlerError{"Function.No", "no"}));
}

TEST(Function, ReportsUnreadableEvents) {
  const auto result = call(echo_function(), {.payload = "7"});
  EXPECT_EQ(result.error().error_type, "Runtime.UnmarshalError");
}

TEST(Function, TurnsExceptionsIntoErrors) {
  const Function throwing = [](const InvocationRequest&) -> HandlerResult<std::string> {
    throw std::invalid_argument{"bad order"};
  };
  const auto result = call(throwing, {.payload = "{}"});
  EXPECT_EQ(to_json(result.error()), R"({"errorMessage":"bad order","errorType":"std::invalid_argument"})");
}

TEST(HandlerError, PrintsItsStack) {
  EXPECT_EQ(to_json(HandlerError{"T", "m", {"a", "b"}}),
            R"({"errorMessage":"m","errorType":"T","stackTrace":["a","b"]})");
}

TEST(Echo, LogsOneJsonLineAndReturnsTheEvent) {
  std::ostringstream text;
  const auto logger = make_json_logger("echo", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  const HandlerCatalog catalog = built_in_handlers();
  const auto result = call(*catalog.find("echo"), {.payload = kEvent, .request_id = "r-1", .logger = logger});
  EXPECT_EQ(*result, kEvent);
  const std::string line = text.str();
  EXPECT_EQ(line.substr(0, 14), R"({"timestamp":")");
  EXPECT_EQ(line.substr(line.find(R"("level")")),
            R"("level":"info","message":"echoDynamoDBEvent","requestId":"r-1","event":)" + std::string{kEvent} + "}\n");
}

TEST(JsonLog, QuotesPlainMessages) {
  std::ostringstream text;
  make_json_logger("x", std::make_shared<spdlog::sinks::ostream_sink_mt>(text))->warn("say \"{}\"", "hi");
  EXPECT_NE(text.str().find(R"("level":"warning","message":"say \"hi\""})"), std::string::npos);
}

TEST(HandlerCatalog, FindsByName) {
  HandlerCatalog catalog = built_in_handlers();
  EXPECT_EQ(catalog.find("nobody"), nullptr);
  catalog.add("also", echo_function());
  EXPECT_EQ(catalog.names(), (std::vector<std::string>{"also", "echo"}));
}

}  // namespace
}  // namespace millrace::handler
