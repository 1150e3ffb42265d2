#include "harness/emulator/emulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "harness/emulator/running_emulator.hpp"
#include "harness/emulator/start_error.hpp"
#include "harness/replay/api_client.hpp"

namespace millrace::emulator {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;

/// What a function was given, from its thread.
class Payloads {
 public:
  void add(std::string payload) {
    const std::scoped_lock lock{mutex_};
    payloads_.push_back(std::move(payload));
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::scoped_lock lock{mutex_};
    return payloads_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> payloads_;
};

handler::HandlerCatalog observed_echo(const std::shared_ptr<Payloads>& payloads) {
  handler::HandlerCatalog handlers = handler::built_in_handlers();
  handlers.add("echo", [echo = *handlers.find("echo"), payloads](const handler::InvocationRequest& request) {
    auto answer = echo(request);
    if (answer.has_value()) payloads->add(*answer);
    return answer;
  });
  return handlers;
}

EmulatorOptions on_any_port() {
  EmulatorOptions options;
  options.host = "127.0.0.1";
  options.port = 0;
  options.functions = {"orders=in-process:echo"};
  return options;
}

/// One emulator with a client, and what its function was given.
struct Served {
  explicit Served(const EmulatorOptions& options = on_any_port()) : running{options, observed_echo(payloads)} {}

  Json call(const std::string& operation, const Json& body) {
    const auto answer = client.call("DynamoDB_20120810." + operation, body);
    EXPECT_EQ(answer.status, 200U) << operation << ": " << answer.body;
    return answer.body;
  }

  /// A table `people` with a stream, and a mapping from it to the function; the mapping.
  Json create_table_and_mapping() {
    const Json table =
        call("CreateTable", {{"TableName", "people"},
                             {"BillingMode", "PAY_PER_REQUEST"},
                             {"AttributeDefinitions", {{{"AttributeName", "pk"}, {"AttributeType", "S"}}}},
                             {"KeySchema", {{{"AttributeName", "pk"}, {"KeyType", "HASH"}}}},
                             {"StreamSpecification", {{"StreamEnabled", true}, {"StreamViewType", "NEW_IMAGE"}}}});
    const auto mapping = client.request("POST", "/2015-03-31/event-source-mappings",
                                        {{"EventSourceArn", table.at("TableDescription").at("LatestStreamArn")},
                                         {"FunctionName", "orders"},
                                         {"StartingPosition", "TRIM_HORIZON"}});
    EXPECT_EQ(mapping.status, 202U) << mapping.body;
    return mapping.body;
  }

  void put(const std::string& key) { call("PutItem", {{"TableName", "people"}, {"Item", {{"pk", {{"S", key}}}}}}); }

  Json drain() {
    const auto answer = client.request("POST", "/_millrace/drain", {{"timeoutSeconds", 30}});
    EXPECT_EQ(answer.status, 200U) << answer.body;
    return answer.body;
  }

