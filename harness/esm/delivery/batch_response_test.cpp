#include "harness/esm/delivery/batch_response.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/streams/record/sequence_number.hpp"

namespace millrace::esm {
namespace {

TEST(BatchResponseTest, EmptyAnswersAreSuccesses) {
  for (const auto* answer :
       {"", "null", "{}", "[]", R"("")", R"({"batchItemFailures":[]})", R"({"batchItemFailures":null})",
        R"({"statusCode":200})", " null ", R"({"n":123456789012345678901234})"}) {
    EXPECT_TRUE(std::holds_alternative<AllSucceeded>(read_batch_response(answer).verdict)) << answer;
  }
}

TEST(BatchResponseTest, AnswersThatCannotBeUnderstoodAreFailures) {
  for (const auto* answer :
       {R"({"batchItemFailures":[{"itemIdentifier":123}]})", R"({"batchItemFailures":[{"itemIdentifier":""}]})",
        R"({"batchItemFailures":[{"itemIdentifier":null}]})", R"({"batchItemFailures":[{"foo":123}]})",
        R"({"batchItemFailures":[{"foo":null}]})", R"({"batchItemFailures":[7]})", R"({"batchItemFailures":7})",
        R"({"batchItemFailures":[{"itemIdentifier":"nonsense"}]})", "7", "true", "[1]", R"("done")", "not json", "{"}) {
    EXPECT_TRUE(std::holds_alternative<AllFailed>(read_batch_response(answer).verdict)) << answer;
  }
}

TEST(BatchResponseTest, OneBadIdentifierSpoilsTheGoodOnes) {
  const std::string answer =
      R"({"batchItemFailures":[{"itemIdentifier":")" + streams::to_sequence_number(7) + R"("},{"itemIdentifier":""}]})";
  EXPECT_TRUE(std::holds_alternative<AllFailed>(read_batch_response(answer).verdict));
}

TEST(BatchResponseTest, DeepAnswersAreFailures) {
  const std::string deep(3'000'000, '[');
  const std::string closed = std::string(3'000'000, '[') + std::string(3'000'000, ']');
  for (const auto& answer : {deep, closed, R"({"batchItemFailures":)" + closed + "}"}) {
    EXPECT_TRUE(std::holds_alternative<AllFailed>(read_batch_response(answer).verdict));
  }
}

TEST(BatchResponseTest, ReadsTheSequencesInTheirOrder) {
  const std::string answer = R"({"batchItemFailures":[{"itemIdentifier":")" + streams::to_sequence_number(9) +
                             R"("},{"itemIdentifier":")" + streams::to_sequence_number(7) + R"("}]})";
  const auto verdict = read_batch_response(answer).verdict;
  ASSERT_TRUE(std::holds_alternative<ItemsFailed>(verdict));
  EXPECT_EQ(std::get<ItemsFailed>(verdict).sequences, (std::vector<storage::Sequence>{9, 7}));
}

}  // namespace
}  // namespace millrace::esm
