// The pairs of keys of `--auth sigv4`: from flags, and from a credentials file as AWS's tools write it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/model/access_key.hpp"

namespace millrace::cli {

/// `ID:SECRET` or `ID:SECRET:SESSION_TOKEN`; nothing for another shape. Colons are none of a key's characters.
std::optional<model::AccessKey> parse_access_key(std::string_view text);

/// What a credentials file holds: the pair of each profile, in its order.
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
struct CredentialsFile {
  std::vector<model::AccessKey> keys;
  std::string problem;  ///< why it cannot be used, for people; empty when it can
};
CredentialsFile read_credentials_file(const std::filesystem::path& file);

}  // namespace millrace::cli
