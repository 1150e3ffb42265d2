// The REST routes for functions, but Invoke.
#include "harness/lambda/routes_fixture.hpp"
#include "harness/lambda/zip_fixture.hpp"
#include "server/model/base64.hpp"

namespace millrace::lambda {
namespace {

TEST_F(FunctionRoutes, CreatesAndShowsAFunction) {
  const http::Response created = create(request());
  EXPECT_EQ(created.status, 201);
  const Json configuration = Json::parse(created.body);
  EXPECT_EQ(configuration.at("FunctionArn"), "arn:aws:lambda:us-east-1:000000000000:function:orders");
  EXPECT_EQ(configuration.at("LastModified"), "2025-11-25T15:53:08.123+0000");
  EXPECT_EQ(configuration.at("State"), "Active");
  EXPECT_EQ(configuration.at("Timeout"), 3);
  EXPECT_EQ(get("/orders/configuration").body, created.body);
  EXPECT_EQ(Json::parse(get("/orders").body).at("Configuration"), configuration);
  EXPECT_EQ(get("/arn:aws:lambda:us-east-1:000000000000:function:orders/configuration").body, created.body);
  EXPECT_NE(world_.functions().find(reference_to("orders")), nullptr);
}

TEST_F(FunctionRoutes, RefusesANameThatIsTaken) {
  create(request());
  const http::Response again = create(request());
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(error_of(again), "ResourceConflictException: Function already exist: orders");
}

TEST_F(FunctionRoutes, DeletesAFunction) {
  create(request());
  const http::Response deleted = world_.answer({"DELETE", std::string{kFunctions} + "/orders"});
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.body, "");
  const http::Response missing = get("/orders");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(error_of(missing),
            "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:orders");
  EXPECT_EQ(world_.functions().find(reference_to("orders")), nullptr);
  EXPECT_EQ(create(request()).status, 201);
}

TEST_F(FunctionRoutes, DeletesNoVersions) {
  create(request());
  EXPECT_EQ(error_of(world_.answer({"DELETE", std::string{kFunctions} + "/orders?Qualifier=$LATEST"})),
            "InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.");
}

TEST_F(FunctionRoutes, ShowsTheQualifierThatWasAskedFor) {
  create(request());
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:function:orders";
  EXPECT_EQ(Json::parse(get("/orders").body).at("Configuration").at("FunctionArn"), arn);
  for (const auto* path :
       {"/orders:$LATEST/configuration", "/orders/configuration?Qualifier=$LATEST",
        "/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aorders%3A%24LATEST/configuration"}) {
    const Json configuration = Json::parse(get(path).body);
    EXPECT_EQ(configuration.at("FunctionArn"), arn + ":$LATEST") << path;
    EXPECT_EQ(configuration.at("Version"), "$LATEST") << path;
  }
}

/// What means no function of this server, or no version that there is, is refused alike by every operation.
TEST_F(FunctionRoutes, EveryOperationResolvesNamesAlike) {
  create(request());
  struct Case {
    std::string_view name;
    std::string_view error;
  };
  for (const Case& refused : {
           Case{"arn:aws:lambda:eu-west-1:000000000000:function:orders",
                "ResourceNotFoundException: Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"},
           Case{"999999999999:function:orders",
                "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:999999999999:function:orders"},
           Case{"orders:live",
                "ResourceNotFoundException: Function not found: "
                "arn:aws:lambda:us-east-1:000000000000:function:orders:live"},
           Case{"orders:live?Qualifier=7",
                "InvalidParameterValueException: The derived qualifier from the function name does not match the "
                "specified qualifier."},
       }) {
    const std::string name{refused.name.substr(0, refused.name.find('?'))};
    const std::string query{refused.name.substr(name.size())};
    const std::string path = std::string{kFunctions} + "/" + name;
    for (const auto& [method, tail] : {std::pair{"GET", ""}, std::pair{"GET", "/configuration"},
                                       std::pair{"DELETE", ""}, std::pair{"POST", "/invocations"}}) {
      EXPECT_EQ(error_of(world_.answer({method, path + tail + query, "{}"})), refused.error) << method << tail;
    }
  }
  EXPECT_EQ(get("/orders").status, 200);
}

TEST_F(FunctionRoutes, BoundsNamesAndAnswersInUtf8) {
  const std::string name(65, 'a');
  EXPECT_EQ(error_with("FunctionName", name),
            "InvalidParameterValueException: 1 validation error detected: Value '" + name +
                "' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64");
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:function:" + std::string(100, 'b');
  EXPECT_EQ(error_with("FunctionName", arn),
            "ValidationException: 1 validation error detected: Value '" + arn +
                "' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 140");
  EXPECT_TRUE(
      error_of(get("/orders?Qualifier=a%FF"))
          .starts_with("ValidationException: 1 validation error detected: Value 'a\xEF\xBF\xBD' at 'qualifier'"));
}

TEST_F(FunctionRoutes, ListsInPages) {
  EXPECT_EQ(get("").body, R"({"Functions":[]})");
  for (const auto* name : {"c", "a", "b"}) create(request(name));
  const Json first = Json::parse(get("?MaxItems=2").body);
  ASSERT_EQ(first.at("Functions").size(), 2U);
  EXPECT_EQ(first.at("Functions")[0].at("FunctionName"), "a");
  const Json second = Json::parse(get("?MaxItems=2&Marker=" + first.at("NextMarker").get<std::string>()).body);
  ASSERT_EQ(second.at("Functions").size(), 1U);
  EXPECT_EQ(second.at("Functions")[0].at("FunctionName"), "c");
  EXPECT_FALSE(second.contains("NextMarker"));
  EXPECT_EQ(error_of(get("?MaxItems=0")),
            "ValidationException: 1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1");
}

TEST_F(FunctionRoutes, ListsByTheTableOfItsParameters) {
  EXPECT_EQ(
      error_of(get("?MaxItems=10001&FunctionVersion=1&MasterRegion=everywhere")),
      "ValidationException: 3 validation errors detected: Value 'everywhere' at 'masterRegion' failed to satisfy "
      "constraint: Member must satisfy regular expression pattern: ALL|[a-z]{2}(-gov)?-[a-z]+-\\d{1}; Value '1' at "
      "'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]; Value '10001' at "
      "'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000");
  for (const auto* items : {"x", "1x", "18446744073709551617", ""}) {
    EXPECT_EQ(error_of(get(std::string{"?MaxItems="} + items)),
              "ValidationException: 1 validation error detected: Value '" + std::string{items} +
                  "' at 'maxItems' failed to satisfy constraint: Member must be an integer");
  }
  EXPECT_EQ(error_of(get("?MasterRegion=ALL&FunctionVersion=ALL")),
            "InvalidParameterValueException: Millrace does not emulate MasterRegion yet.");
  create(request());
  EXPECT_EQ(get("?MaxItemz=0&MasterRegion=").body, get("").body) << "what AWS does not know, it ignores";
}

/// FunctionVersion=ALL lists versions, by qualified ARNs; every function has one.
TEST_F(FunctionRoutes, ListsVersions) {
  create(request());
  const Json listed = Json::parse(get("?FunctionVersion=ALL").body);
  EXPECT_EQ(listed.at("Functions").at(0).at("FunctionArn"),
            "arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST");
  EXPECT_EQ(listed.at("Functions").size(), 1U);
}

TEST_F(FunctionRoutes, CountsTheViolationsOfPathAndQueryTogether) {
  for (const auto* path : {"/a%20b?Qualifier=c%20d", "/a%20b/configuration?Qualifier=c%20d"}) {
    EXPECT_TRUE(error_of(get(path)).starts_with(
        "ValidationException: 2 validation errors detected: Value 'a b' at 'functionName' failed"))
        << path;
  }
  EXPECT_TRUE(error_of(world_.answer({"DELETE", std::string{kFunctions} + "/a%20b?Qualifier=c%20d"}))
                  .starts_with("ValidationException: 2 validation errors detected: "));
}

TEST_F(FunctionRoutes, KnowsTheNamesOfRuntimes) {
  Json body = request();
  body["Code"] = {{"S3Bucket", "external"}, {"S3Key", "anything"}};
  for (const std::string name : {"nodejs24.x", "nodejs26.x", "python3.14", "python3.15", "java25", "ruby4.0",
                                 "dotnet10", "provided.al2023", "java8.al2"}) {
    body["FunctionName"] = "f-" + std::to_string(std::hash<std::string>{}(name));
    body["Runtime"] = name;
    EXPECT_EQ(create(body).status, 201) << name;
  }
  const std::string error = error_with("Runtime", "nodejs9.x");
  EXPECT_TRUE(
      error.starts_with("InvalidParameterValueException: Value nodejs9.x at 'runtime' failed to satisfy "
                        "constraint: Member must satisfy enum value set: [nodejs26.x, "))
      << error;
  EXPECT_TRUE(error.ends_with(", provided.al2023] or be a valid ARN")) << error;
}

TEST_F(FunctionRoutes, ChecksConstraints) {
  const std::string prefix = "ValidationException: 1 validation error detected: Value ";
  EXPECT_EQ(error_with("Timeout", 901), prefix +
                                            "'901' at 'timeout' failed to satisfy constraint: Member must have "
                                            "value less than or equal to 900");
  EXPECT_EQ(error_with("Timeout", 0), prefix +
                                          "'0' at 'timeout' failed to satisfy constraint: Member must have value "
                                          "greater than or equal to 1");
  EXPECT_EQ(error_with("MemorySize", 127), prefix +
                                               "'127' at 'memorySize' failed to satisfy constraint: Member must "
                                               "have value greater than or equal to 128");
  EXPECT_EQ(error_with("Role", nullptr),
            prefix + "null at 'role' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(error_with("FunctionName", nullptr),
            prefix + "null at 'functionName' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(error_with("PackageType", "Tar"), prefix +
                                                  "'Tar' at 'packageType' failed to satisfy constraint: Member "
                                                  "must satisfy enum value set: [Image, Zip]");
  EXPECT_NE(error_with("FunctionName", "no spaces").find("Member must satisfy regular expression pattern"),
            std::string::npos);
  EXPECT_EQ(error_with("Timeout", "3"),
            "InvalidRequestContentException: Could not parse request body into json: Timeout must be an integer");
  EXPECT_EQ(error_with("Timeout", 1.5),
            "InvalidRequestContentException: Could not parse request body into json: Timeout must be an integer");
  for (const std::string number : {"18446744073709551615", "2147483648"}) {
    EXPECT_EQ(
        error_with("Timeout", Json::parse(number)),
        "InvalidRequestContentException: Could not parse request body into json: Timeout must be in range: numeric "
        "value (" +
            number + ") is out of range of int");
  }
  EXPECT_EQ(error_with("Architectures", Json::array({"x86_64", "arm64"})),
            prefix +
                "'[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less "
                "than or equal to 1");
  EXPECT_EQ(error_with("Role", "admin"),
            prefix +
                "'admin' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: "
                R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)");
  EXPECT_EQ(error_of(world_.answer({"POST", std::string{kFunctions}, "{"})),
            "InvalidRequestContentException: Could not parse request body into json: it is not valid JSON");
}

TEST_F(FunctionRoutes, ShowsAnEmptyEnvironment) {
  Json body = request();
  EXPECT_FALSE(Json::parse(create(body).body).contains("Environment"));
  body["FunctionName"] = "given";
  body["Environment"] = {{"Variables", Json::object()}};
  EXPECT_EQ(Json::parse(create(body).body).at("Environment").at("Variables"), Json::object());
  EXPECT_EQ(Json::parse(get("/given/configuration").body).at("Environment").at("Variables"), Json::object());
}

TEST_F(FunctionRoutes, NeedsRuntimeAndHandler) {
  for (const auto* member : {"Runtime", "Handler"}) {
    EXPECT_EQ(error_with(member, nullptr),
              "InvalidParameterValueException: Runtime and Handler are mandatory parameters for functions created with "
              "deployment packages.");
  }
}

TEST_F(FunctionRoutes, RefusesWhatIsNotEmulatedAndTakesDefaults) {
  const std::string prefix = "InvalidParameterValueException: Millrace does not emulate ";
  const std::vector<std::pair<std::string, Json>> refused{
      {"Publish", true},
      {"PublishTo", "LATEST_PUBLISHED"},
      {"TenancyConfig", {{"TenantIsolationMode", "PER_TENANT"}}},
      {"CapacityProviderConfig",
       {{"LambdaManagedInstancesCapacityProviderConfig", {{"CapacityProviderArn", "arn:aws:lambda:x"}}}}},
      {"DeadLetterConfig", {{"TargetArn", "arn:aws:sqs:us-east-1:000000000000:q"}}},
      {"Layers", Json::array({"arn:aws:lambda:us-east-1:000000000000:layer:l:1"})},
      {"SnapStart", {{"ApplyOn", "PublishedVersions"}}},
      {"VpcConfig", {{"SubnetIds", Json::array({"subnet-1"})}}},
      {"ImageConfig", {{"Command", Json::array({"x"})}}},
      {"DurableConfig", {{"ExecutionTimeout", 60}}},
  };
  for (const auto& [member, value] : refused) EXPECT_EQ(error_with(member, value), prefix + member + " yet.");
  EXPECT_EQ(error_with("LoggingConfig", {{"LogFormat", "JSON"}}), prefix + "LoggingConfig.LogFormat yet.");
  Json body = request();
  body["Publish"] = false;
  body["DeadLetterConfig"] = Json::object();
  body["Layers"] = Json::array();
  body["SnapStart"] = {{"ApplyOn", "None"}};
  body["LoggingConfig"] = {{"LogFormat", "Text"}};
  body["VpcConfig"] = {{"SubnetIds", Json::array()}, {"SecurityGroupIds", Json::array()}};
  body["KMSKeyArn"] = "";
  body["NoSuchMember"] = 1;
  EXPECT_EQ(create(body).status, 201);
}

TEST_F(FunctionRoutes, ShowsWhatOnlyDescribes) {
  Json body = request();
  body["KMSKeyArn"] = "arn:aws:kms:us-east-1:000000000000:key/k";
  body["LoggingConfig"] = {{"LogGroup", "orders/all"}};
  body["Code"]["SourceKMSKeyArn"] = "arn:aws:kms:us-east-1:000000000000:key/s";
  const auto created = create(body);
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(Json::parse(created.body)["KMSKeyArn"], body["KMSKeyArn"]);
  EXPECT_EQ(Json::parse(created.body)["LoggingConfig"], (Json{{"LogFormat", "Text"}, {"LogGroup", "orders/all"}}));
  const Json got = Json::parse(get("/orders").body);
  EXPECT_EQ(got["Code"]["SourceKMSKeyArn"], body["Code"]["SourceKMSKeyArn"]);
  EXPECT_EQ(got["Configuration"], Json::parse(created.body));
}

TEST_F(FunctionRoutes, ChecksTheEnvironment) {
  for (const auto* name : {"a", "account-name", "1st"}) {
    EXPECT_EQ(error_with("Environment", {{"Variables", {{name, "v"}}}}),
              "ValidationException: 1 validation error detected: Value at 'environment.variables' failed to satisfy "
              "constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
              "[a-zA-Z]([a-zA-Z0-9_])+]");
  }
  EXPECT_EQ(error_with("Environment", {{"Variables", {{"AWS_REGION", "x"}}}}),
            "InvalidParameterValueException: Lambda was unable to configure your environment variables because the "
            "environment variables you have provided contains reserved keys that are currently not supported for "
            "modification. Reserved keys used in this request: AWS_REGION");
  const std::string big = error_with("Environment", {{"Variables", {{"AB", std::string(4096, 'x')}}}});
  EXPECT_NE(big.find("exceeded the 4KB limit. String measured: {\"AB\":\"xxx"), std::string::npos);
}

TEST_F(FunctionRoutes, SaysWhichCodeItRuns) {
  const std::string prefix = "InvalidParameterValueException: ";
  EXPECT_EQ(error_with("Code", Json::object()), prefix + "Please provide a source for function code.");
  EXPECT_EQ(error_with("Code", {{"S3Bucket", "bucket"}, {"S3Key", "k"}}),
            prefix +
                "Millrace reads no S3 buckets. S3Bucket must be \"hot-reload\" (S3Key: a path), \"in-process\" "
                "(S3Key: a linked handler) or \"external\".");
  EXPECT_EQ(error_with("Code", {{"S3Bucket", "in-process"}, {"S3Key", "nobody"}}),
            prefix + "No handler called nobody is linked into this program. There are: echo, echo-payload");
  EXPECT_EQ(error_with("Code", {{"ZipFile", "eA=="}}),
            prefix + "Could not unzip uploaded file. Please check your file, then try to upload again.");
  Json python = request();
  python["Runtime"] = "python3.12";
  python["Code"] = {{"S3Bucket", "hot-reload"}, {"S3Key", "/x"}};
  EXPECT_EQ(error_of(create(python)),
            prefix +
                "Millrace runs no function with runtime python3.12: it starts provided.al2023 and provided.al2 (an "
                "executable called bootstrap). For any other runtime, start the function yourself with "
                "AWS_LAMBDA_RUNTIME_API pointing at Millrace, and create it with S3Bucket \"external\".");
  python["Code"] = {{"S3Bucket", "external"}, {"S3Key", "anything"}};
  EXPECT_EQ(create(python).status, 201);
}

TEST_F(FunctionRoutes, RefusesCodeThatCanNeverStart) {
  const auto error = [&](const ZipEntry& entry) {
    return error_with("Code", {{"ZipFile", model::encode_base64(make_zip({entry}))}});
  };
  const std::string prefix =
      "InvalidParameterValueException: The function could never start: the archive needs an executable file called "
      "bootstrap at its top (zip keeps the mode bits of chmod +x): ";
  EXPECT_EQ(error({.name = "build/bootstrap", .content = "x", .mode = 0755}), prefix + "there is no such file.");
  EXPECT_EQ(error({.name = "bootstrap", .content = "x"}), prefix + "not executable.");
  EXPECT_TRUE(std::filesystem::is_empty(world_.scratch.path() / "code"));
  EXPECT_EQ(get("/orders").status, 404);
}

TEST_F(FunctionRoutes, KeepsUploadedCodeUntilTheFunctionIsDeleted) {
  const std::string zip = make_zip({{.name = "bootstrap", .content = "#!/bin/sh\n", .mode = 0755}});
  Json body = request();
  body["Code"] = {{"ZipFile", model::encode_base64(zip)}};
  const Json configuration = Json::parse(create(body).body);
  EXPECT_EQ(configuration.at("CodeSize"), zip.size());
  EXPECT_EQ(configuration.at("CodeSha256").get<std::string>().size(), 44U);
  const std::string folder = world_.functions().definition(reference_to("orders"))->code.location;
  EXPECT_TRUE(std::filesystem::exists(world_.functions().code().path_of(folder) / "bootstrap"));
  world_.answer({"DELETE", std::string{kFunctions} + "/orders"});
  EXPECT_FALSE(std::filesystem::exists(world_.functions().code().path_of(folder)));
}

TEST_F(FunctionRoutes, FunctionsSurviveARestart) {
  create(request());
  TestFunctions again{world_.functions().services(), CodeStore::at(world_.scratch.path() / "code")};
  ASSERT_NE(again.live.definition(reference_to("orders")), nullptr);
  EXPECT_EQ(*again.live.definition(reference_to("orders")), *world_.functions().definition(reference_to("orders")));
  EXPECT_NE(again.live.find(reference_to("orders")), nullptr);
}

TEST_F(FunctionRoutes, FlagsReplaceFunctions) {
  FunctionDefinition definition{.name = "orders", .code = {.kind = CodeKind::kInProcess, .location = "echo"}};
  ASSERT_TRUE(world_.functions().put(definition).has_value());
  definition.code.location = "echo-payload";
  ASSERT_TRUE(world_.functions().put(definition).has_value());
  EXPECT_EQ(world_.functions().definition(reference_to("orders"))->code.location, "echo-payload");
}

}  // namespace
}  // namespace millrace::lambda
