// All exports, imports and bulk puts of a database.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/storage.hpp"
#include "server/transfers/item_load.hpp"
#include "server/transfers/mover.hpp"
#include "server/transfers/surroundings.hpp"
#include "server/transfers/table_export.hpp"

namespace millrace::transfers {

/// Inside the gate only.
class Transfers {
 public:
  explicit Transfers(const Surroundings& surroundings);
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  /// Once at the start, and again after a group was lost. Errors: kCorrupt.
  StorageResult<void> load();

  /// The ARNs of those that are not over and were begun, or loaded, since the last call: whoever carries transfers out
  /// asks after each commit. Costs nothing when there are none.
  std::vector<std::string> take_begun() { return std::exchange(begun_, {}); }
  /// To be told of one that was begun.
  void note_begun(const std::string& arn) { begun_.push_back(arn); }

  /// What carries the transfer out from where it is; null when it is over, or there is none.
  [[nodiscard]] std::unique_ptr<Mover> make_mover(const std::string& arn);

  ExportCatalog exports;
  LoadCatalog loads;

 private:
  [[nodiscard]] std::optional<storage::Sequence> oldest_need(model::KeyspaceId keyspace) const;

  const Surroundings surroundings_;
  std::vector<std::string> begun_;
};

}  // namespace millrace::transfers
