#include "server/model/table_reference.hpp"

#include <utility>

namespace millrace::model {

TableReference::TableReference(std::string text) : text_{std::move(text)} {
  if (const auto arn = parse_table_arn(text_)) name_begins_ = text_.size() - arn->table_name.size();
}

bool TableReference::may_be_of(const Caller& caller) const {
  if (!is_arn()) return true;
  const auto arn = parse_table_arn(text_);
  return caller.is_meant_by(arn->region, arn->account_id);
}

Account TableReference::whereabouts(const Account& account) const {
  if (!is_arn()) return account;
  const auto arn = parse_table_arn(text_);
  return {std::string{arn->region}, std::string{arn->account_id}};
}

}  // namespace millrace::model
