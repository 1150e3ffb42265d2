#include "server/transfers/format/compression.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

namespace millrace::transfers {

void throw_exception_from_error(const Malformed& error, const boost::source_location& /*where*/) {
  throw std::logic_error("value() of what could not be read: " + error.reason);
}

namespace {

constexpr std::array<std::pair<Compression, std::string_view>, 3> kCompressions{
    {{Compression::kNone, "NONE"}, {Compression::kGzip, "GZIP"}, {Compression::kZstd, "ZSTD"}}};

constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for gzip: the largest window, and 16
constexpr std::size_t kMostAtOnce = std::size_t{64} * 1024;

// zlib's interface is of times before const.
Bytef* input_of(std::string_view text) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // NOLINT
}
Bytef* output_of(char* to) { return reinterpret_cast<Bytef*>(to); }  // NOLINT

class PlainUnpacker final : public Unpacker {
 public:
  ReadResult<void> unpack(std::string_view& packed, std::string& out, std::size_t at_most) override {
    const std::size_t taken = std::min(packed.size(), at_most);
    out.append(packed.substr(0, taken));
    packed.remove_prefix(taken);
    return {};
  }
  [[nodiscard]] bool may_end() const override { return true; }
};

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() {
    if (::inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc{};
  }
  ~GzipUnpacker() override { ::inflateEnd(&stream_); }

  ReadResult<void> unpack(std::string_view& packed, std::string& out, std::size_t at_most) override {
    if (packed.empty() && is_between_) return {};
    const std::size_t before = out.size();
    const std::size_t given = std::min<std::size_t>(packed.size(), std::numeric_limits<uInt>::max());
    out.resize(before + std::min(at_most, kMostAtOnce));
    stream_.next_in = input_of(packed);
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = output_of(out.data() + before);
    stream_.avail_out = static_cast<uInt>(out.size() - before);
    const int outcome = ::inflate(&stream_, Z_NO_FLUSH);
    packed.remove_prefix(given - stream_.avail_in);
    out.resize(out.size() - stream_.avail_out);
    if (outcome == Z_STREAM_END) {
      is_between_ = true;
      if (::inflateReset(&stream_) != Z_OK) throw std::bad_alloc{};
      return {};
    }
    if (outcome == Z_MEM_ERROR) throw std::bad_alloc{};
    if (outcome != Z_OK && outcome != Z_BUF_ERROR) return Malformed{"it is not gzip, or damaged"};
    is_between_ = is_between_ && given == stream_.avail_in;
    return {};
  }
  [[nodiscard]] bool may_end() const override { return is_between_; }

 private:
  z_stream stream_{};
  bool is_between_{true};  // no member of the file is open
};

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() : stream_{::ZSTD_createDStream(), &::ZSTD_freeDStream} {
    if (stream_ == nullptr) throw std::bad_alloc{};
  }

  ReadResult<void> unpack(std::string_view& packed, std::string& out, std::size_t at_most) override {
    if (packed.empty() && may_end_) return {};
    const std::size_t before = out.size();
    out.resize(before + std::min(at_most, kMostAtOnce));
    ZSTD_inBuffer input{packed.data(), packed.size(), 0};
    ZSTD_outBuffer output{out.data() + before, out.size() - before, 0};
    const std::size_t outcome = ::ZSTD_decompressStream(stream_.get(), &output, &input);
    packed.remove_prefix(input.pos);
    out.resize(before + output.pos);
    if (::ZSTD_isError(outcome) != 0) return Malformed{"it is not zstd, or damaged"};
    may_end_ = outcome == 0;
    return {};
  }
  [[nodiscard]] bool may_end() const override { return may_end_; }

 private:
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
  bool may_end_{true};
};

}  // namespace

std::string_view to_text(Compression compression) {
  return kCompressions[static_cast<std::size_t>(compression)].second;
}

std::optional<Compression> compression_from(std::string_view text) {
  for (const auto& [compression, name] : kCompressions) {
    if (name == text) return compression;
  }
  return std::nullopt;
}

std::unique_ptr<Unpacker> Unpacker::make(Compression compression) {
  switch (compression) {
    case Compression::kGzip: return std::make_unique<GzipUnpacker>();
    case Compression::kZstd: return std::make_unique<ZstdUnpacker>();
    case Compression::kNone: break;
  }
  return std::make_unique<PlainUnpacker>();
}

struct GzipWriter::State {
  z_stream stream{};
  std::string packed;
};

GzipWriter::GzipWriter() : state_{std::make_unique<State>()} {
  constexpr int kMemory = 8;
  if (::deflateInit2(&state_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::bad_alloc{};
  }
}

GzipWriter::~GzipWriter() { ::deflateEnd(&state_->stream); }

void GzipWriter::add(std::string_view text) {
  while (!text.empty()) {
    const auto piece = text.substr(0, std::numeric_limits<uInt>::max());
    deflate(piece, Z_NO_FLUSH);
    text.remove_prefix(piece.size());
  }
}

std::string GzipWriter::finish() {
  deflate({}, Z_FINISH);
  return std::move(state_->packed);
}

void GzipWriter::deflate(std::string_view text, int flush) {
  auto& [stream, packed] = *state_;
  stream.next_in = input_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  do {
    std::array<char, 16 * 1024> buffer;  // NOLINT(*-member-init): filled by zlib
    stream.next_out = output_of(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    if (::deflate(&stream, flush) == Z_STREAM_ERROR) throw std::logic_error{"zlib's state is damaged"};
    packed.append(buffer.data(), buffer.size() - stream.avail_out);
  } while (stream.avail_out == 0);
}

}  // namespace millrace::transfers
