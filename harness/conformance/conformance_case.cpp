#include "harness/conformance/conformance_case.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <stdexcept>
#include <utility>

#include "harness/conformance/type_cases.hpp"

namespace millrace::conformance {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSetupsFile = "setups.json";
constexpr const char* kWrongValuesFile = "wrong_values.json";

Json read_json(const fs::path& path) {
  std::ifstream in{path};
  if (!in) throw std::runtime_error("cannot be opened");
  return Json::parse(in);
}

void reject_unknown_members(const Json& object, const std::set<std::string>& known) {
  for (const auto& [name, value] : object.items()) {
    if (!known.contains(name)) throw std::runtime_error("unknown member '" + name + "'");
  }
}

Step read_request(const Json& json) {
  reject_unknown_members(json, {"target", "region", "body", "raw", "capture", "advance"});
  Step step;
  if (json.contains("advance")) {
    step.advance = json.at("advance").get<std::string>();
    return step;
  }
  step.target = json.at("target").get<std::string>();
  step.region = json.value("region", "");
  if (json.contains("raw")) {
    step.raw = json.at("raw");
  } else {
    step.body = json.at("body");
  }
  if (json.contains("capture")) step.capture = json.at("capture");
  return step;
}

Step read_expected_request(const Json& json) {
  Step step = read_request(json.at("when"));
  step.then = json.at("then");
  reject_unknown_members(step.then, {"status", "body", "contains", "error"});
  return step;
}

/// `given` is a list of requests and of names of setups.
std::vector<Step> read_given(const Json& json, const Json& setups) {
  std::vector<Step> steps;
  for (const auto& entry : json) {
    if (!entry.is_string()) {
      steps.push_back(read_request(entry));
      continue;
    }
    const auto setup = setups.find(entry.get<std::string>());
    if (setup == setups.end()) throw std::runtime_error("no setup called '" + entry.get<std::string>() + "'");
    for (const auto& request : *setup) steps.push_back(read_request(request));
  }
  return steps;
}

void read_case(const Json& json, const Json& setups, Case& out) {
  reject_unknown_members(json, {"name", "source", "given", "when", "then", "then_also"});
  out.name = json.at("name").get<std::string>();
  out.source = json.value("source", "");
  if (out.source.empty()) throw std::runtime_error("the case has no source: say where AWS says so");
  if (json.contains("given")) out.given = read_given(json.at("given"), setups);
  out.steps.push_back(read_expected_request(Json{{"when", json.at("when")}, {"then", json.at("then")}}));
  if (json.contains("then_also")) {
    for (const auto& further : json.at("then_also")) {
      if (further.contains("when")) {
        reject_unknown_members(further, {"when", "then"});
        out.steps.push_back(read_expected_request(further));
      } else {
        out.steps.push_back(read_request(further));
      }
    }
  }
}

void read_file(const fs::path& path, const fs::path& root, const Json& setups, std::vector<Case>& out) {
  Case blank;
  blank.suite = path.parent_path().filename().string();
  blank.file = fs::relative(path, root).string();
  Json list;
  try {
    list = read_json(path);
    if (!list.is_array()) throw std::runtime_error("is not a list of cases");
  } catch (const std::exception& problem) {
    blank.name = path.stem().string();
    blank.defect = problem.what();
    out.push_back(std::move(blank));
    return;
  }
  for (const auto& json : list) {
    Case next = blank;
    try {
      read_case(json, setups, next);
    } catch (const std::exception& problem) {
      if (next.name.empty()) next.name = "case_" + std::to_string(out.size());
      next.defect = problem.what();
    }
    out.push_back(std::move(next));
  }
}

std::string test_name_of(const Case& one) {
  std::string name = one.suite + "__" + fs::path{one.file}.stem().string() + "__" + one.name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

/// Names that differ only in characters a test name cannot have get a number; names that do not differ are a defect.
void give_test_names(std::vector<Case>& cases) {
  std::set<std::string> taken;
  std::set<std::pair<std::string, std::string>> names;
  for (auto& one : cases) {
    if (!names.emplace(one.file, one.name).second) one.defect = "two cases of the file are called '" + one.name + "'";
    const auto wanted = test_name_of(one);
    one.test_name = wanted;
    for (int number = 2; !taken.insert(one.test_name).second; ++number) {
      one.test_name = wanted + "_" + std::to_string(number);
    }
  }
}

Case defective(std::string file, std::string defect) {
  Case out;
  out.suite = "fixtures";
  out.name = file;
  out.file = std::move(file);
  out.defect = std::move(defect);
  return out;
}

}  // namespace

std::vector<Case> load_cases(const fs::path& root) {
  std::vector<Case> out;
  Json setups = Json::object();
  try {
    setups = read_json(root / kSetupsFile);
  } catch (const std::exception& problem) {
    out.push_back(defective(kSetupsFile, problem.what()));
  }

  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator{root, error}) {
    const bool in_a_suite = entry.path().parent_path() != root;
    if (in_a_suite && entry.path().extension() == ".json") files.push_back(entry.path());
  }
  if (error) out.push_back(defective(root.string(), error.message()));
  std::sort(files.begin(), files.end());
  for (const auto& file : files) read_file(file, root, setups, out);

  try {
    auto derived = derive_type_cases(read_json(root / kWrongValuesFile));
    std::move(derived.begin(), derived.end(), std::back_inserter(out));
  } catch (const std::exception& problem) {
    out.push_back(defective(kWrongValuesFile, problem.what()));
  }
  give_test_names(out);
  return out;
}

}  // namespace millrace::conformance
