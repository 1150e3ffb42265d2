#include "harness/cli/dynamodb_local_flags.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include "harness/cli/problems/suggestion.hpp"

namespace millrace::cli {
namespace {

enum class Effect {
  kNone,        ///< asks for what is so here anyway
  kTranslated,  ///< becomes a flag of ours
  kInstead,     ///< becomes a whole command line of ours
};

struct LocalFlag {
  std::string_view name;
  bool takes_value;
  Effect effect;
  std::string_view ours{};  ///< the flag it becomes
  std::string_view note{};  ///< what the user should know when it is given
};

// All of the developer guide's (DynamoDBLocal.UsageNotes), and -jar, which is java's.
constexpr std::array kFlags{
    LocalFlag{"-cors", true, Effect::kTranslated, "--cors"},
    LocalFlag{"-dbPath", true, Effect::kTranslated, "--db-path"},
    LocalFlag{"-delayTransientStatuses", false, Effect::kTranslated, "--delay-transient-statuses"},
    LocalFlag{"-disableTelemetry", false, Effect::kNone},  // nothing is ever sent anywhere
    LocalFlag{"-help", false, Effect::kInstead, "--help"},
    LocalFlag{"-inMemory", false, Effect::kNone},  // the default
    LocalFlag{"-jar", true, Effect::kNone},
    LocalFlag{"-optimizeDbBeforeStartup", false, Effect::kNone, "",
              "-optimizeDbBeforeStartup: the database needs no such step here, it is kept in order as it is used"},
    LocalFlag{"-port", true, Effect::kTranslated, "--port"},
    LocalFlag{"-sharedDb", false, Effect::kTranslated, "--shared-db"},
    LocalFlag{"-version", false, Effect::kInstead, "--version"},
};

const LocalFlag* find_flag(std::string_view argument) {
  const auto* const found =
      std::find_if(kFlags.begin(), kFlags.end(), [argument](const LocalFlag& flag) { return flag.name == argument; });
  return found == kFlags.end() ? nullptr : found;
}

bool is_option_of_java(std::string_view argument) { return argument.starts_with("-D") || argument.starts_with("-X"); }

/// Whether it can only be meant for DynamoDB Local and is none of its options. Ours (`--port`, `-p`, `-p8001`, a verb)
/// may stand beside them.
bool is_misspelt(std::string_view argument) {
  if (argument.size() <= 2 || argument[0] != '-' || argument[1] == '-') return false;
  return argument[1] != 'p' || argument.find_first_not_of("0123456789", 2) != std::string_view::npos;
}

bool contains(const std::vector<std::string>& arguments, std::string_view wanted) {
  return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

[[noreturn]] void unknown_flag(const std::string& argument) {
  std::vector<std::string> names;
  for (const auto& flag : kFlags) names.emplace_back(flag.name);
  const auto meant = nearest(argument, names);
  throw std::invalid_argument("DynamoDB Local has no option " + argument +
                              (meant ? "; did you mean " + *meant + "?" : "; it has " + listed(names)));
}

void require_compatible(const std::vector<std::string>& arguments) {
  if (contains(arguments, "-dbPath") && contains(arguments, "-inMemory")) {
    throw std::invalid_argument("-dbPath keeps the data in a folder and -inMemory in memory: only one of them can be");
  }
}

}  // namespace

TranslatedArguments translate_dynamodb_local_flags(const std::vector<std::string>& arguments) {
  TranslatedArguments translated;
  // Where the image is given a whole command line: java -Djava.library.path=… -jar DynamoDBLocal.jar …
  auto at = arguments.begin();
  const bool by_java = at != arguments.end() && *at == "java";
  const auto jar = std::find(at, arguments.end(), "-jar");
  std::vector<std::string> options_of_java;
  // What stands before -jar is java's, whatever it is.
  if (by_java || jar != arguments.end()) {
    if (by_java) ++at;
    if (jar != arguments.end()) {
      options_of_java.assign(at, jar);
      at = jar;
    }
  }
  translated.like_dynamodb_local = by_java || std::any_of(at, arguments.end(), [](const auto& argument) {
                                     return find_flag(argument) != nullptr || is_option_of_java(argument);
                                   });
  if (!translated.like_dynamodb_local) {
    translated.arguments = arguments;
    return translated;
  }
  require_compatible(arguments);
  for (; at != arguments.end(); ++at) {
    const std::string& argument = *at;
    const LocalFlag* flag = find_flag(argument);
    if (flag == nullptr && is_option_of_java(argument)) {
      options_of_java.push_back(argument);
      continue;
    }
    if (flag == nullptr) {
      if (is_misspelt(argument)) unknown_flag(argument);
      translated.arguments.push_back(argument);
      continue;
    }
    std::string value;
    if (flag->takes_value) {
      if (std::next(at) == arguments.end()) throw std::invalid_argument(argument + " needs a value");
      value = *++at;
    }
    if (!flag->note.empty()) translated.notes.emplace_back(flag->note);
    if (flag->effect == Effect::kInstead) {
      translated.arguments = {std::string{flag->ours}};
      return translated;
    }
    if (flag->effect == Effect::kNone) continue;
    // DynamoDB Local names the folder, Millrace the file.
    if (flag->name == "-dbPath") value += "/millrace.db";
    std::string ours{flag->ours};
    if (flag->takes_value) ours.append("=").append(value);
    translated.arguments.push_back(std::move(ours));
  }
  if (!options_of_java.empty()) {
    translated.notes.push_back("options of java have no effect here, since there is no JVM: " +
                               listed(options_of_java));
  }
  const bool has_verb = contains(translated.arguments, "serve");
  if (!has_verb) translated.arguments.insert(translated.arguments.begin(), "serve");
  return translated;
}

}  // namespace millrace::cli
