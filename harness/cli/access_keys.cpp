#include "harness/cli/access_keys.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>

namespace millrace::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// One profile while its lines come.
struct Profile {
  std::string name;
  std::map<std::string, std::string, std::less<>> settings;
};

/// Takes the pair of a profile; a profile with neither half is of no interest. Returns what is wrong.
std::string take(const Profile& profile, std::vector<model::AccessKey>& keys) {
  const auto setting = [&](std::string_view name) {
    const auto found = profile.settings.find(name);
    return found == profile.settings.end() ? std::string{} : found->second;
  };
  model::AccessKey key{setting("aws_access_key_id"), setting("aws_secret_access_key"), setting("aws_session_token")};
  if (key.id.empty() && key.secret.empty()) return {};
  if (key.id.empty() || key.secret.empty()) {
    return fmt::format("profile {} needs both aws_access_key_id and aws_secret_access_key", profile.name);
  }
  keys.push_back(std::move(key));
  return {};
}

}  // namespace

std::optional<model::AccessKey> parse_access_key(std::string_view text) {
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(first + 1);
  model::AccessKey key{.id = std::string{text.substr(0, first)}, .secret = {}};
  const std::size_t second = rest.find(':');
  key.secret = rest.substr(0, second);
  if (second != std::string_view::npos) key.session_token = rest.substr(second + 1);
  if (key.id.empty() || key.secret.empty() || key.session_token.find(':') != std::string::npos) return std::nullopt;
  return key;
}

CredentialsFile read_credentials_file(const std::filesystem::path& file) {
  std::ifstream in{file};
  if (!in) return {.keys = {}, .problem = fmt::format("the credentials file {} cannot be read", file.string())};
  CredentialsFile read;
  Profile profile;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    if (text.front() == '[' && text.back() == ']') {
      read.problem = take(profile, read.keys);
      if (!read.problem.empty()) break;
      profile = {.name = std::string{trimmed(text.substr(1, text.size() - 2))}, .settings = {}};
      continue;
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || profile.name.empty()) {
      read.problem = fmt::format("line {} is neither [PROFILE] nor a setting of one", number);
      break;
    }
    profile.settings[std::string{trimmed(text.substr(0, equals))}] = trimmed(text.substr(equals + 1));
  }
  if (read.problem.empty()) read.problem = take(profile, read.keys);
  if (read.problem.empty() && read.keys.empty()) read.problem = "it holds no pair of keys";
  if (!read.problem.empty()) {
    read = {.keys = {}, .problem = fmt::format("the credentials file {}: {}", file.string(), read.problem)};
  }
  return read;
}

}  // namespace millrace::cli
