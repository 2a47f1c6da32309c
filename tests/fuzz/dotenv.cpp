#include "smelt/config/dotenv.hpp"

#include "smelt/base/error.hpp"

#include <cstddef>
#include <cstdint>

/// A .env file is read or refused with its line, whatever is in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char *>(data), size};
    try {
        smelt::config::parse_dotenv(text, ".env");
    } catch (const smelt::file_error &) {
    }
    return 0;
}
