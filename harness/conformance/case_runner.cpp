#include "harness/conformance/case_runner.hpp"

#include <exception>
#include <regex>
#include <set>

#include "harness/conformance/json_expectation.hpp"
#include "harness/conformance/template_expansion.hpp"

namespace millrace::conformance {
namespace {

constexpr int kOk = 200;
constexpr int kBadRequest = 400;

std::string whole_target(const std::string& target) {
  static const std::set<std::string> kStreamOperations{"ListStreams", "DescribeStream", "GetShardIterator",
                                                       "GetRecords"};
  if (target.find('.') != std::string::npos) return target;
  return (kStreamOperations.contains(target) ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.") + target;
}

std::string shape_name(const Json& body) {
  const auto type = body.is_object() ? body.value("__type", "") : "";
  return type.substr(type.find('#') + 1);
}

std::string error_text(const Json& body) {
  for (const auto* member : {"message", "Message"}) {
    if (body.is_object() && body.contains(member)) return body.at(member).get<std::string>();
  }
  return {};
}

/// The entries of `N validation errors detected: a; b`, in an order of their own: AWS does not keep one.
std::multiset<std::string> violations_of(const std::string& text) {
  static constexpr std::string_view kSeparator = "; ";
  std::multiset<std::string> out;
  auto at = text.find(": ");
  if (at == std::string::npos) return out;
  at += 2;
  for (;;) {
    const auto end = text.find(kSeparator, at);
    out.insert(text.substr(at, end == std::string::npos ? end : end - at));
    if (end == std::string::npos) return out;
    at = end + kSeparator.size();
  }
}

class Run {
 public:
  Run(const Case& conformance_case, Endpoint& endpoint) : case_{conformance_case}, endpoint_{endpoint} {
    bindings_.table_prefix = endpoint.next_table_prefix();
  }

  Report perform() {
    try {
      for (const auto& step : case_.given) {
        if (!take(step)) return std::move(report_);
      }
      for (const auto& step : case_.steps) {
        if (!take(step)) break;
      }
    } catch (const std::exception& problem) {
      fail(Tier::kOutcome, problem.what());
    }
    return std::move(report_);
  }

  void clean_up() {
    for (const auto& table : bindings_.tables) endpoint_.remove_table(table);
  }

 private:
  void fail(Tier tier, std::string text) {
    report_.failures.push_back({tier, (in_step_.empty() ? "" : in_step_ + ": ") + std::move(text)});
  }

  /// False when the steps after this one have no ground to stand on.
  bool take(const Step& step) {
    if (!step.advance.empty()) {
      report_.skipped = !endpoint_.advance(step.advance);
      return !report_.skipped;
    }
    in_step_ = step.target;
    endpoint_.go_to(step.region);
    const auto answer = endpoint_.call(whole_target(step.target), body_of(step));
    if (step.then.is_null()) return require_success(step, answer);
    judge(step, answer);
    return !report_.failed(Tier::kOutcome);
  }

  std::string body_of(const Step& step) {
    if (!step.raw.is_null()) return expand(step.raw, bindings_).get<std::string>();
    return expand(step.body, bindings_).dump();
  }

  bool require_success(const Step& step, const Answer& answer) {
    if (answer.status != kOk) {
      fail(Tier::kOutcome, "must succeed, but answered " + std::to_string(answer.status) + " " + answer.body);
      return false;
    }
    if (step.target == "CreateTable" || step.target == "UpdateTable") {
      endpoint_.await_table(expand(step.body.at("TableName"), bindings_).get<std::string>());
    }
    if (step.capture.is_object()) {
      const Json body = Json::parse(answer.body);
      for (const auto& [name, pointer] : step.capture.items()) {
        bindings_.variables[name] = body.at(Json::json_pointer{pointer.get<std::string>()});
      }
    }
    return true;
  }

  void judge(const Step& step, const Answer& answer) {
    const auto& then = step.then;
    const bool wants_error = then.contains("error");
    const int wanted = then.value("status", wants_error ? kBadRequest : kOk);
    if (answer.status != wanted) {
      // Nothing else of the answer can be judged: it is an answer to something else.
      return fail(Tier::kOutcome, "expected status " + std::to_string(wanted) + ", got " +
                                      std::to_string(answer.status) + " " + answer.body);
    }
    const Json body = answer.body.empty() ? Json{} : Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (body.is_discarded()) return fail(Tier::kContent, "the answer is not JSON: " + answer.body);
    if (wants_error) judge_error(expand(then.at("error"), bindings_), body);
    if (then.contains("body")) judge_content(then.at("body"), body, Extent::kExact);
    if (then.contains("contains")) judge_content(then.at("contains"), body, Extent::kPartial);
  }

  void judge_content(const Json& expected, const Json& body, Extent extent) {
    for (auto& difference : differences(expand(expected, bindings_), body, extent, bindings_.variables)) {
      fail(Tier::kContent, std::move(difference));
    }
  }

  void judge_error(const Json& expected, const Json& body) {
    if (const auto type = shape_name(body); type != expected.at("type").get<std::string>()) {
      fail(Tier::kOutcome, "expected " + expected.at("type").get<std::string>() + ", got " + body.dump());
    }
    const auto text = error_text(body);
    if (expected.contains("message") && expected.at("message") != text) {
      fail(Tier::kWording, "expected the text\n  " + expected.at("message").get<std::string>() + "\ngot\n  " + text);
    }
    if (expected.contains("message_matches")) {
      const auto regex = expected.at("message_matches").get<std::string>();
      if (!std::regex_match(text, std::regex{regex})) {
        fail(Tier::kWording, "expected a text matching\n  " + regex + "\ngot\n  " + text);
      }
    }
    if (expected.contains("message_contains")) {
      for (const auto& part : expected.at("message_contains")) {
        if (text.find(part.get<std::string>()) == std::string::npos) {
          fail(Tier::kWording, "expected a text with\n  " + part.get<std::string>() + "\ngot\n  " + text);
        }
      }
    }
    if (expected.contains("violations")) judge_violations(expected.at("violations"), text);
  }

  void judge_violations(const Json& expected, const std::string& text) {
    const auto count = expected.size();
    const auto opening = std::to_string(count) + " validation error" + (count == 1 ? "" : "s") + " detected: ";
    const auto wanted = expected.get<std::multiset<std::string>>();
    if (!text.starts_with(opening) || violations_of(text) != wanted) {
      fail(Tier::kWording, "expected, in any order,\n  " + opening + expected.dump() + "\ngot\n  " + text);
    }
  }

  const Case& case_;
  Endpoint& endpoint_;
  Bindings bindings_;
  Report report_;
  std::string in_step_;
};

}  // namespace

std::string_view to_text(Tier tier) {
  switch (tier) {
    case Tier::kOutcome: return "outcome";
    case Tier::kContent: return "content";
    case Tier::kWording: return "wording";
  }
  return "";
}

Report run_case(const Case& conformance_case, Endpoint& endpoint) {
  if (!conformance_case.defect.empty()) {
    return {.failures = {{Tier::kOutcome, conformance_case.file + ": " + conformance_case.defect}}};
  }
  Run run{conformance_case, endpoint};
  auto report = run.perform();
  try {
    run.clean_up();
  } catch (const std::exception& problem) {
    report.failures.push_back({Tier::kOutcome, std::string{"cleaning up: "} + problem.what()});
  }
  return report;
}

}  // namespace millrace::conformance
