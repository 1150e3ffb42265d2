#include "harness/esm/mapping_report.hpp"

#include <fmt/format.h>

#include "server/model/arn.hpp"

namespace millrace::esm {

std::string to_line(const MappingReport& report) {
  const MappingStatistics& counted = report.statistics;
  const auto stream = model::parse_stream_arn(report.definition.event_source_arn);
  std::string line = fmt::format("{} <- {}: {} records in {} batches, {} errors", report.definition.function_name,
                                 stream ? stream->table_name : report.definition.event_source_arn,
                                 counted.records_delivered, counted.batches, counted.errors);
  if (counted.discarded > 0) line.append(fmt::format(", {} records given up", counted.discarded));
  if (report.state != MappingState::kEnabled) {
    line.append(", ").append(to_text(report.state));
  } else if (report.idle) {
    line.append(", caught up");
  } else if (!report.shards.empty()) {
    line.append(". ").append(report.shards.front().reason);
  }
  return line;
}

}  // namespace millrace::esm
