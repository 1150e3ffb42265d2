#include "server/catalog/document_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/catalog/table_document.hpp"
#include "server/model/arn.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;

class TableDocumentNames : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(storage_->begin().has_value());
    ASSERT_TRUE(storage_->write_document(kTableDocuments, name, text).has_value());
    ASSERT_TRUE(storage_->commit().has_value());
  }
  std::vector<std::string> names() {
    std::vector<std::string> found;
    EXPECT_TRUE(
        storage_->scan_documents(kTableDocuments, [&](auto name, auto) { found.emplace_back(name); }).has_value());
    return found;
  }
  static std::string document(const std::string& name, const std::string& region) {
    model::TableDefinition table;
    table.name = name;
    table.arn = model::table_arn({region, "000000000000"}, name);
    return to_document(table);
  }

  std::unique_ptr<storage::sqlite::SqliteStorage> storage_{storage::sqlite::SqliteStorage::open({}).value()};
};

TEST_F(TableDocumentNames, BecomeTheArnsThatStandInThem) {
  write("Orders", document("Orders", "eu-west-1"));
  write("arn:aws:dynamodb:us-east-1:000000000000:table/Users", document("Users", "us-east-1"));
  for (int openings = 0; openings < 2; ++openings) {
    ASSERT_TRUE(name_table_documents_by_arn(*storage_).has_value());
    EXPECT_THAT(names(), ElementsAre("arn:aws:dynamodb:eu-west-1:000000000000:table/Orders",
                                     "arn:aws:dynamodb:us-east-1:000000000000:table/Users"));
  }
  EXPECT_EQ(storage_->read_document(kTableDocuments, names().front()).value(), document("Orders", "eu-west-1"));
}

TEST_F(TableDocumentNames, StayWhereADocumentIsDamaged) {
  write("Orders", "{}");
  EXPECT_EQ(name_table_documents_by_arn(*storage_).error().kind, StorageErrorKind::kCorrupt);
  EXPECT_THAT(names(), ElementsAre("Orders"));
}

}  // namespace
}  // namespace millrace::catalog
