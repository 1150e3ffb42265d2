// From the text of a record to the write that it asks for.
#pragma once

#include <optional>
#include <string>

#include "server/base/result.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/json/document.hpp"
#include "server/plan/item_write.hpp"
#include "server/transfers/format/malformed.hpp"
#include "server/transfers/format/record_texts.hpp"

namespace millrace::transfers {

struct RecordWrite {
  plan::ItemWrite write;
  std::optional<ApiError> error;  ///< what is wrong with a record that can be read: it is not to be written
  std::string json;               ///< the record
  std::size_t source_bytes{0};
};

/// `expressions` is null where records have no conditions: what stands beside `Item` is not looked at then. Errors: the
/// record is no `{"Item":{…}}` with an item that DynamoDB could hold.
ReadResult<RecordWrite> read_record_write(json::Parser& parser, expression::ExpressionCache* expressions,
                                          RecordText text);

}  // namespace millrace::transfers
