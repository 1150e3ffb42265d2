// SearchVectors over tables that change: against brute force, after groups that were lost, and as long work.
#include "server/api/vectors/vector_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "server/api/api_fixture.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

std::string create(std::string_view distance, int dimensions, bool has_hash) {
  Json attributes = Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}}});
  Json schema = Json::array();
  const auto add = [&](const char* name, const char* role) {
    attributes.push_back({{"AttributeName", name}, {"AttributeType", "S"}});
    schema.push_back({{"AttributeName", name}, {"SearchSchemaElementType", role}});
  };
  add("color", "INLINE_FILTER");
  if (has_hash) add("tenant", "HASH");
  return Json{{"TableName", "Vectors"},
              {"BillingMode", "PAY_PER_REQUEST"},
              {"AttributeDefinitions", attributes},
              {"KeySchema", {{{"AttributeName", "p"}, {"KeyType", "HASH"}}}},
              {"VectorIndexes",
               {{{"IndexName", "near"},
                 {"VectorAttribute", {{"AttributeName", "v"}}},
                 {"Dimensions", dimensions},
                 {"DistanceFunction", distance},
                 {"SearchSchema", schema},
                 {"Projection", {{"ProjectionType", "KEYS_ONLY"}}}}}}}
      .dump();
}

struct Row {
  std::vector<double> vector;  ///< empty: none
  std::string tenant;          ///< likewise
  std::string color;
};

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back({{"N", Json(value).dump()}});
  return list;
}

class VectorSearchTest : public ::testing::Test {
 protected:
  void put(const std::string& name, const Row& row) {
    Json item{{"p", {{"S", name}}}};
    if (!row.vector.empty()) item["v"] = {{"L", numbers(row.vector)}};
    if (!row.tenant.empty()) item["tenant"] = {{"S", row.tenant}};
    if (!row.color.empty()) item["color"] = {{"S", row.color}};
    ASSERT_EQ(api.call_in_group("PutItem", Json{{"TableName", "Vectors"}, {"Item", item}}.dump()).error(), "");
  }
  void erase(const std::string& name) {
    const Json request{{"TableName", "Vectors"}, {"Key", {{"p", {{"S", name}}}}}};
    ASSERT_EQ(api.call_in_group("DeleteItem", request.dump()).error(), "");
  }
  static Json search_request(const std::vector<double>& vector, int most, const std::string& tenant,
                             const std::string& color) {
    Json request{{"TableName", "Vectors"}, {"IndexName", "near"}, {"SearchVector", numbers(vector)}, {"TopK", most}};
    std::string condition;
    if (!tenant.empty()) {
      condition = "tenant = :t";
      request["ExpressionAttributeValues"][":t"] = {{"S", tenant}};
    }
    if (!color.empty()) {
      condition += condition.empty() ? "color = :c" : " AND :c = color";
      request["ExpressionAttributeValues"][":c"] = {{"S", color}};
    }
    if (!condition.empty()) request["SearchConditionExpression"] = condition;
    return request;
  }
  /// Names and scores.
  std::vector<std::pair<std::string, double>> search(const Json& request) {
    std::vector<std::pair<std::string, double>> found;
    const auto answer = api.call_in_group("SearchVectors", request.dump());
    EXPECT_EQ(answer.error(), "");
    if (answer.status != 200) return found;
    const Json tree = answer.json();
    for (const auto& result : tree.at("SearchResults")) {
      found.emplace_back(result.at("Item").at("p").at("S").get<std::string>(), result.at("Score").get<double>());
    }
    return found;
  }

  ApiFixture api;
};

double score(std::string_view distance, const std::vector<double>& left, const std::vector<double>& right) {
  double product = 0;
  double left_square = 0;
  double right_square = 0;
  double apart = 0;
  for (std::size_t at = 0; at < left.size(); ++at) {
    product += left[at] * right[at];
    left_square += left[at] * left[at];
    right_square += right[at] * right[at];
    apart += (left[at] - right[at]) * (left[at] - right[at]);
  }
  if (distance == "DOT_PRODUCT") return product;
  if (distance == "EUCLIDEAN") return std::sqrt(apart);
  const double lengths = std::sqrt(left_square * right_square);
  return lengths > 0 ? 1 - product / lengths : 1;
}

