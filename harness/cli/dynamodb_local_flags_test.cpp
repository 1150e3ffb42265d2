#include "harness/cli/dynamodb_local_flags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace millrace::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> ours(const std::vector<std::string>& arguments) {
  return translate_dynamodb_local_flags(arguments).arguments;
}

std::string problem(const std::vector<std::string>& arguments) {
  try {
    translate_dynamodb_local_flags(arguments);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

// The command line of the image amazon/dynamodb-local, and of the DynamoDB developer guide (DynamoDBLocal.UsageNotes).
TEST(DynamoDbLocalFlags, BecomeOurs) {
  EXPECT_THAT(ours({"-jar", "DynamoDBLocal.jar", "-sharedDb", "-inMemory", "-port", "8001"}),
              ElementsAre("serve", "--shared-db", "--port=8001"));
  EXPECT_THAT(ours({"-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-dbPath", "/data"}),
              ElementsAre("serve", "--db-path=/data/millrace.db"));
}

TEST(DynamoDbLocalFlags, TheListOfOriginsIsKept) {
  EXPECT_THAT(ours({"-jar", "DynamoDBLocal.jar", "-cors", "*"}), ElementsAre("serve", "--cors=*"));
  EXPECT_THAT(ours({"-cors", "http://localhost:8001,https://b.example"}),
              ElementsAre("serve", "--cors=http://localhost:8001,https://b.example"));
}

TEST(DynamoDbLocalFlags, BringItsDefaults) {
  EXPECT_TRUE(translate_dynamodb_local_flags({"-jar", "DynamoDBLocal.jar"}).like_dynamodb_local);
  EXPECT_TRUE(translate_dynamodb_local_flags({"-inMemory"}).like_dynamodb_local);
  EXPECT_FALSE(translate_dynamodb_local_flags({"serve", "--port", "1"}).like_dynamodb_local);
  EXPECT_FALSE(translate_dynamodb_local_flags({}).like_dynamodb_local);
}

// Compose files and scripts that name the program as well.
TEST(DynamoDbLocalFlags, MayComeBehindJava) {
  EXPECT_THAT(ours({"java", "-jar", "DynamoDBLocal.jar", "-dbPath", "./data"}),
              ElementsAre("serve", "--db-path=./data/millrace.db"));
}

// serverless-dynamodb-local and others set the heap; newer JVMs need access to native libraries.
TEST(DynamoDbLocalFlags, MayComeBehindOptionsOfJava) {
  const auto translated = translate_dynamodb_local_flags({"java", "-Xms1G", "-Xmx1G", "-XX:+UseSerialGC", "--add-opens",
                                                          "java.base/java.nio=ALL-UNNAMED", "-ea", "-jar",
                                                          "DynamoDBLocal.jar", "-inMemory"});
  EXPECT_THAT(translated.arguments, ElementsAre("serve"));
  EXPECT_THAT(translated.notes, ElementsAre("options of java have no effect here, since there is no JVM: -Xms1G -Xmx1G "
                                            "-XX:+UseSerialGC --add-opens java.base/java.nio=ALL-UNNAMED -ea"));
  EXPECT_THAT(ours({"-Xmx1G", "-sharedDb"}), ElementsAre("serve", "--shared-db"));
}

TEST(DynamoDbLocalFlags, WhatHasNoEffectIsSaid) {
  EXPECT_THAT(ours({"-delayTransientStatuses"}), ElementsAre("serve", "--delay-transient-statuses"));
  EXPECT_THAT(translate_dynamodb_local_flags({"-optimizeDbBeforeStartup", "-dbPath", "/data"}).notes,
              ElementsAre(HasSubstr("-optimizeDbBeforeStartup")));
  EXPECT_THAT(translate_dynamodb_local_flags({"-disableTelemetry"}).notes, IsEmpty());
}

TEST(DynamoDbLocalFlags, AQuestionIsAnswered) {
  EXPECT_THAT(ours({"-version"}), ElementsAre("--version"));
  EXPECT_THAT(ours({"java", "-jar", "DynamoDBLocal.jar", "-help"}), ElementsAre("--help"));
}

TEST(DynamoDbLocalFlags, WhatItWouldRefuseIsRefused) {
  EXPECT_EQ(problem({"-port"}), "-port needs a value");
  EXPECT_EQ(problem({"-jar", "DynamoDBLocal.jar", "-sharedDB"}),
            "DynamoDB Local has no option -sharedDB; did you mean -sharedDb?");
  EXPECT_EQ(problem({"-inMemory", "-prot", "1"}), "DynamoDB Local has no option -prot; did you mean -port?");
  EXPECT_THAT(problem({"-inMemory", "-frobnicate"}), HasSubstr("it has -cors -dbPath"));
  EXPECT_THAT(problem({"-inMemory", "-dbPath", "/data"}), HasSubstr("only one of them"));
}

TEST(DynamoDbLocalFlags, OurOwnArgumentsStayAsTheyAre) {
  EXPECT_THAT(ours({"serve", "--port", "1"}), ElementsAre("serve", "--port", "1"));
  EXPECT_THAT(ours({"--help"}), ElementsAre("--help"));
  EXPECT_THAT(ours({"-inMemory", "--region", "eu-west-1", "-p8001"}),
              ElementsAre("serve", "--region", "eu-west-1", "-p8001"));
}

}  // namespace
}  // namespace millrace::cli
