#include "server/http/message/content_coding.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "server/http/message/request_parser.hpp"

namespace millrace::http {
namespace {

struct FreeCodec {
  void operator()(libdeflate_compressor* codec) const { libdeflate_free_compressor(codec); }
  void operator()(libdeflate_decompressor* codec) const { libdeflate_free_decompressor(codec); }
};

// Answers of a few hundred kilobytes on a loopback: speed matters, the ratio does not.
constexpr int kCompressionLevel = 1;

// Each member costs set-up time however small it is; block gzip has one per 64 KB.
constexpr int kMaxMembers = 1024;

libdeflate_compressor& compressor() {
  thread_local const std::unique_ptr<libdeflate_compressor, FreeCodec> codec{
      libdeflate_alloc_compressor(kCompressionLevel)};
  if (!codec) throw std::bad_alloc{};
  return *codec;
}

libdeflate_decompressor& decompressor() {
  thread_local const std::unique_ptr<libdeflate_decompressor, FreeCodec> codec{libdeflate_alloc_decompressor()};
  if (!codec) throw std::bad_alloc{};
  return *codec;
}

/// Decodes one gzip member or zlib stream off the front of `input` and appends it to `output`.
Decoded decode_one(Coding coding, std::string_view& input, std::string& output, std::size_t limit) {
  const auto decode = coding == Coding::kGzip ? &libdeflate_gzip_decompress_ex : &libdeflate_zlib_decompress_ex;
  const std::size_t start = output.size();
  // The decoded size is not known. Doubling from a fair guess decodes everything at most about twice.
  std::size_t room = std::min(limit - start, std::max<std::size_t>(input.size() * 4, 4096));
  for (;;) {
    output.resize(start + room);
    std::size_t consumed = 0;
    std::size_t produced = 0;
    switch (decode(&decompressor(), input.data(), input.size(), output.data() + start, room, &consumed, &produced)) {
      case LIBDEFLATE_SUCCESS:
        output.resize(start + produced);
        input.remove_prefix(consumed);
        return Decoded::kDone;
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        if (room == limit - start) return Decoded::kTooLarge;
        room = std::min(limit - start, room * 2);
        break;
      case LIBDEFLATE_BAD_DATA:
      case LIBDEFLATE_SHORT_OUTPUT: return Decoded::kCorrupt;
    }
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the trimmed text up to the next `separator` off `rest`.
std::string_view take_part(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = trim(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// The weight in the parameters of an Accept-Encoding element, between 0 and 1. DynamoDB parses no parameters: it reads
/// what follows the first `q=`, though that be the end of another name, and knows no blank before the `=`.
double weight_of(std::string_view parameters) {
  constexpr std::string_view kMark = "q=";
  const std::size_t mark = parameters.find(kMark);
  if (mark == std::string_view::npos) return 1;
  parameters.remove_prefix(mark + kMark.size());
  const std::string_view value = take_part(parameters, ';');
  double weight = 1;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), weight);
  if (error != std::errc{} || end != value.data() + value.size()) return 1;
  return std::clamp(weight, 0.0, 1.0);
}

bool begins_gzip_member(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

}  // namespace

std::string_view name_of(Coding coding) {
  switch (coding) {
    case Coding::kGzip: return "gzip";
    case Coding::kDeflate: return "deflate";
    case Coding::kIdentity: break;
  }
  return {};
}

Decoded decode_body(std::string_view content_encoding, std::string& body, std::size_t limit) {
  const std::string_view name = trim(content_encoding);
  if (name.empty() || equal_ignoring_case(name, "identity")) return Decoded::kDone;
  Coding coding = Coding::kGzip;
  if (equal_ignoring_case(name, "deflate")) {
    coding = Coding::kDeflate;
  } else if (!equal_ignoring_case(name, "gzip")) {
    return Decoded::kUnsupported;
  }
  std::string decoded;
  std::string_view input{body};
  int members = 0;
  do {
    if (coding == Coding::kDeflate && members == 1) return Decoded::kCorrupt;
    if (++members > kMaxMembers) return Decoded::kTooLarge;
    const Decoded outcome = decode_one(coding, input, decoded, limit);
    if (outcome != Decoded::kDone) return outcome;
  } while (coding == Coding::kGzip ? begins_gzip_member(input) : !input.empty());
  body = std::move(decoded);
  return Decoded::kDone;
}

Coding choose_coding(std::string_view accept_encoding) {
  struct Candidate {
    Coding coding;
    std::string_view name;
    bool named{false};
    double weight{0};
    std::size_t position{0};
  };
  std::array<Candidate, 2> candidates{Candidate{Coding::kGzip, "gzip"}, Candidate{Coding::kDeflate, "deflate"}};
  std::optional<double> others;
  std::size_t position = 0;
  while (!accept_encoding.empty()) {
    std::string_view element = take_part(accept_encoding, ',');
    const std::string_view name = take_part(element, ';');
    ++position;
    if (name == "*" && !others) others = weight_of(element);
    for (Candidate& candidate : candidates) {
      if (!equal_ignoring_case(name, candidate.name)) continue;
      const double weight = weight_of(element);
      if (candidate.named && weight <= candidate.weight) continue;
      candidate.named = true;
      candidate.weight = weight;
      candidate.position = position;
    }
  }
  for (Candidate& candidate : candidates) {
    if (candidate.named) continue;
    candidate.weight = others.value_or(0);
    candidate.position = position + 1;
  }
  const auto& [gzip, deflate] = candidates;
  if (gzip.weight <= 0 && deflate.weight <= 0) return Coding::kIdentity;
  if (gzip.weight != deflate.weight) return gzip.weight > deflate.weight ? Coding::kGzip : Coding::kDeflate;
  return gzip.position <= deflate.position ? Coding::kGzip : Coding::kDeflate;
}

void encode_body(Coding coding, std::string& body) {
  libdeflate_compressor& codec = compressor();
  std::string encoded;
  if (coding == Coding::kGzip) {
    encoded.resize(libdeflate_gzip_compress_bound(&codec, body.size()));
    encoded.resize(libdeflate_gzip_compress(&codec, body.data(), body.size(), encoded.data(), encoded.size()));
  } else {
    encoded.resize(libdeflate_zlib_compress_bound(&codec, body.size()));
    encoded.resize(libdeflate_zlib_compress(&codec, body.data(), body.size(), encoded.data(), encoded.size()));
  }
  body = std::move(encoded);
}

std::uint32_t crc32_of(std::string_view bytes) { return libdeflate_crc32(0, bytes.data(), bytes.size()); }

}  // namespace millrace::http
