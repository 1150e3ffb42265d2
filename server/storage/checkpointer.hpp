// A file has a write-ahead log: a commit appends pages to it, and a checkpoint copies them into the database. That
// takes as long as the disk likes, so it is done beside the gate. server/engine decides when; a test calls checkpoint()
// itself.
#pragma once

#include <cstddef>

#include "server/base/result.hpp"

namespace millrace::storage {

/// What committed transactions have put into the log since it was begun anew.
struct LogFill {
  std::size_t pages{0};     ///< all of them: the file is as large as this has ever been
  std::size_t uncopied{0};  ///< those that no checkpoint is known to have copied: at least those that none has
  friend bool operator==(const LogFill&, const LogFill&) = default;
};

class Checkpointer {
 public:
  Checkpointer() = default;
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  virtual ~Checkpointer() = default;

  /// Any thread; waits for nothing but another call of this.
  [[nodiscard]] virtual LogFill fill() const = 0;
  /// Copies into the database what is committed by now, and has the disk keep it. Outside the gate, where it takes as
  /// long as it takes while transactions come and go; calls follow each other. If it has copied everything, and no
  /// transaction was committed meanwhile, the next one begins the log anew: fill() tells when that has happened.
  /// Errors: nothing is lost, everything stays in the log.
  virtual StorageResult<void> checkpoint() = 0;
};

}  // namespace millrace::storage
