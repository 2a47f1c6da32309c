#include "limits.hpp"

#include <limits>

namespace smelt::sim {

std::int64_t most_requests(const options &settings, dialect spoken) {
    if (settings.requests_per_batch != 0)
        return settings.requests_per_batch;
    switch (wire_of(spoken)) {
    case wire::mistral:
        return 1'000'000;
    case wire::anthropic:
        return 100'000;
    case wire::gemini:
        return std::numeric_limits<std::int64_t>::max();
    case wire::openai:
        break;
    }
    return 50'000;
}

std::int64_t most_bytes(const options &settings, dialect spoken) {
    if (settings.bytes_per_file != 0)
        return settings.bytes_per_file;
    switch (wire_of(spoken)) {
    case wire::mistral:
        return 512'000'000;
    case wire::anthropic:
        return 256'000'000;
    case wire::gemini:
        return most_bytes_anywhere;
    case wire::openai:
        break;
    }
    return 200'000'000;
}

} // namespace smelt::sim
