#include "harness/cli/dynamodb_local_flags.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace millrace::cli {
namespace {

struct LocalFlag {
  std::string_view name;
  bool takes_value;
  std::string_view ours;  ///< the flag it becomes; empty when it has no counterpart
  std::string_view note;  ///< said when it has none
};

constexpr std::array kFlags{
    LocalFlag{"-port", true, "--port", ""},
    LocalFlag{"-dbPath", true, "--db-path", ""},
    LocalFlag{"-inMemory", false, "", ""},  // the default
    LocalFlag{"-cors", true, "--cors", ""},
    LocalFlag{"-jar", true, "", ""},
    LocalFlag{"-sharedDb", false, "", ""},  // every client sees the same tables here
    LocalFlag{"-optimizeDbBeforeStartup", false, "", ""},
    LocalFlag{"-disableTelemetry", false, "", ""},
    LocalFlag{"-delayTransientStatuses", false, "", "-delayTransientStatuses: tables become ACTIVE at once here"},
    LocalFlag{"-help", false, "--help", ""},
};

const LocalFlag* find_flag(std::string_view argument) {
  const auto* const found =
      std::find_if(kFlags.begin(), kFlags.end(), [argument](const LocalFlag& flag) { return flag.name == argument; });
  return found == kFlags.end() ? nullptr : found;
}

}  // namespace

TranslatedArguments translate_dynamodb_local_flags(const std::vector<std::string>& arguments) {
  TranslatedArguments translated;
  bool any = false;
  // Where the image is given a whole command line: java -Djava.library.path=… -jar DynamoDBLocal.jar …
  const std::size_t first = !arguments.empty() && arguments.front() == "java" ? 1 : 0;
  for (std::size_t at = first; at < arguments.size(); ++at) {
    const std::string& argument = arguments[at];
    if (argument.starts_with("-Djava.")) {
      any = true;
      continue;
    }
    const LocalFlag* flag = find_flag(argument);
    if (flag == nullptr) {
      translated.arguments.push_back(argument);
      continue;
    }
    any = true;
    std::string value;
    if (flag->takes_value) {
      if (at + 1 == arguments.size()) throw std::invalid_argument(argument + " needs a value");
      value = arguments[++at];
    }
    if (!flag->note.empty()) translated.notes.emplace_back(flag->note);
    if (flag->ours.empty()) continue;
    translated.arguments.emplace_back(flag->ours);
    // DynamoDB Local names the folder, Millrace the file.
    if (flag->name == "-dbPath") value += "/millrace.db";
    if (flag->takes_value && flag->name != "-cors") translated.arguments.push_back(value);
  }
  const bool has_verb = !translated.arguments.empty() && !translated.arguments.front().starts_with("-");
  if (any && !has_verb) translated.arguments.insert(translated.arguments.begin(), "serve");
  return translated;
}

}  // namespace millrace::cli
