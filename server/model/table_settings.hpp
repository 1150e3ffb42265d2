// What is set about a table beside what it is: kept with it, gone with it, and described by operations of their own
// instead of DescribeTable.
#pragma once

#include <map>
#include <string>

namespace millrace::model {

/// Who may do what with a table or a stream. It is stored and shown; nothing is refused for it.
struct ResourcePolicy {
  std::string document;     ///< in AWS's canonical form; empty after it was deleted
  std::string revision_id;  ///< of its last change, a deletion too

  friend bool operator==(const ResourcePolicy&, const ResourcePolicy&) = default;
};

struct TableSettings {
  std::map<std::string, ResourcePolicy> policies;  ///< by the label of a stream; that of the table itself by ""

  friend bool operator==(const TableSettings&, const TableSettings&) = default;
};

}  // namespace millrace::model
