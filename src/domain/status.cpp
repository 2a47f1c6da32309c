#include "smelt/domain/status.hpp"

#include <array>

namespace smelt {
namespace {

template <std::size_t N, class Enum>
std::string_view name(const std::array<std::string_view, N> &names, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    return index < N ? names[index] : "invalid";
}

} // namespace

std::string_view to_string(item_status value) {
    static constexpr std::array<std::string_view, 7> names{"pending", "submitted", "extracted", "failed_validation",
                                                           "failed",  "skipped",   "waiting"};
    return name(names, value);
}

std::string_view to_string(batch_state value) {
    static constexpr std::array<std::string_view, 7> names{"building", "submitting", "unknown",  "open",
                                                           "ended",    "closed",     "abandoned"};
    return name(names, value);
}

std::string_view to_string(outcome_kind value) {
    static constexpr std::array<std::string_view, 8> names{"accepted",  "rejected", "errored", "expired",
                                                           "cancelled", "missing",  "not_run", "not_sent"};
    return name(names, value);
}

std::string_view to_string(cause_kind value) {
    static constexpr std::array<std::string_view, 19> names{
        "none",           "schema",           "rule",      "not_json",  "truncated", "refused",
        "content_filter", "rejected_request", "transport", "expired",   "cancelled", "missing",
        "unstorable",     "rule_error",       "render",    "too_large", "not_run",   "unreadable",
        "empty"};
    return name(names, value);
}

std::string_view to_string(effect_kind value) {
    static constexpr std::array<std::string_view, 8> names{"accept",  "spend_attempt", "spend_delivery", "fail",
                                                           "requeue", "enlarge",       "climb",          "fall_back"};
    return name(names, value);
}

std::string_view to_string(review_state value) {
    switch (value) {
    case review_state::none:
        return "none";
    case review_state::wanted:
        return "wanted";
    case review_state::given:
        return "given";
    case review_state::overtaken:
        return "overtaken";
    }
    return "invalid";
}

std::string_view to_string(verdict_kind value) {
    static constexpr std::array<std::string_view, 5> names{"accepted", "edited", "rejected", "failed", "approved"};
    return name(names, value);
}

std::string_view to_string(batch_kind value) {
    static constexpr std::array<std::string_view, 3> names{"provider", "human", "rules"};
    return name(names, value);
}

std::string_view to_string(write_back_event value) {
    switch (value) {
    case write_back_event::accepted:
        return "accepted";
    case write_back_event::doubtful:
        return "doubtful";
    case write_back_event::failed:
        return "failed";
    case write_back_event::skipped:
        return "skipped";
    case write_back_event::reopened:
        return "reopened";
    case write_back_event::forgotten:
        return "forgotten";
    }
    return "invalid";
}

} // namespace smelt
