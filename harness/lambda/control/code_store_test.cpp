#include "harness/lambda/control/code_store.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "harness/lambda/control/code_location.hpp"
#include "harness/lambda/zip_fixture.hpp"
#include "server/base/random.hpp"

namespace millrace::lambda {
namespace {

namespace fs = std::filesystem;

class CodeStoreTest : public testing::Test {
 protected:
  std::string problem_with(const std::vector<ZipEntry>& entries) {
    const auto unpacked = store_.unpack(make_zip(entries), "f");
    return unpacked.has_error() ? unpacked.error().message : "none";
  }

  CodeStore store_{CodeStore::temporary()};
};

TEST_F(CodeStoreTest, UnpacksFilesAndFolders) {
  EXPECT_EQ(
      problem_with({{.name = "bootstrap", .content = "#!x", .mode = 0755}, {.name = "lib/./a.txt", .content = "A"}}),
      "none");
  std::stringstream text;
  text << std::ifstream{store_.path_of("f") / "lib/a.txt"}.rdbuf();
  EXPECT_EQ(text.str(), "A");
  EXPECT_EQ(CodeLocation{store_.path_of("f")}.problem(), std::nullopt);
  store_.remove("f");
  EXPECT_FALSE(fs::exists(store_.path_of("f")));
}

TEST_F(CodeStoreTest, KeepsMissingExecutableBitsMissing) {
  EXPECT_EQ(problem_with({{.name = "bootstrap", .content = "#!x", .mode = 0644}}), "none");
  EXPECT_EQ(CodeLocation{store_.path_of("f")}.problem(), "not executable");
}

TEST_F(CodeStoreTest, RefusesEntriesThatLeadOutOfTheFolder) {
  constexpr std::string_view kRefusal = "The archive has an entry that cannot be unpacked safely: ";
  for (const std::string name : {"../evil", "a/../../evil", "/etc/evil", ".."}) {
    EXPECT_EQ(problem_with({{.name = "fine", .content = "1"}, {.name = name, .content = "x"}}),
              std::string{kRefusal} + name);
    EXPECT_FALSE(fs::exists(store_.path_of("f"))) << name;
  }
  EXPECT_FALSE(fs::exists(store_.path_of("evil")));
}

TEST_F(CodeStoreTest, RefusesLinks) {
  EXPECT_EQ(problem_with({{.name = "link", .content = "/etc/passwd", .symlink = true}}),
            "The archive has an entry that cannot be unpacked safely: link");
}

TEST_F(CodeStoreTest, RefusesWhatNoFolderCanHold) {
  const auto refused = [&](const std::vector<ZipEntry>& entries, ErrorKind kind) {
    const auto unpacked = store_.unpack(make_zip(entries), "f");
    ASSERT_TRUE(unpacked.has_error());
    EXPECT_EQ(unpacked.error().kind, kind) << unpacked.error().message;
    EXPECT_TRUE(unpacked.error().message.starts_with("The archive has an entry that cannot be unpacked ("))
        << unpacked.error().message;
    EXPECT_FALSE(fs::exists(store_.path_of("f")));
  };
  const ErrorKind caller = ErrorKind::kLambdaInvalidParameterValue;
  refused({{.name = std::string(300, 'n'), .content = "1"}}, caller);
  refused({{.name = std::string(300, 'n') + "/file", .content = "1"}}, caller);
  refused({{.name = "a", .content = "1"}, {.name = "a/b", .content = "2"}}, caller);
  refused({{.name = "a/b", .content = "1"}, {.name = "a", .content = "2"}}, caller);
}

TEST_F(CodeStoreTest, RefusesTooManyEntriesBeforeItWritesOne) {
  std::vector<ZipEntry> entries(kMostArchiveEntries + 1);
  for (ZipEntry& entry : entries) entry.name = "same";
  // The first could not be written: that is not what is said.
  entries.front().name = std::string(300, 'n');
  EXPECT_EQ(problem_with(entries), "The archive must have at most 20000 entries");
  EXPECT_FALSE(fs::exists(store_.path_of("f")));
}

TEST_F(CodeStoreTest, RefusesWhatIsCutShort) {
  Random random{7};
  const std::string content = base::make_hex(random, 5000);  // compresses by half at most
  std::string zip = make_zip({{.name = "bootstrap", .content = content, .mode = 0755}, {.name = "b", .content = "2"}});
  zip.resize(zip.rfind("PK\x05\x06") + 22);  // without the zeros behind its end
  ASSERT_TRUE(store_.unpack(zip, "whole").has_value());
  for (std::size_t size = 0; size < zip.size(); ++size) {
    const auto unpacked = store_.unpack(zip.substr(0, size), "f");
    ASSERT_TRUE(unpacked.has_error()) << size;
    ASSERT_EQ(unpacked.error().kind, ErrorKind::kLambdaInvalidParameterValue);
    ASSERT_FALSE(fs::exists(store_.path_of("f"))) << size;
  }
}

TEST_F(CodeStoreTest, RefusesAnArchiveWithoutItsDirectory) {
  const std::string zip = make_zip({{.name = "bootstrap", .content = "#!x", .mode = 0755}});
  const auto directory = zip.find("PK\x01\x02");
  ASSERT_NE(directory, std::string::npos);
  const auto unpacked = store_.unpack(zip.substr(0, directory), "f");
  ASSERT_TRUE(unpacked.has_error());
  EXPECT_EQ(unpacked.error().message,
            "Could not unzip uploaded file. Please check your file, then try to upload again.");
  EXPECT_FALSE(fs::exists(store_.path_of("f")));
}

/// Behind an entry that could be read: it must not stay.
TEST_F(CodeStoreTest, RefusesEncryptedEntries) {
  std::string zip = make_zip({{.name = "fine", .content = "1"}, {.name = "secret", .content = "2"}});
  // Bit 0 of the flags, in the entry's own header and in the archive's directory.
  zip.at(zip.rfind("PK\x03\x04") + 6) |= 1;
  zip.at(zip.rfind("PK\x01\x02") + 8) |= 1;
  const auto unpacked = store_.unpack(zip, "f");
  ASSERT_TRUE(unpacked.has_error());
  EXPECT_EQ(unpacked.error().kind, ErrorKind::kLambdaInvalidParameterValue);
  EXPECT_EQ(unpacked.error().message,
            "Could not unzip uploaded file. Please check your file, then try to upload again.");
  EXPECT_FALSE(fs::exists(store_.path_of("f")));
}

TEST_F(CodeStoreTest, RefusesDamagedEntries) {
  Random random{7};
  std::string zip = make_zip({{.name = "bootstrap", .content = base::make_hex(random, 5000)}});
  zip.at(zip.find("bootstrap") + 1500) ^= 0x55;
  const auto unpacked = store_.unpack(zip, "f");
  ASSERT_TRUE(unpacked.has_error());
  EXPECT_EQ(unpacked.error().kind, ErrorKind::kLambdaInvalidParameterValue);
  EXPECT_FALSE(fs::exists(store_.path_of("f")));
}

/// Whoever removes what is left over must not take anything else for an upload.
TEST_F(CodeStoreTest, KnowsTheFoldersOfUploads) {
  Random random{7};
  const std::string folder = CodeStore::new_folder("my-orders", random);
  ASSERT_TRUE(store_.unpack(make_zip({{.name = "a", .content = "1"}}), folder).has_value());
  for (const auto* other : {"notes", "my-orders", "-0123456789abcdef", "a b-0123456789abcdef", "a-0123456789ABCDEF"}) {
    fs::create_directory(store_.path_of(other));
  }
  std::ofstream{store_.path_of("file-0123456789abcdef")} << "1";
  fs::create_directory_symlink(store_.path_of("notes"), store_.path_of("link-0123456789abcdef"));
  EXPECT_EQ(store_.folders(), std::vector<std::string>{folder});
  EXPECT_TRUE(CodeStore::at(store_.path_of("missing")).folders().empty());
}

TEST_F(CodeStoreTest, RefusesWhatIsNoZip) {
  for (const std::string_view bytes : {"", "PK", "not a zip at all"}) {
    const auto unpacked = store_.unpack(bytes, "f");
    ASSERT_TRUE(unpacked.has_error());
    EXPECT_EQ(unpacked.error().message,
              "Could not unzip uploaded file. Please check your file, then try to upload again.");
  }
}

TEST_F(CodeStoreTest, RefusesWhatUnpacksToTooMuch) {
  CodeStore small = CodeStore::at(store_.path_of("small"), 1000);
  const auto unpack = [&](std::size_t size) {
    // Two files: it is their sum that counts.
    return small.unpack(
        make_zip({{.name = "a", .content = std::string(500, ' ')}, {.name = "b", .content = std::string(size, ' ')}}),
        "f");
  };
  EXPECT_TRUE(unpack(499).has_value());
  const auto too_much = unpack(500);
  ASSERT_TRUE(too_much.has_error());
  EXPECT_EQ(too_much.error().message, "Unzipped size must be smaller than 1000 bytes");
  EXPECT_FALSE(fs::exists(small.path_of("f")));
}

TEST(CodeStore, TemporaryOneGoesWithItsOwner) {
  fs::path path;
  {
    CodeStore store = CodeStore::temporary();
    path = store.path_of("");
    ASSERT_TRUE(store.unpack(make_zip({{.name = "a", .content = "1"}}), "f").has_value());
    const CodeStore moved{std::move(store)};
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(CodeLocation, NamesAnInterpreterThatCannotBeFound) {
  const auto problem = [](std::string content) {
    CodeStore store = CodeStore::temporary();
    const auto unpacked =
        store.unpack(make_zip({{.name = "bootstrap", .content = std::move(content), .mode = 0755}}), "f");
    EXPECT_TRUE(unpacked.has_value());
    return CodeLocation{store.path_of("f")}.problem().value_or("none");
  };
  EXPECT_EQ(
      problem("#!/bin/sh\r\necho\r\n"),
      "its first line ends with a carriage return, so that no interpreter has that name: save it with LF line ends");
  EXPECT_EQ(problem("#!/bin/sh\necho\r\n"), "none");
  EXPECT_EQ(problem("\r\n"), "none");
}

TEST(CodeLocation, SeesChanges) {
  CodeStore store = CodeStore::temporary();
  ASSERT_TRUE(store.unpack(make_zip({{.name = "bootstrap", .content = "1", .mode = 0755}}), "f").has_value());
  const CodeLocation code{store.path_of("f")};
  const auto before = code.fingerprint();
  EXPECT_EQ(code.fingerprint(), before);
  std::ofstream{store.path_of("f") / "data"} << "x";
  EXPECT_NE(code.fingerprint(), before);
  EXPECT_EQ(code.executable().filename(), "bootstrap");
  EXPECT_EQ(CodeLocation{"/nowhere/at/all"}.problem(), "there is no such file");
}

}  // namespace
}  // namespace millrace::lambda
