#include "harness/emulator/places.hpp"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "server/objects/directory_store.hpp"
#include "server/objects/s3_store.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::emulator {

std::unique_ptr<storage::Storage> open_storage(const EmulatorOptions& options, FaultPlan& fault_plan) {
  storage::sqlite::SqliteOptions wanted;
  wanted.faults = Faults{fault_plan};
  if (options.db_path) wanted.file = *options.db_path;
  auto opened = storage::sqlite::SqliteStorage::open(wanted);
  if (opened.has_error()) throw std::runtime_error(opened.error().detail);
  return *std::move(opened);
}

lambda::CodeStore open_code_store(const EmulatorOptions& options) {
  if (options.db_path) return lambda::CodeStore::at(*options.db_path + ".code");
  return lambda::CodeStore::temporary();
}

Buckets open_buckets(const EmulatorOptions& options, engine::Engine& engine, engine::WorkPool& pool) {
  Buckets buckets;
  if (const auto& s3 = options.s3_endpoint) {
    buckets.place = "those of " + s3->to_string();
    buckets.store = std::make_unique<objects::S3Store>(engine.io(), engine.real_time(), *s3);
    return buckets;
  }
  std::filesystem::path directory;
  if (options.buckets) {
    directory = *options.buckets;
  } else if (options.db_path) {
    directory = *options.db_path + ".buckets";
  } else {
    buckets.own = std::make_unique<base::TemporaryDirectory>(std::filesystem::temp_directory_path(), "buckets-");
    directory = buckets.own->path();
  }
  buckets.place = "directories in " + directory.string();
  buckets.store = std::make_unique<objects::DirectoryStore>(directory, pool);
  return buckets;
}

}  // namespace millrace::emulator
