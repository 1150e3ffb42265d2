// The checksums of exported files.
#pragma once

#include <string>
#include <string_view>

namespace millrace::transfers {

/// The 16 bytes of the MD5 sum.
std::string md5(std::string_view bytes);
/// Lower-case hexadecimal, as S3 writes the ETag of an object.
std::string to_hex(std::string_view bytes);

}  // namespace millrace::transfers
