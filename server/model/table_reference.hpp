// What a member that names a table says: the table's name, or its ARN. Every `TableName`, and every key of
// `RequestItems`, accepts either (API reference, 1.8).
//
// Answers repeat what the caller wrote where AWS does; the name alone finds the table; the ARN says in whose account
// and region it is, so that an ARN from elsewhere never means the local table of the same name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "server/model/caller.hpp"

namespace millrace::model {

class TableReference {
 public:
  TableReference() = default;
  /// Takes what a request says. A text that starts with `arn:` and is not the ARN of a table is taken for a name, which
  /// no table has.
  explicit TableReference(std::string text);

  /// Whether the text is the ARN of something else: of an index, a stream, a backup, a resource of another service.
  [[nodiscard]] bool is_foreign_arn() const { return text_.starts_with("arn:") && !is_arn(); }

  /// As the caller spelled it.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// The name alone. A view into this object.
  [[nodiscard]] std::string_view name() const { return std::string_view{text_}.substr(name_begins_); }

  /// Whether it may mean a table that the caller sees: a name does everywhere, an ARN in its own account and region.
  [[nodiscard]] bool may_be_of(const Caller& caller) const;
  /// Whose table it names; `account` itself for a name.
  [[nodiscard]] Account whereabouts(const Account& account) const;

  friend bool operator==(const TableReference& left, const TableReference& right) { return left.text_ == right.text_; }

 private:
  [[nodiscard]] bool is_arn() const { return name_begins_ != 0; }

  std::string text_;
  std::size_t name_begins_{0};
};

}  // namespace millrace::model
