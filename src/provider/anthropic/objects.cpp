#include "objects.hpp"

#include "anthropic.hpp"

#include "smelt/base/text.hpp"

namespace smelt::provider {
namespace {

struct counts {
    std::int64_t processing = 0, succeeded = 0, errored = 0, cancelled = 0, expired = 0;
    [[nodiscard]] std::int64_t total() const { return processing + succeeded + errored + cancelled + expired; }
};

/// Nothing when one of them is no count, or all together are too many.
std::optional<counts> counts_of(const json &batch) {
    const auto *object = find_member(batch, "request_counts");
    if (object == nullptr)
        return std::nullopt;
    bool known = true;
    const auto count = [&](const char *name) {
        const auto value = count_or_zero(*object, name);
        known = known && value.has_value();
        return value.value_or(0);
    };
    const counts out{count("processing"), count("succeeded"), count("errored"), count("canceled"), count("expired")};
    return known && out.total() <= most_counted ? std::optional{out} : std::nullopt;
}

/// A convention of this project, not the vendor's (docs/protocols.md, Anthropic states).
remote_state end_of(const json &batch, const counts &n) {
    if (!text_of(batch, "cancel_initiated_at").empty() && n.cancelled > 0)
        return remote_state::cancelled;
    return n.expired > 0 && n.processing == 0 ? remote_state::expired : remote_state::completed;
}

remote_state parse_processing_status(std::string_view status) {
    const auto name = lower_ascii(status);
    if (name == "in_progress")
        return remote_state::running;
    if (name == "canceling" || name == "cancelling")
        return remote_state::cancelling;
    return name == "ended" ? remote_state::completed : remote_state::unknown;
}

std::optional<failure_kind> meaning_of(const json &error, const api_error &read) {
    const auto *details = find_member(error, "details");
    const bool at_limit = details != nullptr && text_of(*details, "error_code") == "enforced_spend_limit_reached";
    // An account without money is refused with the type of an invalid request.
    const bool no_credit = read.message.find("credit balance is too low") != std::string::npos;
    return at_limit || no_credit ? std::optional{failure_kind::quota} : std::nullopt;
}

} // namespace

std::optional<api_error> parse_anthropic_error(std::string_view body) {
    return parse_api_error(body, meaning_of);
}

remote_state anthropic::state_of(std::string_view status) const {
    return parse_processing_status(status);
}

std::optional<remote_batch> parse_message_batch(const json &batch) {
    remote_batch out;
    out.id = text_of(batch, "id");
    if (out.id.empty())
        return std::nullopt;
    out.status = text_of(batch, "processing_status");
    const auto n = counts_of(batch);
    if (n && n->total() > 0)
        out.total = n->total();
    out.state = parse_processing_status(out.status);
    if (is_terminal(out.state)) {
        out.state = end_of(batch, n.value_or(counts{}));
        if (n) {
            out.completed = n->succeeded;
            out.failed = n->errored;
        }
        out.output_file = out.id;
    }
    out.created = date_of(batch, "created_at");
    return out;
}

} // namespace smelt::provider
