#include "harness/cli/dynamodb_local_flags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace millrace::cli {
namespace {

using ::testing::ElementsAre;

// The command line of the image amazon/dynamodb-local, and of the DynamoDB developer guide (DynamoDBLocal.UsageNotes).
TEST(DynamoDbLocalFlags, BecomeOurs) {
  EXPECT_THAT(translate_dynamodb_local_flags({"-jar", "DynamoDBLocal.jar", "-sharedDb", "-inMemory", "-port", "8001"})
                  .arguments,
              ElementsAre("serve", "--port", "8001"));
  EXPECT_THAT(translate_dynamodb_local_flags({"-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
                                              "-dbPath", "/data", "-cors", "*"})
                  .arguments,
              ElementsAre("serve", "--db-path", "/data/millrace.db", "--cors"));
}

// Compose files and scripts that name the program as well.
TEST(DynamoDbLocalFlags, MayComeBehindJava) {
  EXPECT_THAT(translate_dynamodb_local_flags({"java", "-jar", "DynamoDBLocal.jar", "-dbPath", "./data"}).arguments,
              ElementsAre("serve", "--db-path", "./data/millrace.db"));
}

TEST(DynamoDbLocalFlags, WhatHasNoEffectIsSaid) {
  EXPECT_THAT(translate_dynamodb_local_flags({"-delayTransientStatuses"}).notes,
              ElementsAre("-delayTransientStatuses: tables become ACTIVE at once here"));
}

TEST(DynamoDbLocalFlags, OurOwnArgumentsStayAsTheyAre) {
  EXPECT_THAT(translate_dynamodb_local_flags({"serve", "--port", "1"}).arguments, ElementsAre("serve", "--port", "1"));
  EXPECT_THAT(translate_dynamodb_local_flags({"--help"}).arguments, ElementsAre("--help"));
  EXPECT_THROW(translate_dynamodb_local_flags({"-port"}), std::invalid_argument);
}

}  // namespace
}  // namespace millrace::cli
