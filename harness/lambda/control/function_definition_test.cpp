#include "harness/lambda/control/function_definition.hpp"

#include <gtest/gtest.h>

#include "harness/lambda/control/function_flag.hpp"

namespace millrace::lambda {
namespace {

FunctionDefinition sample() {
  return {.name = "orders",
          .code = {.kind = CodeKind::kZip, .location = "orders-1", .port = 0, .size = 12, .sha256 = "abc="},
          .runtime = "provided.al2",
          .role = "arn:aws:iam::000000000000:role/r",
          .handler = "main",
          .description = "takes \"orders\"",
          .timeout_seconds = 30,
          .memory_megabytes = 256,
          .environment = {{"A", "1"}},
          .tags = {{"team", "mill"}},
          .log_group = "orders/all",
          .kms_key_arn = "arn:k",
          .source_kms_key_arn = "arn:s",
          .revision_id = "rev",
          .last_modified = TimePoint{std::chrono::milliseconds{1764085988123}}};
}

TEST(FunctionDefinition, SurvivesItsDocument) {
  const auto read = from_document(to_document(sample()), {"elsewhere", "1"});
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, sample());
}

TEST(FunctionDefinition, RefusesDamagedDocuments) {
  EXPECT_EQ(from_document("{}", {}), std::nullopt);
  EXPECT_EQ(from_document("no", {}), std::nullopt);
  std::string text = to_document(sample());
  text.replace(text.find("\"zip\""), 5, "\"rar\"");
  EXPECT_EQ(from_document(text, {}), std::nullopt);
}

TEST(FunctionDefinition, IsOfTheServersAccountWhereItsDocumentDoesNotSay) {
  std::string text = to_document(sample());
  const std::string whose = R"("region":"us-east-1","account":"000000000000",)";
  text.erase(text.find(whose), whose.size());
  EXPECT_EQ(from_document(text, {"eu-west-1", "123456789012"})->account, (model::Account{"eu-west-1", "123456789012"}));
}

TEST(FunctionDefinition, ShowsItsConfiguration) {
  EXPECT_EQ(to_configuration(sample()),
            R"({"FunctionName":"orders","FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:orders",)"
            R"("Runtime":"provided.al2","Role":"arn:aws:iam::000000000000:role/r","Handler":"main","CodeSize":12,)"
            R"("Description":"takes \"orders\"","Timeout":30,"MemorySize":256,)"
            R"("LastModified":"2025-11-25T15:53:08.123+0000","CodeSha256":"abc=","Version":"$LATEST",)"
            R"("Environment":{"Variables":{"A":"1"}},"KMSKeyArn":"arn:k",)"
            R"("TracingConfig":{"Mode":"PassThrough"},"RevisionId":"rev",)"
            R"("State":"Active","LastUpdateStatus":"Successful","PackageType":"Zip","Architectures":["x86_64"],)"
            R"("EphemeralStorage":{"Size":512},"SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},)"
            R"("RuntimeVersionConfig":{"RuntimeVersionArn":"arn:aws:lambda:us-east-1::runtime:)"
            R"(0000000000000000000000000000000000000000000000000000000000000000"},)"
            R"("LoggingConfig":{"LogFormat":"Text","LogGroup":"orders/all"}})");
  FunctionDefinition plain = sample();
  plain.log_group.clear();
  EXPECT_EQ(log_group_of(plain), "/aws/lambda/orders");
}

TEST(FunctionFlag, ReadsWhereTheCodeIs) {
  EXPECT_EQ(parse_function_flag("f=in-process:echo")->code, (FunctionCode{CodeKind::kInProcess, "echo"}));
  EXPECT_EQ(parse_function_flag("f=external")->code, (FunctionCode{CodeKind::kExternal}));
  EXPECT_EQ(parse_function_flag("f=external:9002")->code, (FunctionCode{CodeKind::kExternal, "", 9002}));
  EXPECT_EQ(parse_function_flag("f=./bootstrap")->code, (FunctionCode{CodeKind::kHotReload, "./bootstrap"}));
  EXPECT_EQ(parse_function_flag("f=a=b")->code, (FunctionCode{CodeKind::kHotReload, "a=b"}));
  EXPECT_EQ(parse_function_flag("f=./x")->name, "f");
}

TEST(FunctionFlag, SaysWhatIsWrong) {
  const auto problem = [](std::string_view text) { return parse_function_flag(text).error().message; };
  EXPECT_EQ(problem("echo"),
            "--function echo: must look like NAME=in-process:HANDLER, NAME=PATH, NAME=external or NAME=external:PORT");
  EXPECT_EQ(problem("a b=./x"), "--function a b=./x: the name must be 1 to 64 letters, digits, hyphens or underscores");
  EXPECT_EQ(problem("f="), "--function f=: there is nothing behind the equals sign");
  EXPECT_EQ(problem("f=in-process:"), "--function f=in-process:: which handler? Write NAME=in-process:HANDLER");
  EXPECT_EQ(problem("f=external:70000"), "--function f=external:70000: the port must be a number from 1 to 65535");
  EXPECT_EQ(problem("f=external:0"), "--function f=external:0: the port must be a number from 1 to 65535");
}

}  // namespace
}  // namespace millrace::lambda