  std::shared_ptr<Payloads> payloads{std::make_shared<Payloads>()};
  RunningEmulator running;
  replay::ApiClient client{replay::Endpoint{.host = "127.0.0.1", .port = std::to_string(running.emulator().port())}};
};

TEST(Emulator, DeliversWhatIsWrittenAndStops) {
  Served served;
  EXPECT_NE(served.running.emulator().port(), 0);
  EXPECT_NE(served.running.emulator().runtime_api_port(), 0);
  const Json mapping = served.create_table_and_mapping();
  served.put("ada");

  EXPECT_EQ(served.drain().at("drained"), true);
  ASSERT_THAT(served.payloads->all(), SizeIs(1));
  EXPECT_THAT(served.payloads->all().front(), HasSubstr("ada"));
  const auto status = served.client.request("GET", "/_millrace/status");
  ASSERT_THAT(status.body.at("mappings"), SizeIs(1)) << status.body;
  EXPECT_EQ(status.body.at("mappings").front().at("recordsDelivered"), 1);
  EXPECT_EQ(status.body.at("mappings").front().at("uuid"), mapping.at("UUID")) << status.body;

  EXPECT_FALSE(served.running.emulator().is_stopping());
  served.running.emulator().stop();
  served.running.emulator().stop();
  served.running.wait();
  EXPECT_TRUE(served.running.emulator().is_stopping());
  EXPECT_THROW(served.client.request("GET", "/ready"), std::runtime_error);
}

/// Whether a name is free is looked up beside the I/O thread, which makes functions and serves them meanwhile: run
/// under ThreadSanitizer.
TEST(Emulator, ReadsLongRequestsForFunctionsBesideThoseItServes) {
  Served served;
  constexpr int kClients = 4;
  std::vector<std::thread> clients;
  for (int number = 0; number < kClients; ++number) {
    clients.emplace_back([number, endpoint = served.client.endpoint()] {
      replay::ApiClient client{endpoint};
      const std::string path = "/2015-03-31/functions";
      const std::string name = "made-by-" + std::to_string(number);
      const Json request{{"FunctionName", name},
                         {"Role", "arn:aws:iam::000000000000:role/r"},
                         {"Code", {{"S3Bucket", "in-process"}, {"S3Key", "echo"}}},
                         {"Runtime", "provided.al2023"},
                         {"Handler", "bootstrap"},
                         {"Padding", std::string(20'000, 'x')}};
      EXPECT_EQ(client.request("POST", path, request).status, 201U);
      EXPECT_EQ(client.request("POST", path, request).status, 409U);
      EXPECT_EQ(client.request("POST", path + "/" + name + "/invocations", Json::object()).status, 200U);
      EXPECT_EQ(client.request("GET", path + "/" + name).status, 200U);
      EXPECT_EQ(client.request("DELETE", path + "/" + name).status, 204U);
      EXPECT_EQ(client.request("GET", path + "/" + name).status, 404U);
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST(Emulator, SharesNothingWithAnotherInItsProcess) {
  Served one;
  Served other;
  EXPECT_NE(one.running.emulator().port(), other.running.emulator().port());
  EXPECT_NE(one.running.emulator().runtime_api_port(), other.running.emulator().runtime_api_port());
  one.create_table_and_mapping();
  EXPECT_THAT(other.call("ListTables", Json::object()).at("TableNames"), IsEmpty());
  const auto mappings = other.client.request("GET", "/2015-03-31/event-source-mappings");
  EXPECT_THAT(mappings.body.at("EventSourceMappings"), IsEmpty());

  other.create_table_and_mapping();
  one.put("ada");
  one.put("grace");
  one.drain();
  other.drain();
  EXPECT_THAT(other.payloads->all(), IsEmpty());

  const auto advanced = one.client.request("POST", "/_millrace/clock", {{"freeze", true}, {"advance", "4h"}});
  EXPECT_EQ(advanced.status, 200U) << advanced.body;
  EXPECT_EQ(other.client.request("GET", "/_millrace/clock").body.at("frozen"), false);

  one.running.emulator().stop();
  one.running.wait();
  other.put("alan");
  other.drain();
  ASSERT_THAT(other.payloads->all(), SizeIs(1));
  EXPECT_THAT(other.payloads->all().front(), HasSubstr("alan"));
}

TEST(Emulator, SaysWhichAddressIsTaken) {
  Served served;
  EmulatorOptions options = on_any_port();
  options.port = served.running.emulator().port();
  try {
    const Emulator second{options};
    FAIL() << "two listen on one port";
  } catch (const ListenError& error) {
    EXPECT_EQ(error.listener(), Listener::kDynamoDb);
    EXPECT_EQ(error.port(), options.port);
    EXPECT_TRUE(error.reason());
  }
}

TEST(Emulator, SaysWhichFunctionCannotBeRegistered) {
  EmulatorOptions options = on_any_port();
  options.functions = {"orders=in-process:nothing"};
  try {
    const Emulator emulator{options};
    FAIL() << "there is no such handler";
  } catch (const FunctionError& error) {
    EXPECT_THAT(error.what(), HasSubstr("orders=in-process:nothing: "));
  }
}

TEST(Emulator, EndsAtOnceWhenItWasStoppedBeforeItRan) {
  Emulator emulator{on_any_port()};
  emulator.stop();
  emulator.run();
  EXPECT_TRUE(emulator.is_stopping());
}

}  // namespace
}  // namespace millrace::emulator
