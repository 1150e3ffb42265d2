#include "harness/esm/driver/mapping_report.hpp"

#include <fmt/format.h>

#include "server/model/arn.hpp"

namespace millrace::esm {

std::string describe_end(const MappingDefinition& definition, const StreamEnd& end) {
  std::string sentence = "The stream " + definition.event_source_arn;
  sentence.append(end.exists ? " is disabled: what it holds is delivered, and no new record comes."
                             : " does not exist any more, as its table was deleted or its stream disabled for a day.");
  if (end.newer_stream) {
    sentence.append(
        fmt::format(" Its table has a newer stream now: create a mapping with EventSourceArn {}, and delete this one.",
                    *end.newer_stream));
  } else {
    sentence.append(" Enable a stream of the table and create a mapping for it, and delete this one.");
  }
  return sentence;
}

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
  if (!report.warning.empty()) line.append(". ").append(report.warning);
  return line;
}

}  // namespace millrace::esm
