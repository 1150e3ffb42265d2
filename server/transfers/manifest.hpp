// The files in which AWS says what an export is made of (developer guide, "DynamoDB table export output format").
#pragma once

#include <string>

#include "server/transfers/table_export.hpp"

namespace millrace::transfers {

/// `manifest-summary.json`. Precondition: everything has been read and written; `ended` is when.
std::string summary_manifest(const ExportRequest& request, const ExportState& state, TimePoint ended);
/// `manifest-files.json`: a line for each data file.
std::string files_manifest(const ExportState& state);
/// What stands in the file of a manifest's checksum.
std::string checksum_text(const std::string& manifest);

/// The key of a data file: the same whenever it is written.
std::string data_file_key(const ExportRequest& request, std::size_t number);

}  // namespace millrace::transfers
