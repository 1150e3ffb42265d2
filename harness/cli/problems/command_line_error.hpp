// What was wrong with a command line, for people: which word, what was probably meant, what else there is.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace::cli {

/// The exit status of a command line that cannot be understood, as getopt's users and most shells have it.
inline constexpr int kUsageExitStatus = 2;

/// Why `app` refused `arguments` with `error`, in one or two sentences. A value that came from an environment variable
/// is reported with the variable's name.
std::string explain(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments);

/// The commands of `app` on one screen, and what to try first.
std::string short_help(const CLI::App& app);

/// Validators for CLI::Option::check: empty, or what is wrong with the value.
std::string problem_with_port(const std::string& text);

}  // namespace millrace::cli