storage::EncodedKey row_key(const std::string& name) {
  model::Item key;
  key.set("p", {name});
  return storage::encode_key({{{"p", model::AttributeType::kS}}, {}}, key);
}

// Vectors of few bits: all sums are exact, so that results are the same and ties are frequent.
TEST_F(VectorSearchTest, FindsWhatBruteForceFindsWhateverIsWrittenOrLost) {
  int seed = 0;
  for (const std::string distance : {"COSINE", "EUCLIDEAN", "DOT_PRODUCT"}) {
    for (const bool has_hash : {false, true}) {
      SCOPED_TRACE(distance + (has_hash ? " with HASH" : ""));
      std::mt19937 random{static_cast<unsigned>(++seed)};
      const int dimensions = static_cast<int>(1 + random() % 12);
      ASSERT_EQ(api.call("CreateTable", create(distance, dimensions, has_hash)).error(), "");
      const auto draw = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
      const auto vector = [&] {
        std::vector<double> values;
        for (int at = 0; at < dimensions; ++at) values.push_back((draw(9) - 4) / 2.0);
        return values;
      };
      const auto one_of = [&](std::initializer_list<const char*> texts) {
        return std::string{*(texts.begin() + draw(static_cast<int>(texts.size())))};
      };
      std::map<std::string, Row> rows;
      std::map<std::string, Row> committed;
      for (int step = 0; step < 1500; ++step) {
        const std::string name = "item" + std::to_string(draw(150));
        const int action = draw(20);
        if (action < 10) {
          rows[name] = {draw(8) == 0 ? std::vector<double>{} : vector(), one_of({"", "a", "b", "b"}),
                        one_of({"", "red", "blue"})};
          put(name, rows[name]);
        } else if (action < 13) {
          erase(name);
          rows.erase(name);
        } else if (action < 14) {
          api.lose_group();
          rows = committed;
        } else if (action < 17) {
          ASSERT_TRUE(api.commit());
          committed = rows;
        } else {
          const auto wanted = vector();
          const int most = 1 + draw(40);
          const std::string tenant = has_hash ? one_of({"a", "b", "nobody"}) : "";
          const std::string color = one_of({"", "", "red", "blue"});
          struct Expected {
            double score;
            storage::EncodedKey key;
            std::string name;
          };
          std::vector<Expected> expected;
          for (const auto& [of, row] : rows) {
            if (row.vector.empty() || (has_hash && row.tenant != tenant)) continue;
            if (!color.empty() && row.color != color) continue;
            expected.push_back({score(distance, wanted, row.vector), row_key(of), of});
          }
          std::ranges::sort(expected, [&](const Expected& left, const Expected& right) {
            if (left.score != right.score) {
              return distance == "DOT_PRODUCT" ? left.score > right.score : left.score < right.score;
            }
            return left.key < right.key;
          });
          expected.resize(std::min(expected.size(), static_cast<std::size_t>(most)));
          const auto found = search(search_request(wanted, most, tenant, color));
          ASSERT_EQ(found.size(), expected.size());
          for (std::size_t at = 0; at < found.size(); ++at) {
            ASSERT_EQ(found[at].first, expected[at].name) << "step " << step;
            ASSERT_EQ(found[at].second, expected[at].score);
          }
        }
      }
      ASSERT_EQ(api.call("DeleteTable", R"({"TableName":"Vectors"})").error(), "");
    }
  }
}

TEST_F(VectorSearchTest, FindsTheSameAfterARestart) {
  ASSERT_EQ(api.call("CreateTable", create("EUCLIDEAN", 1, false)).error(), "");
  for (int number = 0; number < 2000; ++number) {
    put("item" + std::to_string(number), {{static_cast<double>(number)}, {}, {}});
  }
  ASSERT_TRUE(api.commit());
  const auto request = search_request({1000.25}, 3, {}, {});
  const auto before = search(request);
  ASSERT_EQ(before.size(), 3U);
  EXPECT_EQ(before[0], std::pair(std::string{"item1000"}, 0.25));
  api.reload();
  EXPECT_EQ(search(request), before);
}

