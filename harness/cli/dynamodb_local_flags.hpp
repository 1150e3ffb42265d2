// DynamoDB Local's command line, understood so that a script or image that starts it needs no change.
#pragma once

#include <string>
#include <vector>

namespace millrace::cli {

struct TranslatedArguments {
  std::vector<std::string> arguments;  ///< ours, without the program's name
  std::vector<std::string> notes;      ///< what was accepted and has no effect here, a sentence each
  /// DynamoDB Local's defaults hold where they differ: pages of any origin may use DynamoDB.
  bool like_dynamodb_local{false};
};

/// Translates `-jar DynamoDBLocal.jar -sharedDb -inMemory -port 8000` and the like into `serve --port 8000`; `java` and
/// its options may come before. Arguments that do not look like DynamoDB Local's come back unchanged. Throws
/// std::invalid_argument, with a sentence for the user: a flag without its value, flags that exclude each other, a flag
/// that DynamoDB Local does not have.
TranslatedArguments translate_dynamodb_local_flags(const std::vector<std::string>& arguments);

}  // namespace millrace::cli
