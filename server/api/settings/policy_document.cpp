#include "server/api/settings/policy_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "server/json/tree.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using Tree = nlohmann::ordered_json;

constexpr std::size_t kMostPolicyBytes = 20'480;
constexpr std::string_view kOldestVersion = "2008-10-17";

ApiError invalid_document(std::string_view why) {
  return invalid_parameter_values(std::string{"Invalid policy document: "}.append(why));
}

/// AWS says where its parser gave up. Ours reads a whole text before it looks, so that is at the end.
ApiError syntax_error(std::string_view document) {
  const auto line = 1 + std::count(document.begin(), document.end(), '\n');
  const std::size_t line_end = document.rfind('\n');
  const std::size_t column = document.size() - (line_end == std::string_view::npos ? 0 : line_end + 1) + 1;
  return invalid_document(fmt::format("Syntax error at position ({},{})", line, column));
}

/// A text, or a list of texts.
bool is_texts(const Tree& value) {
  if (value.is_string()) return true;
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(), [](const Tree& element) { return element.is_string(); });
}

Tree without_list_of_one(Tree value) {
  if (!value.is_array() || value.size() != 1) return value;
  Tree element = value.front();  // braces would make a list of it again
  return element;
}

std::string expanded_account(const std::string& principal) {
  constexpr std::size_t kAccountDigits = 12;
  const bool account =
      principal.size() == kAccountDigits && principal.find_first_not_of("0123456789") == std::string::npos;
  return account ? "arn:aws:iam::" + principal + ":root" : principal;
}

/// Accounts as ARNs, each once.
Tree canonical_principals(const Tree& given) {
  Tree principals = Tree::array();
  std::set<std::string> seen;
  const auto add = [&](const Tree& principal) {
    std::string text = expanded_account(principal.get<std::string>());
    if (seen.insert(text).second) principals.push_back(std::move(text));
  };
  if (given.is_array()) {
    for (const auto& principal : given) add(principal);
  } else {
    add(given);
  }
  return without_list_of_one(std::move(principals));
}

bool is_everybody(const Tree& principal) {
  const auto names_all = [](const Tree& value) {
    return value == "*" || (value.is_array() && std::find(value.begin(), value.end(), "*") != value.end());
  };
  if (!principal.is_object()) return names_all(principal);
  const auto found = principal.find("AWS");
  return found != principal.end() && names_all(*found);
}

/// `Allow` or `Deny` in any case; empty when it is neither.
std::string canonical_effect(const Tree& effect) {
  if (!effect.is_string()) return {};
  std::string text = effect.get<std::string>();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  if (text == "allow") return "Allow";
  return text == "deny" ? "Deny" : std::string{};
}

/// Reads one statement after the other of one document.
class StatementReader {
 public:
  explicit StatementReader(std::string_view document) : document_{document} {}

  Result<Tree> read(const Tree& given) {
    if (!given.is_object()) return syntax_error(document_);
    TRY(check_fields(given));
    Tree statement = Tree::object();
    if (const auto sid = given.find("Sid"); sid != given.end()) {
      if (!sid->is_string()) return syntax_error(document_);
      if (!sids_.insert(sid->get<std::string>()).second) {
        return invalid_document("The Statement Ids in the policy are not unique");
      }
      statement["Sid"] = *sid;
    }
    statement["Effect"] = canonical_effect(given.at("Effect"));
    if (statement["Effect"] == "") return syntax_error(document_);
    TRY(add_principal(statement, given));
    for (const auto* name : {"Action", "NotAction", "Resource", "NotResource"}) {
      const auto found = given.find(name);
      if (found == given.end()) continue;
      if (!is_texts(*found)) return syntax_error(document_);
      statement[name] = without_list_of_one(*found);
    }
    if (const auto condition = given.find("Condition"); condition != given.end()) {
      if (!condition->is_object()) return syntax_error(document_);
      statement["Condition"] = *condition;
    }
    return statement;
  }

 private:
  [[nodiscard]] Result<void> check_fields(const Tree& given) const {
    constexpr std::array<std::string_view, 9> kKnown{"Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
                                                     "NotAction", "Resource", "NotResource", "Condition"};
    for (const auto& [name, value] : given.items()) {
      if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) return syntax_error(document_);
    }
    for (const auto& [field, negated] :
         {std::pair{"Effect", "Effect"}, std::pair{"Action", "NotAction"}, std::pair{"Resource", "NotResource"},
          std::pair{"Principal", "NotPrincipal"}}) {
      if (given.contains(field) == given.contains(negated) && given.contains(field) &&
          field != std::string_view{negated}) {
        return syntax_error(document_);
      }
      if (!given.contains(field) && !given.contains(negated)) {
        return invalid_document(std::string{"Missing required field "}.append(field));
      }
    }
    return {};
  }

  [[nodiscard]] Result<void> add_principal(Tree& statement, const Tree& given) const {
    const char* const name = given.contains("Principal") ? "Principal" : "NotPrincipal";
    const Tree& principal = given.at(name);
    if (statement["Effect"] == "Allow" && is_everybody(principal) && !given.contains("Condition")) {
      return base::validation_error(
          "Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure "
          "least-privilege form of access");
    }
    if (principal == "*") {
      statement[name] = "*";
      return {};
    }
    if (!principal.is_object() || principal.empty()) {
      return invalid_parameter_values("Invalid principal in policy document.");
    }
    Tree canonical = Tree::object();
    for (const auto& [kind, who] : principal.items()) {
      if (!is_texts(who)) return syntax_error(document_);
      canonical[kind] = canonical_principals(who);
    }
    statement[name] = std::move(canonical);
    return {};
  }

  std::string_view document_;
  std::set<std::string> sids_;
};

}  // namespace

Result<std::string> canonical_policy(std::string_view document) {
  if (document.size() > kMostPolicyBytes) {
    return invalid_parameter_values("Maximum policy size of 20480 bytes exceeded");
  }
  const auto read = json::parse_tree<Tree>(document);
  if (read.has_error()) return invalid_document("This policy contains invalid Json");
  if (read->is_null()) return invalid_document("This text appears not to be a policy");
  if (!read->is_object()) return invalid_document("This policy contains invalid Json");
  Tree policy = Tree::object();
  for (const auto* name : {"Version", "Id"}) {
    const auto found = read->find(name);
    if (found == read->end()) continue;
    if (!found->is_string()) return syntax_error(document);
    policy[name] = *found;
  }
  const auto known = policy.size() + 1;
  const auto statements = read->find("Statement");
  if (statements == read->end() || read->size() > known) return syntax_error(document);
  if (statements->is_array() && statements->empty()) {
    return invalid_document("Could not parse the policy: Statement is empty!");
  }
  const Tree given = statements->is_array() ? *statements : Tree::array({*statements});
  StatementReader reader{document};
  policy["Statement"] = Tree::array();
  for (const auto& statement : given) {
    TRY_ASSIGN(auto canonical, reader.read(statement));
    policy["Statement"].push_back(std::move(canonical));
  }
  return json::print_tree(policy);
}

std::string shown_policy(const std::string& canonical) {
  constexpr std::string_view kVersion = "{\"Version\":";
  if (canonical.starts_with(kVersion)) return canonical;
  return fmt::format("{}\"{}\",{}", kVersion, kOldestVersion, std::string_view{canonical}.substr(1));
}

}  // namespace millrace::api
