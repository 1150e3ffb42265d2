#include "harness/lambda/function_upload.hpp"

#include <utility>

#include "harness/lambda/control/code_location.hpp"
#include "harness/lambda/control/function_requests.hpp"
#include "harness/lambda/sandbox/launch_plan.hpp"

namespace millrace::lambda {

void FunctionUpload::read() {
  auto waiting = Stage::kWaiting;
  if (!stage_.compare_exchange_strong(waiting, Stage::kReading)) return;
  definition_ = read_definition();
  std::string{}.swap(body_);
}

void FunctionUpload::give_up() {
  auto waiting = Stage::kWaiting;
  if (stage_.compare_exchange_strong(waiting, Stage::kGivenUp)) std::string{}.swap(body_);
}

Result<FunctionDefinition> FunctionUpload::read_definition() {
  TRY_ASSIGN(NewFunction created, parse_create_function(body_, resolver_));
  FunctionDefinition& definition = created.definition;
  if (!is_free(definition)) return function_exists(definition.name);
  if (definition.code.kind == CodeKind::kZip) {
    definition.code.location = CodeStore::new_folder(definition.name, functions_.services().random);
    TRY(unpack(created.zip, definition));
  }
  return std::move(definition);
}

bool FunctionUpload::is_free(const FunctionDefinition& function) const {
  const auto entry = functions_.services().gate.enter(storage::Access::kRead);
  return catalog_.is_free(key_of(function));
}

/// The code of a function stays as it was uploaded, so one that cannot start now never will.
Result<void> FunctionUpload::unpack(const std::string& zip, const FunctionDefinition& function) {
  const std::string& folder = function.code.location;
  TRY(functions_.code().unpack(zip, folder));
  const auto problem = plan_launch(function, CodeLocation{functions_.code().path_of(folder)}).problem;
  if (!problem) return {};
  functions_.code().remove(folder);
  return ApiError{ErrorKind::kLambdaInvalidParameterValue,
                  "The function could never start: the archive needs an executable file called bootstrap at its top "
                  "(zip keeps the mode bits of chmod +x): " +
                      *problem + "."};
}

}  // namespace millrace::lambda
