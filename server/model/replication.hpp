// That a table is a replica: one of the tables in several regions, of one name and account, that hold the same items.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"

namespace millrace::model {

/// Of global tables: the older one is made of tables that are there, and marks its items.
enum class GlobalTableVersion : std::uint8_t { k2017, k2019 };

/// Another replica, as one replica knows it.
struct Replica {
  std::string region;
  /// When it was made, if it was made from the replica that knows it: that one may not go for a day.
  std::optional<TimePoint> made_from_here{};
  friend bool operator==(const Replica&, const Replica&) = default;
};

/// What a replica is beside a table. Each replica knows all others; they are changed together.
struct Replication {
  GlobalTableVersion version{GlobalTableVersion::k2019};
  TimePoint since{};            ///< when the global table was made
  bool is_strong{false};        ///< a write is made in all regions at once; nothing is sent afterwards
  std::string witness{};        ///< the region of the witness of a strong one, if it has any
  std::vector<Replica> others;  ///< in the order in which this replica came to know them
  /// While the replica is being filled, by row key from which of the source's rows.
  struct Copy {
    std::string source;  ///< a region
    std::string from;
    friend bool operator==(const Copy&, const Copy&) = default;
  };
  std::optional<Copy> copy{};
  std::string log_arn{};   ///< of what is to be sent (server/streams/replication_log.hpp); empty if strong
  std::int64_t unsent{0};  ///< keyspace: for the row key of an item, the number of its newest change that is not sent
  bool may_disassociate{false};  ///< whether the protection against it is off

  [[nodiscard]] const Replica* find(std::string_view region) const {
    const auto found = std::ranges::find(others, region, &Replica::region);
    return found == others.end() ? nullptr : &*found;
  }

  friend bool operator==(const Replication&, const Replication&) = default;
};

}  // namespace millrace::model
