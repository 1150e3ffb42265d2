// Conformance cases as they stand in fixtures/conformance (its README.md is the manual of the format), read but not
// yet expanded: placeholders and table names are filled in when a case runs.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace millrace::conformance {

/// Keeps the members of an object in the order they were written: requests go out as their author wrote them.
using Json = nlohmann::ordered_json;

/// One request of a case, or one move of the clock.
struct Step {
  std::string target;    ///< operation name, or a whole X-Amz-Target when it contains a dot
  std::string region{};  ///< that it is for; empty: the one at home
  Json body{};           ///< template of the body; not used when `raw` is set
  Json raw{};            ///< template of a text sent as it is; null unless the case gives one
  Json capture{};        ///< variable name -> JSON pointer into the answer
  Json then{};           ///< what is expected; null for "must succeed"
  std::string advance;   ///< not empty: no request, the clock moves by this much
};

struct Case {
  std::string suite;  ///< the folder: `put_item`
  std::string file;   ///< for messages: `put_item/conditions.json`
  std::string name;   ///< unique inside the file
  /// `suite__file__name` in letters, digits and underscores, unique: what GoogleTest and --filter see.
  std::string test_name;
  std::string source;  ///< where AWS says so
  std::vector<Step> given;
  std::vector<Step> steps;  ///< `when` and `then`, followed by those of `then_also`
  std::string defect;       ///< why this case cannot be run; empty for a good one
};

/// Reads every case below `root`, and the wrong-type cases derived from `wrong_values.json`. Never throws: what cannot
/// be read comes back as a case with a defect, so that it fails by name instead of going missing.
std::vector<Case> load_cases(const std::filesystem::path& root);

}  // namespace millrace::conformance