TEST_F(VectorSearchTest, OfALargeIndexIsDoneAside) {
  constexpr int kDimensions = 2048;
  ASSERT_EQ(api.call("CreateTable", create("DOT_PRODUCT", kDimensions, false)).error(), "");
  std::vector<double> vector(kDimensions);
  const auto write = [&](int number) {
    vector[0] = number;
    put("item" + std::to_string(number), {vector, {}, {}});
  };
  for (int number = 0; number < 512; ++number) write(number);
  vector[0] = 1;
  const auto request = search_request(vector, 1, {}, {}).dump();
  EXPECT_TRUE(api.call("SearchVectors", request, Lane::kIo).wants_aside) << "it is read first";
  EXPECT_EQ(api.call("SearchVectors", request).error(), "");
  EXPECT_FALSE(api.call("SearchVectors", request, Lane::kIo).wants_aside);
  write(512);
  EXPECT_TRUE(api.call("SearchVectors", request, Lane::kIo).wants_aside);
  const auto found = api.call("SearchVectors", request).json().at("SearchResults");
  EXPECT_EQ(found[0].at("Item").at("p").at("S"), "item512");
}

TEST_F(VectorSearchTest, AnswersSixteenMegabytesAtMost) {
  Json request = Json::parse(create("EUCLIDEAN", 1, false));
  request["VectorIndexes"][0]["Projection"] = {{"ProjectionType", "ALL"}};
  ASSERT_EQ(api.call("CreateTable", request.dump()).error(), "");
  for (int number = 0; number < 50; ++number) {
    const Json item{{"p", {{"S", std::to_string(number)}}},
                    {"v", {{"L", numbers({static_cast<double>(number)})}}},
                    {"text", {{"S", std::string(400'000, 'x')}}}};
    ASSERT_EQ(api.call("PutItem", Json{{"TableName", "Vectors"}, {"Item", item}}.dump()).error(), "");
  }
  const auto search_all = search_request({0}, 50, {}, {}).dump();
  EXPECT_TRUE(api.call("SearchVectors", search_all, Lane::kIo).wants_aside) << "the items are long work";
  const auto answer = api.call("SearchVectors", search_all);
  const Json results = answer.json().at("SearchResults");
  EXPECT_LE(answer.body.size(), (std::size_t{16} << 20U) + 10'000);
  ASSERT_EQ(results.size(), 41U);
  for (std::size_t at = 0; at < results.size(); ++at) EXPECT_EQ(results[at].at("Score"), static_cast<double>(at));
}

TEST_F(VectorSearchTest, AnIndexThatIsNotKeptIsSearchedFromItsRows) {
  vectors::VectorCache small{1000};
  Services services{.gate = api.services().gate,
                    .tables = api.services().tables,
                    .streams = api.services().streams,
                    .stream_writer = api.services().stream_writer,
                    .expressions = api.services().expressions,
                    .statements = api.services().statements,
                    .transactions = api.services().transactions,
                    .earliest_expiry = api.services().earliest_expiry,
                    .replicating = api.services().replicating,
                    .backups = api.services().backups,
                    .transfers = api.services().transfers,
                    .vectors = small,
                    .contributors = api.services().contributors,
                    .throughput_limits = nullptr,
                    .clock = api.services().clock,
                    .random = api.services().random,
                    .faults = {},
                    .options = {}};
  ASSERT_EQ(api.call("CreateTable", create("EUCLIDEAN", 1, true)).error(), "");
  for (int number = 0; number < 3000; ++number) {
    put(std::to_string(number), {{static_cast<double>(number)}, number % 2 == 0 ? "even" : "odd", {}});
  }
  ASSERT_TRUE(api.commit());
  json::Parser parser;
  OperationContext context{.services = services, .caller = api.caller, .stored_parser = parser};
  VectorSearchRequest request;
  request.table = model::TableReference{"Vectors"};
  request.index_name = "near";
  request.vector = {model::List{{*model::Number::parse("1001")}}};
  request.dimensions = 1;
  request.most = 3;
  request.has_condition = true;
  request.terms.push_back({"tenant", {std::string{"odd"}}});
  const auto answer = search_vectors(context, request);
  ASSERT_TRUE(answer.has_value());
  ASSERT_EQ(answer->items.size(), 3U);
  EXPECT_EQ(answer->items[0].score, 0.0);
  EXPECT_EQ(answer->items[1].score, 2.0);
  EXPECT_EQ(answer->searched_bytes, 1500.0 * 4);
  EXPECT_EQ(small.bytes(), 0U);
}

}  // namespace
}  // namespace millrace::api
