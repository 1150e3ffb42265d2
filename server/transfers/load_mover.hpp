// Carries out a load: goes through the objects of a prefix, unpacks and parses them a portion at a time beside the
// gate, and writes the items as PutItem does, a portion of a step each. It holds one portion of a file and the records
// of it, however large the files are. A step writes items and how many records of which object they make, in one
// transaction; whoever goes on reads that object again and passes over those.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/json/document.hpp"
#include "server/transfers/format/compression.hpp"
#include "server/transfers/format/record_texts.hpp"
#include "server/transfers/item_load.hpp"
#include "server/transfers/mover.hpp"
#include "server/transfers/record_write.hpp"
#include "server/transfers/surroundings.hpp"

namespace millrace::transfers {

class LoadMover final : public Mover {
 public:
  /// Both outlive the mover. `entry` is not over.
  LoadMover(const Surroundings& surroundings, LoadCatalog& loads, const LoadCatalog::Pointer& entry);

  [[nodiscard]] storage::Access access(const StoreAnswer& answer) const override;
  StorageResult<Wish> step(const storage::Budget& budget, StoreAnswer answer, storage::Ticket group) override;

 private:
  enum class Stage : std::uint8_t {
    kMeasure,   ///< asks how large the objects are, before a bulk put
    kMeasured,  ///< has got a page of them
    kNext,      ///< asks for the next object
    kListed,
    kGet,  ///< asks for more of the open one
    kGot,
    kWrite,  ///< writes what was parsed
    kReport,
    kReported,
    kManifest,
    kEnd,
  };
  /// An object that is being read.
  struct OpenObject {
    std::unique_ptr<Unpacker> unpacker;
    std::unique_ptr<RecordTexts> texts;
    std::uint64_t offset{0};
    std::string raw;                  ///< that was got of it
    std::size_t raw_used{0};          ///< of that
    bool raw_is_last{false};          ///< nothing of it follows
    bool texts_ended{false};          ///< nor of its text
    bool is_read{false};              ///< all records of it have come
    std::int64_t to_pass{0};          ///< records that were dealt with before
    std::optional<Malformed> broken;  ///< from where on it cannot be read
  };
  struct Outcome {
    LoadState::Status status{LoadState::Status::kCompleted};
    std::optional<Failure> failure;
  };

  StorageResult<Wish> take_listed(FoundObjects found);
  Wish open_next();
  void open(std::string key, std::int64_t to_pass);
  Wish go_on();
  void parse();  ///< on any thread
  bool unpack_more(OpenObject& object) const;

  StorageResult<Wish> write(const storage::Budget& budget, storage::Ticket group);
  StorageResult<void> write_record(const catalog::TablePointer& table, const RecordWrite& record,
                                   storage::Ticket group);
  StorageResult<void> note_error(std::string_view reason, std::string_view record_json);
  StorageResult<void> note_failed_condition(const ApiError& failure, const RecordWrite& record);
  StorageResult<void> report(char kind, std::string line);
  [[nodiscard]] catalog::TablePointer find_table() const;

  Wish finish(Outcome outcome);
  StorageResult<Wish> put_report();
  Wish put_report_manifest();
  [[nodiscard]] std::string report_folder() const;
  StorageResult<Wish> end();
  StorageResult<void> end_import(const catalog::TablePointer& table, bool keeps_table);

  const Surroundings surroundings_;
  LoadCatalog& loads_;
  const std::shared_ptr<const LoadRequest> request_;
  LoadState state_;
  Stage stage_;
  std::int64_t measured_{0};
  std::string measured_to_;
  std::deque<std::string> listed_;
  std::optional<OpenObject> object_;
  std::deque<RecordWrite> records_;  ///< parsed and not yet dealt with
  json::Parser parser_;              ///< of parse()
  json::Parser stored_parser_;       ///< of write()
  std::optional<Outcome> outcome_;
  std::string report_from_;
  std::int64_t report_files_{0};
};

}  // namespace millrace::transfers
