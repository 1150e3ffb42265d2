#include "harness/lambda/control/document_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/lambda/control/function_definition.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::lambda {
namespace {

using testing::ElementsAre;

TEST(FunctionDocumentNames, BecomeTheArnsOfFunctionsAtHome) {
  const model::Account home{"eu-west-1", "000000000000"};
  const FunctionDefinition orders{.account = home, .name = "orders"};
  const FunctionDefinition named{.account = {"us-east-1", "123456789012"}, .name = "orders"};
  // As formats before 4 wrote it.
  std::string text = to_document(orders);
  const std::string whose = R"("region":"eu-west-1","account":"000000000000",)";
  text.erase(text.find(whose), whose.size());
  const auto storage = storage::sqlite::SqliteStorage::open({}).value();
  ASSERT_TRUE(storage->begin().has_value());
  ASSERT_TRUE(storage->write_document(kFunctionDocuments, "orders", text).has_value());
  ASSERT_TRUE(storage->write_document(kFunctionDocuments, arn_of(named), to_document(named)).has_value());
  ASSERT_TRUE(storage->commit().has_value());

  for (const auto& at_opening : {home, model::Account{"ap-south-1", "999999999999"}}) {
    ASSERT_TRUE(name_function_documents_by_arn(*storage, at_opening).has_value());
    std::vector<std::string> names;
    ASSERT_TRUE(
        storage->scan_documents(kFunctionDocuments, [&](auto name, auto) { names.emplace_back(name); }).has_value());
    EXPECT_THAT(names, ElementsAre(arn_of(orders), arn_of(named)));
  }
  EXPECT_EQ(from_document(storage->read_document(kFunctionDocuments, arn_of(orders)).value().value(), {}), orders);
}

}  // namespace
}  // namespace millrace::lambda
