#include "harness/cli/service_flags.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/access_keys.hpp"
#include "server/signing/signed_request.hpp"
#include "server/time/time_text.hpp"

namespace millrace::cli {
namespace {

/// A stream keeps its shards for a day: shorter ones would be more than anybody lists.
constexpr Duration kShortestRollover = std::chrono::minutes{1};
constexpr const char* kHowToWriteKeys = "write a pair of keys as ID:SECRET or ID:SECRET:SESSION_TOKEN";

signing::ServiceEndpoint read_endpoint(const std::string& flag, const std::string& url, std::string_view service) {
  try {
    return signing::ServiceEndpoint::parse(url, service);
  } catch (const std::invalid_argument& error) {
    throw CLI::ValidationError(flag, error.what());
  }
}

}  // namespace

void add_authentication(CLI::App& serve, emulator::EmulatorOptions& options) {
  const auto sigv4 = std::make_shared<bool>(false);
  serve
      .add_option_function<std::string>(
          "--auth", [sigv4](const std::string& kind) { *sigv4 = kind == "sigv4"; },
          "sigv4: verify the signatures of requests to DynamoDB against --access-key and "
          "--access-keys-file (default: none, any credentials are accepted)")
      ->envname("MILLRACE_AUTH")
      ->type_name("TEXT")
      ->check(CLI::IsMember({"none", "sigv4"}));
  serve
      .add_option_function<std::vector<std::string>>(
          "--access-key",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const auto key = parse_access_key(text);
              if (!key) throw CLI::ValidationError("--access-key", kHowToWriteKeys);
              options.access_keys.push_back(*key);
            }
          },
          "Pair of keys that requests may be signed with, ID:SECRET; may be repeated")
      ->envname("MILLRACE_ACCESS_KEYS")
      ->type_name("TEXT")
      ->delimiter(',');
  serve
      .add_option_function<std::string>(
          "--access-keys-file",
          [&options](const std::string& path) {
            auto read = read_credentials_file(path);
            if (!read.problem.empty()) throw CLI::ValidationError("--access-keys-file", read.problem);
            options.access_keys.insert(options.access_keys.end(), read.keys.begin(), read.keys.end());
          },
          "Credentials file with such pairs, as ~/.aws/credentials")
      ->envname("MILLRACE_ACCESS_KEYS_FILE")
      ->type_name("TEXT");
  serve.final_callback([sigv4, &options] {
    if (*sigv4 && options.access_keys.empty()) {
      throw CLI::ValidationError("--auth",
                                 "sigv4 needs keys: --access-key ID:SECRET or --access-keys-file ~/.aws/credentials");
    }
    if (!*sigv4 && !options.access_keys.empty()) {
      throw CLI::ValidationError("--access-key", "keys are looked at with --auth sigv4 only");
    }
  });
}

void add_streams(CLI::App& serve, emulator::EmulatorOptions& options) {
  serve.add_option("--shards-per-stream", options.shards_per_stream, "Open shards of each new stream")
      ->envname("MILLRACE_SHARDS_PER_STREAM")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  serve
      .add_option_function<std::string>(
          "--shard-rollover",
          [&options](const std::string& text) {
            options.shard_rollover.reset();
            if (text == "off") return;
            options.shard_rollover = time::parse_duration(text);
            if (!options.shard_rollover || *options.shard_rollover < kShortestRollover) {
              throw CLI::ValidationError("--shard-rollover", "write a duration of a minute or more, as 4h, or off");
            }
          },
          "How long a shard takes records, in emulated time, before it is closed and gets a child, 4h; off: until the "
          "stream is disabled, or POST /_millrace/streams/TABLE says so")
      ->envname("MILLRACE_SHARD_ROLLOVER")
      ->type_name("TEXT")
      ->default_str("4h");
}

void add_other_services(CLI::App& serve, emulator::EmulatorOptions& options) {
  const auto key = std::make_shared<model::AccessKey>(model::AccessKey{"millrace", "millrace"});
  serve
      .add_option_function<std::string>(
          "--kinesis-endpoint",
          [&options](const std::string& url) {
            options.kinesis_endpoint = read_endpoint("--kinesis-endpoint", url, "kinesis");
          },
          "Server that stands for Kinesis and gets what tables deliver, http://localhost:4567 (default: it is only "
          "logged, GET /_millrace/kinesis/STREAM)")
      ->envname("MILLRACE_KINESIS_ENDPOINT")
      ->type_name("TEXT");
  serve
      .add_option_function<std::string>(
          "--s3-endpoint",
          [&options](const std::string& url) { options.s3_endpoint = read_endpoint("--s3-endpoint", url, "s3"); },
          "Server that speaks S3 and has the buckets of exports and imports, http://localhost:9000 (default: the "
          "directories of --buckets)")
      ->envname("MILLRACE_S3_ENDPOINT")
      ->type_name("TEXT");
  serve
      .add_option_function<std::string>(
          "--sqs-endpoint",
          [&options](const std::string& url) { options.sqs_endpoint = read_endpoint("--sqs-endpoint", url, "sqs"); },
          "Server that stands for SQS and gets what event source mappings give up, http://localhost:9324 (default: it "
          "is only kept, GET /_millrace/dead-letters)")
      ->envname("MILLRACE_SQS_ENDPOINT")
      ->type_name("TEXT");
  serve
      .add_option_function<std::string>(
          "--sns-endpoint",
          [&options](const std::string& url) { options.sns_endpoint = read_endpoint("--sns-endpoint", url, "sns"); },
          "Server that stands for SNS, likewise, http://localhost:9911")
      ->envname("MILLRACE_SNS_ENDPOINT")
      ->type_name("TEXT");
  serve
      .add_option_function<std::string>(
          "--signing-key",
          [key](const std::string& text) {
            const auto read = parse_access_key(text);
            if (!read) throw CLI::ValidationError("--signing-key", kHowToWriteKeys);
            *key = *read;
          },
          "Pair of keys with which those servers are asked, ID:SECRET (default: millrace:millrace)")
      ->envname("MILLRACE_SIGNING_KEY")
      ->type_name("TEXT");
  serve.parse_complete_callback([key, &options] {
    for (auto* const endpoint :
         {&options.kinesis_endpoint, &options.s3_endpoint, &options.sqs_endpoint, &options.sns_endpoint}) {
      if (!*endpoint) continue;
      (*endpoint)->key = *key;
      (*endpoint)->region = options.region;
    }
  });
}

}  // namespace millrace::cli
