#include "harness/cli/problems/command_line_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "harness/cli/problems/suggestion.hpp"

namespace millrace::cli {
namespace {

std::string meant(const std::optional<std::string>& suggestion) {
  return suggestion ? fmt::format("; did you mean {}?", *suggestion) : ".";
}

std::vector<const CLI::App*> commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : commands(app)) names.push_back(command->get_name());
  return names;
}

void add_flags(const CLI::App& app, std::vector<std::string>& flags) {
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
  }
}

/// The option that `error` is about, if its value came from its environment variable.
const CLI::Option* from_environment(const CLI::App& app, const CLI::ParseError& error,
                                    const std::vector<std::string>& arguments) {
  const std::string_view what = error.what();
  for (const auto* option : app.get_options()) {
    const auto& variable = option->get_envname();
    if (variable.empty() || std::getenv(variable.c_str()) == nullptr) continue;
    const std::string name = option->get_name();
    if (!what.starts_with(name + ":") && what.find(" " + name + " ") == std::string_view::npos) continue;
    const bool given = std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
      return option->check_name(argument.substr(0, argument.find('=')));
    });
    if (!given) return option;
  }
  for (const auto* command : app.get_subcommands()) {
    if (const auto* found = from_environment(*command, error, arguments)) return found;
  }
  return nullptr;
}

std::string unknown_word(const CLI::App& app, const std::string& word) {
  const auto parsed = app.get_subcommands();
  if (word.starts_with('-')) {
    std::vector<std::string> flags;
    add_flags(app, flags);
    for (const auto* command :
         parsed.empty() ? commands(app) : std::vector<const CLI::App*>{parsed.begin(), parsed.end()}) {
      add_flags(*command, flags);
    }
    const std::string name = word.substr(0, word.find('='));
    return fmt::format("there is no option {}{}", name, meant(nearest(name, flags)));
  }
  if (!parsed.empty()) return fmt::format("{} takes no further argument: {}", parsed.front()->get_name(), word);
  const auto names = names_of_commands(app);
  const auto suggestion = nearest(word, names);
  return fmt::format("there is no command {}{}", word,
                     suggestion ? meant(suggestion) : fmt::format("; there are {}.", fmt::join(names, ", ")));
}

/// A long option behind one dash, which was read as a short one and its value: `-prot` as `-p rot`.
std::optional<std::string> misspelt_long_option(const std::vector<std::string>& arguments) {
  const auto is_word = [](const std::string& argument) {
    const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
    return argument.size() > 2 && argument[0] == '-' && is_letter(argument[1]) && is_letter(argument[2]);
  };
  const auto found = std::find_if(arguments.begin(), arguments.end(), is_word);
  return found == arguments.end() ? std::nullopt : std::optional{*found};
}

}  // namespace

std::string explain(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments) {
  const auto unknown = app.remaining(/*recurse=*/true);
  if (const auto word = misspelt_long_option(arguments)) return unknown_word(app, *word);
  if (!unknown.empty()) return unknown_word(app, unknown.front());
  if (app.get_subcommands().empty()) {
    return fmt::format("which command? There are {}.", fmt::join(names_of_commands(app), ", "));
  }
  std::string text = error.what();
  if (const auto* option = from_environment(app, error, arguments)) {
    const std::string value = std::getenv(option->get_envname().c_str());
    text = fmt::format("the environment variable {}, which stands for {}", option->get_envname(), text);
    if (value.starts_with("tcp://")) {
      text += fmt::format(
          ". Kubernetes sets such variables for a service of that name: unset {}, or set "
          "enableServiceLinks: false in the pod's spec",
          option->get_envname());
    }
  }
  return text;
}

std::string short_help(const CLI::App& app) {
  std::string text = app.get_description() + "\n\n";
  for (const auto* command : commands(app)) {
    text += fmt::format("  {} {:<12} {}\n", app.get_name(), command->get_name(), command->get_description());
  }
  text += fmt::format("\nTry: {0} serve\nEvery option and environment variable: {0} --help\n", app.get_name());
  return text;
}

std::string problem_with_port(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem == std::errc{} && end == text.data() + text.size()) return {};
  return fmt::format("'{}' is no port: a number from 0 to {}", text, std::numeric_limits<std::uint16_t>::max());
}

}  // namespace millrace::cli
