#include "server/validation/constraints.hpp"

#include <gtest/gtest.h>

namespace millrace::validation {
namespace {

// API reference 2.1
TEST(Constraints, OneViolationIsSingular) {
  Constraints constraints;
  constraints.required("tableName", false);
  EXPECT_EQ(constraints.finish().error().message,
            "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be "
            "null");
}

TEST(Constraints, SeveralAreJoinedInCallOrder) {
  Constraints constraints;
  constraints.one_of("returnConsumedCapacity", "X", {"INDEXES", "TOTAL", "NONE"});
  constraints.range("limit", 0, 1, 100);
  constraints.resource_name("tableName", "a!");
  EXPECT_EQ(constraints.finish().error().message,
            "4 validation errors detected: Value 'X' at 'returnConsumedCapacity' failed to satisfy constraint: Member "
            "must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value '0' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1; Value 'a!' at 'tableName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value 'a!' at 'tableName' "
            "failed to satisfy constraint: Member must have length greater than or equal to 3");
}

TEST(Constraints, StopsAtTen) {
  Constraints constraints;
  for (int n = 0; n < 12; ++n) constraints.required("x", false);
  EXPECT_TRUE(constraints.finish().error().message.starts_with("10 validation errors detected: "));
}

TEST(Constraints, AbsentOptionalMembersPass) {
  Constraints constraints;
  constraints.length("a", std::nullopt, 1, 2);
  constraints.range("b", std::nullopt, 1, 2);
  constraints.one_of("c", std::nullopt, {"X"});
  constraints.resource_name("d", std::nullopt);
  EXPECT_TRUE(constraints.finish().has_value());
}

}  // namespace
}  // namespace millrace::validation
