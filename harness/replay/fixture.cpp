#include "harness/replay/fixture.hpp"

#include <fstream>
#include <stdexcept>

#include "server/json/tree.hpp"

namespace millrace::replay {
namespace {

using Json = nlohmann::json;

std::ifstream open(const std::filesystem::path& file) {
  std::ifstream in{file};
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return in;
}

Json parse(const std::string& text, const std::string& where) {
  auto value = millrace::json::parse_tree(text);
  if (value.has_error()) throw std::runtime_error(where + ": " + value.error().reason);
  if (!value->is_object()) throw std::runtime_error(where + ": not a JSON object");
  return *std::move(value);
}

Json load_object(const std::filesystem::path& file) {
  auto in = open(file);
  return parse({std::istreambuf_iterator<char>{in}, {}}, file.string());
}

std::optional<Json> load_optional(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  return load_object(file);
}

}  // namespace

std::int64_t Fixture::expected_changes() const {
  std::int64_t total = 0;
  for (const auto& write : writes) total += write.changes;
  return total;
}

Fixture Fixture::load(const std::filesystem::path& folder) {
  Fixture fixture;
  fixture.table = load_object(folder / "table.json");
  if (!fixture.table.contains("TableName"))
    throw std::runtime_error((folder / "table.json").string() + ": no TableName");
  fixture.function = load_optional(folder / "function.json");
  fixture.event_source_mapping = load_optional(folder / "event_source_mapping.json");
  const auto file = folder / "writes.jsonl";
  auto in = open(file);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const std::string where = file.string() + ":" + std::to_string(number);
    Json entry = parse(line, where);
    if (!entry.contains("target") || !entry.contains("body")) {
      throw std::runtime_error(where + ": a write needs \"target\" and \"body\"");
    }
    FixtureWrite write;
    write.target = entry["target"].get<std::string>();
    write.body = std::move(entry["body"]);
    write.changes = entry.value("changes", std::int64_t{1});
    write.expected_error = entry.value("expect", std::string{});
    fixture.writes.push_back(std::move(write));
  }
  return fixture;
}

}  // namespace millrace::replay
