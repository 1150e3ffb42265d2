// Reading one request: Beast's incremental parser, filling storage that a connection keeps from request to request.
//
// Beast's ready-made parser puts every field into a node of its own. Here the whole header is one text with offsets,
// and the fields that the dispatcher asks for are noted as they pass by.
#pragma once

#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// Fields that are looked at on every request.
enum class KnownField : std::uint8_t {
  kAcceptEncoding,
  kAmzDate,
  kAmzTarget,
  kAuthorization,
  kContentEncoding,
  kContentType,
  kCorsHeaders,  ///< Access-Control-Request-Headers
  kCorsMethod,   ///< Access-Control-Request-Method
  kDate,
  kExpect,
  kFetchSite,  ///< Sec-Fetch-Site
  kHost,
  kOrigin,
};
inline constexpr std::size_t kKnownFieldCount = 13;

/// Request line and fields, as UTF-8 (utf8.hpp). Views are valid until clear().
class RequestHead {
 public:
  void clear();

  [[nodiscard]] std::string_view method() const { return view(method_); }
  /// Without the query; of an absolute target (`http://host/path`) the path only.
  [[nodiscard]] std::string_view path() const { return view(path_); }
  /// Without the question mark.
  [[nodiscard]] std::string_view query() const { return view(query_); }

  /// The first field of that name, or empty.
  [[nodiscard]] std::string_view known(KnownField field) const;
  [[nodiscard]] bool has(KnownField field) const { return known_[static_cast<std::size_t>(field)] != kAbsent; }
  /// The same for any name, in any case. Linear.
  [[nodiscard]] std::string_view find(std::string_view name) const;
  /// All fields of that name, in any case, in their order. Linear.
  [[nodiscard]] std::vector<std::string_view> find_all(std::string_view name) const;
  /// find() among the fields behind a chunked body.
  [[nodiscard]] std::string_view find_trailer(std::string_view name) const;

 private:
  friend class RequestParser;
  static constexpr std::uint32_t kAbsent = ~std::uint32_t{0};

  struct Slice {
    std::uint32_t at{0};
    std::uint32_t length{0};
  };
  struct Field {
    Slice name;
    Slice value;
  };

  [[nodiscard]] std::string_view view(Slice slice) const {
    return std::string_view{text_}.substr(slice.at, slice.length);
  }
  Slice keep(std::string_view text);
  /// Keeps a field as it is: make_utf8() has to follow when all of them are there. Once for a header costs less than
  /// for each of its texts.
  void add_raw_field(std::string_view name, std::string_view value);
  void make_utf8();
  void add_trailer(std::string_view name, std::string_view value);
  [[nodiscard]] std::string_view find_from(std::size_t begin, std::size_t end, std::string_view name) const;

  std::string text_;
  Slice method_;
  Slice path_;
  Slice query_;
  std::vector<Field> fields_;
  std::size_t header_fields_{0};  ///< what follows them are trailers
  std::array<std::uint32_t, kKnownFieldCount> known_{};
};

/// Decides about a request by its head, before a byte of its body is taken.
class HeadJudge {
 public:
  HeadJudge() = default;
  HeadJudge(const HeadJudge&) = delete;
  HeadJudge& operator=(const HeadJudge&) = delete;
  virtual ~HeadJudge() = default;

  /// The most bytes that the request's body may have, as sent; or sets `error`, with which the parser then fails.
  virtual std::size_t judge(const RequestHead& head, boost::beast::error_code& error) = 0;
};

/// Parses one request; made anew for each. Fails with Beast's http::error (header_limit, body_limit, or what is wrong
/// with the text), with errc::not_supported for a transfer coding other than chunked, or with what the judge says.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  /// `most_header_bytes` is for request line and fields together. `head` and `body` are cleared here, filled while
  /// parsing, and like `judge` outlive the parser.
  RequestParser(RequestHead& head, std::string& body, std::size_t most_header_bytes, HeadJudge& judge);

  /// Whether the peer speaks HTTP/1.0 or older, which knows no chunks. When the request line is there.
  [[nodiscard]] bool is_http_1_0() const { return is_http_1_0_; }

 private:
  using Text = boost::beast::string_view;
  using ErrorCode = boost::beast::error_code;

  void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version, ErrorCode& error) override;
  void on_response_impl(int code, Text reason, int version, ErrorCode& error) override;
  void on_field_impl(boost::beast::http::field field, Text name, Text value, ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& content_length, ErrorCode& error) override;
  std::size_t on_body_impl(Text piece, ErrorCode& error) override;
  void on_chunk_header_impl(std::uint64_t size, Text extensions, ErrorCode& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, Text piece, ErrorCode& error) override;
  void on_finish_impl(ErrorCode& error) override;

  void check_transfer_coding(std::string_view codings, ErrorCode& error);
  std::size_t take(Text piece);

  RequestHead& head_;
  std::string& body_;
  const std::size_t most_header_bytes_;
  HeadJudge& judge_;
  std::size_t header_bytes_{0};
  std::size_t most_body_bytes_{0};  ///< that may come: its length, or what the judge allows
  bool has_transfer_coding_{false};
  bool is_http_1_0_{false};
  bool in_trailer_{false};
};

/// Whether two header texts are equal but for case.
bool equal_ignoring_case(std::string_view left, std::string_view right);

}  // namespace millrace::http
