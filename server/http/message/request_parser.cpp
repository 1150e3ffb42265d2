#include "server/http/message/request_parser.hpp"

#include <algorithm>
#include <boost/system/errc.hpp>
#include <optional>
#include <utility>

#include "server/http/message/utf8.hpp"
#include "server/json/document.hpp"

namespace millrace::http {
namespace {

namespace beast_http = boost::beast::http;

// A length is only a promise: more than this is not made ready before its bytes arrive.
constexpr std::uint64_t kTrustedLength = std::uint64_t{256} << 10U;

std::string_view to_std(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::optional<KnownField> known_field(beast_http::field field, std::string_view name) {
  using enum KnownField;
  switch (field) {
    case beast_http::field::accept_encoding: return kAcceptEncoding;
    case beast_http::field::access_control_request_headers: return kCorsHeaders;
    case beast_http::field::access_control_request_method: return kCorsMethod;
    case beast_http::field::authorization: return kAuthorization;
    case beast_http::field::content_encoding: return kContentEncoding;
    case beast_http::field::content_type: return kContentType;
    case beast_http::field::date: return kDate;
    case beast_http::field::expect: return kExpect;
    case beast_http::field::host: return kHost;
    case beast_http::field::origin: return kOrigin;
    case beast_http::field::sec_fetch_site: return kFetchSite;
    case beast_http::field::unknown:
      if (equal_ignoring_case(name, "x-amz-target")) return kAmzTarget;
      if (equal_ignoring_case(name, "x-amz-date")) return kAmzDate;
      return std::nullopt;
    default: return std::nullopt;
  }
}

char to_lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

}  // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  if (left == right) return true;  // mostly: for less than to go through the letters
  return std::equal(left.begin(), left.end(), right.begin(),
                    [](char a, char b) { return a == b || to_lower(a) == to_lower(b); });
}

void RequestHead::clear() {
  text_.clear();
  fields_.clear();
  header_fields_ = 0;
  method_ = path_ = query_ = Slice{};
  known_.fill(kAbsent);
}

std::string_view RequestHead::known(KnownField field) const {
  const std::uint32_t index = known_[static_cast<std::size_t>(field)];
  return index == kAbsent ? std::string_view{} : view(fields_[index].value);
}

std::string_view RequestHead::find(std::string_view name) const { return find_from(0, header_fields_, name); }

std::vector<std::string_view> RequestHead::find_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (std::size_t at = 0; at < header_fields_; ++at) {
    if (equal_ignoring_case(view(fields_[at].name), name)) values.push_back(view(fields_[at].value));
  }
  return values;
}

std::string_view RequestHead::find_trailer(std::string_view name) const {
  return find_from(header_fields_, fields_.size(), name);
}

std::string_view RequestHead::find_from(std::size_t begin, std::size_t end, std::string_view name) const {
  for (std::size_t at = begin; at < end; ++at) {
    if (equal_ignoring_case(view(fields_[at].name), name)) return view(fields_[at].value);
  }
  return {};
}

RequestHead::Slice RequestHead::keep(std::string_view text) {
  const auto start = static_cast<std::uint32_t>(text_.size());
  append_as_utf8(text_, text);
  return {start, static_cast<std::uint32_t>(text_.size()) - start};
}

void RequestHead::add_raw_field(std::string_view name, std::string_view value) {
  const auto start = static_cast<std::uint32_t>(text_.size());
  const auto name_length = static_cast<std::uint32_t>(name.size());
  text_.resize(start + name.size() + value.size());
  name.copy(text_.data() + start, name.size());
  value.copy(text_.data() + start + name_length, value.size());
  fields_.push_back({{start, name_length}, {start + name_length, static_cast<std::uint32_t>(value.size())}});
}

void RequestHead::add_trailer(std::string_view name, std::string_view value) {
  const Slice kept = keep(name);
  fields_.push_back({kept, keep(value)});
}

void RequestHead::make_utf8() {
  if (is_ascii(text_)) return;
  const std::string raw = std::exchange(text_, {});
  const auto keep_again = [&](Slice& slice) { slice = keep(std::string_view{raw}.substr(slice.at, slice.length)); };
  for (Slice* const slice : {&method_, &path_, &query_}) keep_again(*slice);
  for (Field& field : fields_) {
    keep_again(field.name);
    keep_again(field.value);
  }
}

