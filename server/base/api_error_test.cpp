#include "server/base/api_error.hpp"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

TEST(ApiError, CarriesTypeAndLowerCaseMessageForValidation) {
  EXPECT_EQ(to_body(validation_error("no \"x\"")),
            R"({"__type":"com.amazon.coral.validate#ValidationException","message":"no \"x\""})");
}

TEST(ApiError, LeavesOutAnEmptyText) {
  EXPECT_EQ(to_body(serialization_error()), R"({"__type":"com.amazon.coral.service#SerializationException"})");
  EXPECT_EQ(to_body(serialization_error("why")),
            R"({"__type":"com.amazon.coral.service#SerializationException","Message":"why"})");
}

TEST(ApiError, AppendsFurtherMembers) {
  const ApiError error{ErrorKind::kConditionalCheckFailed, "The conditional request failed", R"("Item":{})"};
  EXPECT_EQ(to_body(error), R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",)"
                            R"("message":"The conditional request failed","Item":{}})");
}

TEST(ApiError, RestJsonKindsCarryTheFaultAndTheirOwnSpelling) {
  EXPECT_EQ(to_body({ErrorKind::kLambdaResourceNotFound, "gone"}), R"({"Type":"User","Message":"gone"})");
  EXPECT_EQ(to_body({ErrorKind::kLambdaInvalidParameterValue, "bad"}), R"({"Type":"User","message":"bad"})");
  EXPECT_EQ(to_body({ErrorKind::kLambdaValidation, "bad"}), R"({"message":"bad"})");
}

TEST(ApiError, EscapesControlCharacters) {
  std::string out;
  append_json_string(out, std::string_view{"a\0\x1f\n\"\\\xC3\xA4", 8});
  EXPECT_EQ(out, "\"a\\u0000\\u001f\\n\\\"\\\\\xC3\xA4\"");
}

}  // namespace
}  // namespace millrace::base
