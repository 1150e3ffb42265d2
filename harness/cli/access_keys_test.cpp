#include "harness/cli/access_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "server/base/scratch_directory.hpp"

namespace millrace::cli {
namespace {

using ::testing::HasSubstr;

TEST(AccessKeys, OfAFlag) {
  EXPECT_EQ(parse_access_key("AKID:secret/+="), (model::AccessKey{"AKID", "secret/+="}));
  EXPECT_EQ(parse_access_key("AKID:secret:token"), (model::AccessKey{"AKID", "secret", "token"}));
  for (const auto* wrong : {"", "AKID", "AKID:", ":secret", "a:b:c:d"}) {
    EXPECT_EQ(parse_access_key(wrong), std::nullopt) << wrong;
  }
}

CredentialsFile read(const std::string& text) {
  const base::ScratchDirectory folder;
  const auto file = folder.path() / "credentials";
  std::ofstream{file} << text;
  return read_credentials_file(file);
}

TEST(AccessKeys, OfACredentialsFile) {
  const auto found = read(
      "# written by aws configure\n[default]\naws_access_key_id = A\r\naws_secret_access_key=s=1\n\n"
      "[profile of roles]\nrole_arn = x\n; more\n[session]\naws_access_key_id=B\naws_secret_access_key=t\n"
      "aws_session_token = u\n");
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(found.keys, (std::vector<model::AccessKey>{{"A", "s=1"}, {"B", "t", "u"}}));
}

TEST(AccessKeys, OfAFileThatCannotBeUsedSayWhy) {
  EXPECT_THAT(read("[a]\naws_access_key_id=A\n").problem,
              HasSubstr("profile a needs both aws_access_key_id and aws_secret_access_key"));
  EXPECT_THAT(read("aws_access_key_id=A\n").problem, HasSubstr("line 1 is neither [PROFILE] nor a setting of one"));
  EXPECT_THAT(read("").problem, HasSubstr("it holds no pair of keys"));
  EXPECT_THAT(read_credentials_file("/nowhere/credentials").problem, HasSubstr("/nowhere/credentials cannot be read"));
}

}  // namespace
}  // namespace millrace::cli
