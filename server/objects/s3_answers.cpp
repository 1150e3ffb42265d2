#include "server/objects/s3_answers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <pugixml.hpp>

namespace millrace::objects {
namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/// A key as encoding-type=url shows it: a form's encoding, of bytes that need not be UTF-8.
std::string decode_key(std::string_view text) {
  std::string key;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '%' && at + 2 < text.size();
    const int high = escape ? hex_value(text[at + 1]) : -1;
    const int low = escape ? hex_value(text[at + 2]) : -1;
    if (high >= 0 && low >= 0) {
      key.push_back(static_cast<char>(high * 16 + low));
      at += 2;
    } else {
      key.push_back(text[at] == '+' ? ' ' : text[at]);
    }
  }
  return key;
}

ObjectErrorKind kind_of(unsigned status, std::string_view code) {
  if (code == "NoSuchBucket") return ObjectErrorKind::kNoSuchBucket;
  if (code == "NoSuchKey" || status == 404) return ObjectErrorKind::kNoSuchKey;
  if (status == 401 || status == 403) return ObjectErrorKind::kAccessDenied;
  if (code == "InvalidBucketName" || code == "KeyTooLongError") return ObjectErrorKind::kUnusableName;
  if (status == 429 || status >= 500) return ObjectErrorKind::kUnavailable;
  return ObjectErrorKind::kFailed;
}

}  // namespace

ObjectResult<ObjectPage> read_listing(std::string_view xml) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  const auto result = document.child("ListBucketResult");
  if (!parsed || !result) return ObjectError{ObjectErrorKind::kFailed, "the answer is no listing of a bucket"};
  const bool encoded = std::string_view{result.child_value("EncodingType")} == "url";
  ObjectPage page;
  for (auto entry = result.child("Contents"); entry; entry = entry.next_sibling("Contents")) {
    const std::string_view key = entry.child_value("Key");
    const std::string_view size = entry.child_value("Size");
    ListedObject object{encoded ? decode_key(key) : std::string{key}, 0};
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size);
    if (key.empty() || error != std::errc{} || end != size.data() + size.size()) {
      return ObjectError{ObjectErrorKind::kFailed, "the listing of the bucket has an object without a key or a size"};
    }
    page.push_back(std::move(object));
  }
  return page;
}

ObjectError read_refusal(const http_client::Answer& answer, std::string_view what) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(answer.body.data(), answer.body.size());
  const auto error = parsed ? document.child("Error") : pugi::xml_node{};
  const std::string code = error.child_value("Code");
  const std::string message = error.child_value("Message");
  return {kind_of(answer.status, code), fmt::format("{}: {}{}{}{}", what, answer.status, code.empty() ? "" : " ", code,
                                                    message.empty() ? "" : ", " + message)};
}

}  // namespace millrace::objects
