#include "server/objects/s3_answers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::objects {
namespace {

TEST(S3Answers, AListing) {
  const auto page = read_listing(R"(<?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>exports</Name><EncodingType>url</EncodingType>
      <KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>
      <Contents><Key>a%2Fb+c%C3%A4%25</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>12</Size></Contents>
      <Contents><Key>a&amp;b</Key><Size>0</Size></Contents>
    </ListBucketResult>)");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(*page, (ObjectPage{{"a/b c\xC3\xA4%", 12}, {"a&b", 0}}));
}

TEST(S3Answers, AnEmptyListing) {
  const auto page = read_listing("<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>");
  ASSERT_TRUE(page.has_value());
  EXPECT_TRUE(page->empty());
}

TEST(S3Answers, KeysAreAsTheyAreUnlessTheListingSaysThatTheyAreEncoded) {
  const auto page =
      read_listing("<ListBucketResult><Contents><Key>a%2F+</Key><Size>1</Size></Contents></ListBucketResult>");
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->front().key, "a%2F+");
}

TEST(S3Answers, WhatIsNoListing) {
  for (const std::string text :
       {"", "<html>", "{}", "<Error/>", "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>"}) {
    const auto page = read_listing(text);
    ASSERT_TRUE(page.has_error()) << text;
    EXPECT_EQ(page.error().kind, ObjectErrorKind::kFailed);
  }
}

TEST(S3Answers, DeepTextIsNoTrouble) {
  std::string text;
  for (int depth = 0; depth < 500'000; ++depth) text.append("<a>");
  EXPECT_TRUE(read_listing(text).has_error());
}

TEST(S3Answers, Refusals) {
  const auto kind_of = [](unsigned status, std::string body) {
    return read_refusal({.status = status, .fields = {}, .body = std::move(body)}, "reading").kind;
  };
  EXPECT_EQ(kind_of(404, "<Error><Code>NoSuchKey</Code></Error>"), ObjectErrorKind::kNoSuchKey);
  EXPECT_EQ(kind_of(404, "<Error><Code>NoSuchBucket</Code></Error>"), ObjectErrorKind::kNoSuchBucket);
  EXPECT_EQ(kind_of(404, ""), ObjectErrorKind::kNoSuchKey);
  EXPECT_EQ(kind_of(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"), ObjectErrorKind::kAccessDenied);
  EXPECT_EQ(kind_of(400, "<Error><Code>InvalidBucketName</Code></Error>"), ObjectErrorKind::kUnusableName);
  EXPECT_EQ(kind_of(503, "<Error><Code>SlowDown</Code></Error>"), ObjectErrorKind::kUnavailable);
  EXPECT_EQ(kind_of(418, "tea"), ObjectErrorKind::kFailed);
  EXPECT_EQ(read_refusal({.status = 404,
                          .fields = {},
                          .body = "<Error><Code>NoSuchKey</Code><Message>It is not there"
                                  "</Message></Error>"},
                         "reading s3://b/k")
                .detail,
            "reading s3://b/k: 404 NoSuchKey, It is not there");
}

}  // namespace
}  // namespace millrace::objects
