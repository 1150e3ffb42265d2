// docs/compatibility.md has a table of all operations. It says what the registry says: it cannot lie.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "server/api/operation.hpp"
#include "server/api/unserved_operation.hpp"

namespace millrace::api {
namespace {

constexpr std::string_view kBegin = "<!-- operations:begin -->\n";
constexpr std::string_view kEnd = "<!-- operations:end -->";

std::string table_of_operations() {
  std::map<std::string, bool> served;
  for (const Operation* operation : operations()) {
    served[std::string{operation->target.substr(operation->target.find('.') + 1)}] = true;
  }
  for (const auto name : unserved_operation_names()) served[std::string{name}] = false;
  std::string table{"| operation | |\n|---|---|\n"};
  for (const auto& [name, is_served] : served) {
    table.append("| ").append(name).append(is_served ? " | served |\n" : " | not yet |\n");
  }
  return table;
}

TEST(OperationTable, IsThatOfTheRegistry) {
  std::ifstream file{std::string{MILLRACE_SOURCE_DIR} + "/docs/compatibility.md"};
  std::stringstream text;
  text << file.rdbuf();
  const std::string document = text.str();
  const auto begin = document.find(kBegin);
  const auto end = document.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  EXPECT_EQ(document.substr(begin + kBegin.size(), end - begin - kBegin.size()), table_of_operations())
      << "put the table of the second text between the markers in docs/compatibility.md";
}

}  // namespace
}  // namespace millrace::api
