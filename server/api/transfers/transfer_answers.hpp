// What the operations on exports, imports and bulk puts answer (API reference, 3.18 and appendix B).
#pragma once

#include <string>
#include <vector>

#include "server/api/operation.hpp"
#include "server/transfers/item_load.hpp"
#include "server/transfers/table_export.hpp"

namespace millrace::api {

/// The transfer with that ARN. Errors: ExportNotFoundException, ImportNotFoundException; ResourceNotFoundException for
/// a bulk put.
Result<transfers::ExportCatalog::Pointer> require_export(OperationContext& context, const std::string& arn);
Result<transfers::LoadCatalog::Pointer> require_import(OperationContext& context, const std::string& arn);
Result<transfers::LoadCatalog::Pointer> require_bulk_put(OperationContext& context, const std::string& arn);

/// Appends `{"ExportDescription":{…}}`.
void append_export_answer(std::string& out, const transfers::ExportCatalog::Pointer& entry);
/// Appends `{"ImportTableDescription":{…}}`. Counts are told at the end, as on AWS.
void append_import_answer(std::string& out, const transfers::LoadCatalog::Pointer& entry);
/// Appends `{"BulkOperationDescription":{…}}`.
void append_bulk_put_answer(std::string& out, const transfers::LoadCatalog::Pointer& entry);

}  // namespace millrace::api
