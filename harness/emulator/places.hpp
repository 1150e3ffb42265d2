// Where an emulator keeps what it is given: the database, uploaded code, and the buckets of exports and imports.
#pragma once

#include <memory>
#include <string>

#include "harness/emulator/emulator_options.hpp"
#include "harness/lambda/control/code_store.hpp"
#include "server/base/faults.hpp"
#include "server/base/temporary_directory.hpp"
#include "server/engine/engine.hpp"
#include "server/engine/work_pool.hpp"
#include "server/objects/object_store.hpp"
#include "server/storage/storage.hpp"

namespace millrace::emulator {

/// The file of `db_path`, or one that goes with the emulator. Throws std::runtime_error with the reason.
std::unique_ptr<storage::Storage> open_storage(const EmulatorOptions& options, FaultPlan& fault_plan);

/// Uploaded code lives beside the database it belongs to, or as long as the process.
lambda::CodeStore open_code_store(const EmulatorOptions& options);

struct Buckets {
  std::unique_ptr<base::TemporaryDirectory> own{};  ///< where nobody has said where they lie, and there is no file
  std::string place{};                              ///< for people
  std::unique_ptr<objects::ObjectStore> store{};
};
/// Those of an S3 endpoint, or directories: where it was said, beside the database, or as long as the process. `engine`
/// and `pool` outlive them.
Buckets open_buckets(const EmulatorOptions& options, engine::Engine& engine, engine::WorkPool& pool);

}  // namespace millrace::emulator
