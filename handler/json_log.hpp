// One JSON object per line: how a function logs in Lambda's JSON log format.
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace millrace::handler {

/// Makes a logger whose lines are JSON objects with `timestamp` (UTC) and `level`, followed by the members of the
/// message when the message is a JSON object itself, and else by `message`. Safe to use from any thread when `sink` is.
std::shared_ptr<spdlog::logger> make_json_logger(std::string name, spdlog::sink_ptr sink);

/// A JSON logger to standard output that writes every line at once.
std::shared_ptr<spdlog::logger> make_stdout_json_logger(std::string name);

}  // namespace millrace::handler
