// A replay fixture: a folder with a table, optionally a function and its mapping, and the writes to be made.
//
//   table.json                 body of CreateTable
//   function.json              body of CreateFunction            (optional)
//   event_source_mapping.json  body of CreateEventSourceMapping  (optional; EventSourceArn is filled in)
//   writes.jsonl               one write a line: {"target":"PutItem","body":{…},"changes":1,"expect":"…Exception"}
//
// `changes` is the number of stream records the write makes (default 1), `expect` the exception it must be refused
// with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace millrace::replay {

struct FixtureWrite {
  std::string target;  ///< without the API version: `PutItem`
  nlohmann::json body;
  std::int64_t changes{1};
  std::string expected_error;  ///< empty when the write succeeds
};

struct Fixture {
  nlohmann::json table;
  std::optional<nlohmann::json> function;
  std::optional<nlohmann::json> event_source_mapping;
  std::vector<FixtureWrite> writes;

  [[nodiscard]] std::string table_name() const { return table.at("TableName").get<std::string>(); }
  [[nodiscard]] std::int64_t expected_changes() const;

  /// Throws std::runtime_error naming the file and line that cannot be read.
  static Fixture load(const std::filesystem::path& folder);
};

}  // namespace millrace::replay
