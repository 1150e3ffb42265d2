// Four times the input may cost little more than four times the work: sorting costs 4.7 times, what is quadratic 16
// times.
#include "harness/fuzz/steps.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/esm/filter/matcher.hpp"
#include "server/expression/legacy.hpp"
#include "server/expression/projection.hpp"
#include "server/expression/syntax/parser.hpp"
#include "server/expression/terms/set_algebra.hpp"
#include "server/expression/terms/value_order.hpp"
#include "server/expression/update.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/raw_document.hpp"
#include "server/json/tree.hpp"

namespace millrace {
namespace {

using model::AttributeValue;

constexpr std::size_t kFew = 1'000;
constexpr std::uint64_t kMostTimes = 6;

/// `prepare(n)` makes an input of that size and returns the work to count.
template <class Prepare>
void expect_nearly_linear(const Prepare& prepare, std::size_t few = kFew) {
  const auto small = prepare(few);
  const auto large = prepare(4 * few);
  const std::uint64_t steps = fuzz::steps_of(small);
  EXPECT_GT(steps, few / 2) << "the work is counted";
  EXPECT_LT(fuzz::steps_of(large), kMostTimes * steps);
}

/// Distinct names in no order.
std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t n = 0; n < count; ++n) all.push_back("n" + std::to_string(100'000 + n * 7'919 % 99'991));
  return all;
}

/// `before name after, before name after, …`
std::string joined(const std::vector<std::string>& all, std::string_view before, std::string_view after) {
  std::string text;
  for (const auto& name : all) text.append(text.empty() ? "" : ",").append(before).append(name).append(after);
  return text;
}

auto reading(const std::string& item) {
  auto parser = std::make_shared<json::Parser>();
  const auto document = parser->parse_copy(R"({"item":)" + item + "}");
  EXPECT_TRUE(document.has_value());
  return [parser, element = document->at_key("item").value_unsafe()] {
    const auto read = json::read_item(element);
    EXPECT_TRUE(read.has_value() && !read->value_error);
  };
}

TEST(Steps, ReadingAnItem) {
  expect_nearly_linear([](std::size_t n) { return reading("{" + joined(names(n), "\"", R"(":{"NULL":true})") + "}"); });
  expect_nearly_linear(
      [](std::size_t n) { return reading(R"({"m":{"M":{)" + joined(names(n), "\"", R"(":{"S":"x"})") + "}}}"); });
  expect_nearly_linear([](std::size_t n) {
    return reading("{" + joined(std::vector<std::string>(n, "a"), "\"", R"(":{"S":"x"})") + "}");
  });
}

TEST(Steps, ReadingSets) {
  expect_nearly_linear([](std::size_t n) { return reading(R"({"s":{"SS":[)" + joined(names(n), "\"", "\"") + "]}}"); });
  expect_nearly_linear([](std::size_t n) {
    auto digits = names(n);
    for (auto& name : digits) name.front() = '1';
    return reading(R"({"s":{"NS":[)" + joined(digits, "\"", "\"") + "]}}");
  });
}

TEST(Steps, ReadingWhatIsNoItem) {
  expect_nearly_linear([](std::size_t n) {
    return [text = "{" + joined(names(n), "\"", R"(":[1,{"a":"\\\""}])") + "}"] {
      EXPECT_TRUE(json::parse_tree(text).has_value());
      EXPECT_TRUE(json::is_json(text));
      EXPECT_TRUE(json::RawDocument::parse(text).has_value());
    };
  });
}

model::Item item_with(const std::vector<std::string>& all) {
  model::AttributeMapBuilder builder;
  for (const auto& name : all) builder.append(name) = AttributeValue{model::Null{}};
  return std::move(builder).build();
}

TEST(Steps, UpdatingManyAttributes) {
  for (const bool remove : {false, true}) {
    expect_nearly_linear([remove](std::size_t n) {
      auto updates = std::make_shared<std::vector<expression::AttributeUpdate>>();
      for (const auto& name : names(n)) {
        updates->push_back(remove ? expression::AttributeUpdate{name, expression::LegacyAction::kDelete, std::nullopt}
                                  : expression::AttributeUpdate{name, expression::LegacyAction::kPut,
                                                                AttributeValue{std::string{"x"}}});
      }
      return [updates, remove, before = remove ? item_with(names(n)) : model::Item{}] {
        const auto update = expression::resolve_attribute_updates(*updates);
        const auto after = expression::apply(*update, before, expression::ItemState::kExists);
        EXPECT_EQ(after->size(), remove ? 0U : updates->size());
        EXPECT_EQ(expression::touched_attributes(*update, remove ? before : *after).size(), updates->size());
      };
    });
  }
}

TEST(Steps, RemovingElementsOfAList) {
  // A text of 4 KB holds some 350 of them.
  expect_nearly_linear(
      [](std::size_t n) {
        std::string text{"REMOVE "};
        for (std::size_t at = 0; at < n; ++at)
          text.append(at > 0 ? "," : "").append("l[").append(std::to_string(n - 1 - at)).append("]");
        model::Item before;
        before.set("l", AttributeValue{model::List(n, AttributeValue{true})});
        return [text, before] {
          expression::Placeholders none;
          auto ast = expression::parse_update(text);
          ASSERT_TRUE(ast.has_value());
          const auto update =
              expression::resolve_update(std::make_shared<const expression::UpdateAst>(*std::move(ast)), none);
          EXPECT_TRUE(
              expression::apply(*update, before, expression::ItemState::kExists)->find("l")->as_list()->empty());
        };
      },
      80);
}

TEST(Steps, ProjectingManyPaths) {
  expect_nearly_linear(
      [](std::size_t n) {
        return [text = joined(names(n), "#", ""), all = names(n)] {
          expression::AttributeNames bound;
          for (const auto& name : all) bound.emplace_back("#" + name, name);
          expression::Placeholders placeholders{std::move(bound), std::nullopt};
          auto ast = expression::parse_projection(text);
          ASSERT_TRUE(ast.has_value());
          const auto projection = expression::resolve_projection(
              std::make_shared<const expression::ProjectionAst>(*std::move(ast)), placeholders);
          ASSERT_TRUE(projection.has_value());
          EXPECT_EQ(expression::top_level_attributes(*projection).size(), all.size());
          EXPECT_TRUE(expression::project(*projection, item_with(all)) == item_with(all));
        };
      },
      100);
}

TEST(Steps, FilteringByManyAttributes) {
  expect_nearly_linear([](std::size_t n) {
    auto conditions = std::make_shared<std::vector<expression::LegacyCondition>>();
    for (const auto& name : names(n)) conditions->push_back({name, expression::LegacyOperator::kNotNull, {}});
    return [conditions, item = item_with(names(n))] {
      const auto filter = expression::resolve_filter(*conditions, expression::ConditionalOperator::kAnd);
      EXPECT_EQ(expression::top_level_attributes(*filter).size(), conditions->size());
      EXPECT_TRUE(expression::evaluate(*filter, &item));
    };
  });
}

TEST(Steps, LookingIntoListsAndSets) {
  expect_nearly_linear([](std::size_t n) {
    model::List nearly(n, AttributeValue{std::string(100, 'a')});
    return [list = AttributeValue{nearly}, part = AttributeValue{std::string(99, 'a') + "b"}] {
      EXPECT_FALSE(expression::contains(list, part));
    };
  });
  expect_nearly_linear([](std::size_t n) {
    model::StringSet even;
    model::StringSet odd;
    for (std::size_t at = 0; at < n; ++at) {
      (at % 2 == 0 ? even : odd).members.push_back(std::to_string(1'000'000 + at));
    }
    return [even = AttributeValue{even}, odd = AttributeValue{odd}] {
      const auto together = expression::united(even, odd);
      EXPECT_TRUE(expression::without(*together, odd) == even);
    };
  });
}

/// Held against the event that `event(n)` makes.
template <class Event>
void expect_matching_is_nearly_linear(const std::string& pattern, const Event& event) {
  const auto matcher =
      std::make_shared<const esm::Matcher>(std::vector{std::get<esm::Pattern>(esm::Pattern::parse(pattern))});
  expect_nearly_linear(
      [&](std::size_t n) { return [matcher, text = event(n)] { EXPECT_FALSE(matcher->matches(text)); }; });
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t n = 0; n < times; ++n) all.append(text);
  return all;
}

TEST(Steps, HoldingRecordsAgainstPatterns) {
  const auto elements = [](std::size_t n) { return R"({"l":[)" + repeated(R"({"a":1},{"b":2},)", n) + "0]}"; };
  expect_matching_is_nearly_linear(R"({"l":{"a":[1],"b":[2]}})", elements);
  expect_matching_is_nearly_linear(R"({"l":{"a":[1],"b":[2],"$or":[{"c":[1]},{"d":[1]}]}})", elements);
  expect_matching_is_nearly_linear(R"({"l":{"m":{"a":[1],"b":[2]}}})", [](std::size_t n) {
    return R"({"l":[)" + repeated(R"({"m":[[{"a":1}],[{"b":2}]]},)", n) + "0]}";
  });
  expect_matching_is_nearly_linear(R"({"n77":["x"]})",
                                   [](std::size_t n) { return "{" + joined(names(n), "\"", R"(":{"S":"x"})") + "}"; });
  expect_matching_is_nearly_linear(R"({"s":[{"equals-ignore-case":"x"},{"suffix":{"equals-ignore-case":"x"}}]})",
                                   [](std::size_t n) { return R"({"s":[)" + repeated(R"("aXb",)", n) + "0]}"; });
}

TEST(Steps, ReadingPatterns) {
  expect_nearly_linear(
      [](std::size_t n) {
        return [text = "{" + joined(names(n), "\"", R"(":["x"])") + "}"] {
          const auto parsed = esm::Pattern::parse(text);
          ASSERT_TRUE(std::holds_alternative<esm::Pattern>(parsed));
          EXPECT_FALSE(esm::Matcher{{std::get<esm::Pattern>(parsed)}}.matches("{}"));
        };
      },
      100);
}

}  // namespace
}  // namespace millrace
