#include "harness/lambda/sandbox/launch_plan.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string_view>

#include "server/base/scratch_directory.hpp"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

/// `folder` has a bootstrap that can be started, `empty` has nothing, `script` is an executable, `text` is none.
class LaunchPlanTest : public testing::Test {
 protected:
  LaunchPlanTest() {
    fs::create_directories(root_ / "folder");
    fs::create_directories(root_ / "empty");
    write("folder/bootstrap", "#!/bin/sh\n", fs::perms::owner_all);
    write("script", "#!/bin/sh\n", fs::perms::owner_all);
    write("text", "#!/bin/sh\n", fs::perms::owner_read);
    write("windows", "#!/bin/sh\r\n", fs::perms::owner_all);
  }

  LaunchPlan plan(std::string runtime, std::string_view code) const {
    return plan_launch({.name = "f", .runtime = std::move(runtime)}, CodeLocation{root_ / code});
  }

  ScratchDirectory scratch_;
  fs::path root_{scratch_.path()};

 private:
  void write(std::string_view name, std::string_view content, fs::perms permissions) const {
    std::ofstream{root_ / name} << content;
    fs::permissions(root_ / name, permissions);
  }
};

TEST_F(LaunchPlanTest, SaysWhatIsStartedWhereAndWhyNot) {
  struct Case {
    std::string_view runtime;
    std::string_view code;
    std::string_view executable;
    std::string_view folder;
    std::string_view problem{};  ///< its beginning; empty: none
  };
  for (const Case& wanted : {
           Case{"provided.al2023", "folder", "folder/bootstrap", "folder"},
           Case{"provided.al2", "folder", "folder/bootstrap", "folder"},
           Case{"provided", "folder", "folder/bootstrap", "folder"},
           Case{"provided.al2023", "script", "script", ""},
           Case{"provided.al2", "script", "script", ""},
           Case{"provided.al2023", "empty", "empty/bootstrap", "empty", "there is no such file"},
           Case{"provided.al2023", "nowhere", "nowhere", "", "there is no such file"},
           Case{"provided.al2", "text", "text", "", "not executable"},
           Case{"provided.al2023", "windows", "windows", "", "its first line ends with a carriage return"},
       }) {
    SCOPED_TRACE(std::string{wanted.runtime}.append(" ").append(wanted.code));
    const LaunchPlan made = plan(std::string{wanted.runtime}, wanted.code);
    EXPECT_EQ(made.executable, root_ / wanted.executable);
    EXPECT_EQ(made.folder, wanted.folder.empty() ? root_ : root_ / wanted.folder);
    EXPECT_TRUE(made.arguments.empty());
    EXPECT_TRUE(made.variables.empty());
    EXPECT_EQ(made.problem.has_value(), !wanted.problem.empty());
    EXPECT_TRUE(made.problem.value_or("").starts_with(wanted.problem)) << *made.problem;
  }
}

TEST_F(LaunchPlanTest, StartsNothingForARuntimeThatIsNotManaged) {
  for (const char* const runtime : {"python3.12", "nodejs22.x", "java21", "provided.al", ""}) {
    EXPECT_EQ(plan(runtime, "folder"),
              (LaunchPlan{.folder = root_ / "folder",
                          .problem = std::string{"Millrace starts no process for runtime "} + runtime}));
  }
}

}  // namespace
}  // namespace millrace::lambda
