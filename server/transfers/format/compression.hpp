// Compressed files, a portion at a time: how large the whole is never matters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/transfers/format/malformed.hpp"

namespace millrace::transfers {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

/// AWS's spellings: `NONE`, `GZIP`, `ZSTD`.
std::string_view to_text(Compression compression);
std::optional<Compression> compression_from(std::string_view text);

/// Unpacks one file. Several files of the format one behind the other are one, as their tools have it.
class Unpacker {
 public:
  /// Takes some memory of its own: a window of 32 KB for gzip, of 128 MB at most for zstd.
  static std::unique_ptr<Unpacker> make(Compression compression);
  Unpacker() = default;
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  virtual ~Unpacker() = default;

  /// Takes bytes of the file from the front of `packed` and appends what they stand for to `out`, about `at_most`
  /// bytes. Call it again while `packed` is not empty or it has appended something. Errors: not of the format.
  virtual ReadResult<void> unpack(std::string_view& packed, std::string& out, std::size_t at_most) = 0;
  /// Whether the file may end here.
  [[nodiscard]] virtual bool may_end() const = 0;
};

/// Makes one gzip file. Throws std::bad_alloc.
class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void add(std::string_view text);
  /// The whole file. Once; nothing may be added afterwards.
  std::string finish();

 private:
  struct State;
  void deflate(std::string_view text, int flush);
  std::unique_ptr<State> state_;
};

}  // namespace millrace::transfers
