#include "lines.hpp"

#include <algorithm>
#include <array>

namespace smelt::sim {
namespace {

struct status_word {
    std::string_view name;
    int rpc;
    int http;
};

// Of several words with one HTTP status the first is the one that goes with it.
constexpr std::array<status_word, 15> words{{{"INVALID_ARGUMENT", 3, 400},
                                             {"FAILED_PRECONDITION", 9, 400},
                                             {"OUT_OF_RANGE", 11, 400},
                                             {"UNAUTHENTICATED", 16, 401},
                                             {"PERMISSION_DENIED", 7, 403},
                                             {"NOT_FOUND", 5, 404},
                                             {"ABORTED", 10, 409},
                                             {"ALREADY_EXISTS", 6, 409},
                                             {"RESOURCE_EXHAUSTED", 8, 429},
                                             {"CANCELLED", 1, 499},
                                             {"INTERNAL", 13, 500},
                                             {"UNKNOWN", 2, 500},
                                             {"UNIMPLEMENTED", 12, 501},
                                             {"UNAVAILABLE", 14, 503},
                                             {"DEADLINE_EXCEEDED", 4, 504}}};

} // namespace

std::string_view gemini_status(int http_status, std::string_view word) {
    for (const auto &known : words)
        if (known.name == word)
            return known.name;
    for (const auto &known : words)
        if (known.http == http_status)
            return known.name;
    return http_status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
}

std::string unknown_name(std::string_view name, std::string_view place) {
    std::string out = "Invalid JSON payload received. Unknown name \"" + std::string{name} + "\"";
    if (!place.empty())
        out.append(" at '").append(place) += '\'';
    return out + ": Cannot find field.";
}

int rpc_code(std::string_view status) {
    constexpr int unknown = 2;
    const auto at = std::find_if(words.begin(), words.end(), [&](const auto &known) { return known.name == status; });
    return at == words.end() ? unknown : at->rpc;
}

} // namespace smelt::sim