RequestParser::RequestParser(RequestHead& head, std::string& body, std::size_t most_header_bytes, HeadJudge& judge)
    : head_{head}, body_{body}, most_header_bytes_{most_header_bytes}, judge_{judge} {
  head_.clear();
  body_.clear();
  eager(true);
  header_limit(static_cast<std::uint32_t>(most_header_bytes));
  body_limit(boost::none);  // the judge sets it
}

void RequestParser::on_request_impl(beast_http::verb, Text method, Text target, int version, ErrorCode&) {
  is_http_1_0_ = version < 11;
  std::string_view path = to_std(target);
  if (!path.starts_with('/')) {
    if (const std::size_t scheme = path.find("://"); scheme != std::string_view::npos) {
      path.remove_prefix(std::min(path.find_first_of("/?", scheme + 3), path.size()));
    }
  }
  const std::size_t question_mark = std::min(path.find('?'), path.size());
  head_.method_ = head_.keep(to_std(method));
  head_.path_ = head_.keep(question_mark == 0 ? std::string_view{"/"} : path.substr(0, question_mark));
  head_.query_ = head_.keep(path.substr(std::min(question_mark + 1, path.size())));
  header_bytes_ = method.size() + target.size();
}

void RequestParser::on_response_impl(int, Text, int, ErrorCode&) {}

void RequestParser::on_field_impl(beast_http::field field, Text name, Text value, ErrorCode& error) {
  // Beast's limit is for what it sees at once; a header in many packets has to be added up here.
  header_bytes_ += name.size() + value.size() + 4;
  if (header_bytes_ > most_header_bytes_) {
    error = beast_http::error::header_limit;
    return;
  }
  if (in_trailer_) {
    head_.add_trailer(to_std(name), to_std(value));
    return;
  }
  if (field == beast_http::field::transfer_encoding) {
    check_transfer_coding(to_std(value), error);
    if (error) return;
  }
  if (const auto known = known_field(field, to_std(name))) {
    std::uint32_t& index = head_.known_[static_cast<std::size_t>(*known)];
    if (index == RequestHead::kAbsent) {
      index = static_cast<std::uint32_t>(head_.fields_.size());
    } else if (*known == KnownField::kHost) {
      error = beast_http::error::bad_value;  // RFC 9112, 3.2: who is asked must not be a matter of choice
      return;
    }
  }
  head_.add_raw_field(to_std(name), to_std(value));
}

void RequestParser::check_transfer_coding(std::string_view codings, ErrorCode& error) {
  // Beast takes a message with an unknown coding for one without a body, and the body for the next request.
  if (is_http_1_0_ || std::exchange(has_transfer_coding_, true)) {
    error = beast_http::error::bad_transfer_encoding;
  } else if (!equal_ignoring_case(codings, "chunked")) {
    error = make_error_code(boost::system::errc::not_supported);
  }
}

void RequestParser::on_header_impl(ErrorCode& error) {
  in_trailer_ = true;
  head_.header_fields_ = head_.fields_.size();
  head_.make_utf8();
  const std::size_t most_bytes = judge_.judge(head_, error);
  if (error) return;
  body_limit(most_bytes);
  if (content_length().value_or(0) > most_bytes) error = beast_http::error::body_limit;
  most_body_bytes_ =
      static_cast<std::size_t>(std::min<std::uint64_t>(content_length().value_or(most_bytes), most_bytes));
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& content_length, ErrorCode&) {
  // The padding lets simdjson parse the body where it lies.
  body_.reserve(static_cast<std::size_t>(std::min(content_length.value_or(0), kTrustedLength)) + json::kPadding);
}

std::size_t RequestParser::on_body_impl(Text piece, ErrorCode&) { return take(piece); }

// A text that grows by doubling is copied each time, and everybody waits while 32 MB are. Room for all that may come is
// no more than a range of addresses until its bytes arrive, so a large body takes it once.
std::size_t RequestParser::take(Text piece) {
  const std::size_t needed = body_.size() + piece.size() + json::kPadding;
  if (needed > kTrustedLength && needed > body_.capacity())
    body_.reserve(std::max(most_body_bytes_ + json::kPadding, needed));
  body_.append(piece.data(), piece.size());
  return piece.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) {}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text piece, ErrorCode&) { return take(piece); }

void RequestParser::on_finish_impl(ErrorCode&) {}

}  // namespace millrace::http
