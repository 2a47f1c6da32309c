#include "smelt/provider/batch_api.hpp"

namespace smelt::provider {

bool is_terminal(remote_state s) {
    return s == remote_state::completed || s == remote_state::failed || s == remote_state::expired ||
           s == remote_state::cancelled;
}

std::string_view to_string(remote_state s) {
    switch (s) {
    case remote_state::validating:
        return "validating";
    case remote_state::running:
        return "running";
    case remote_state::finalizing:
        return "finalizing";
    case remote_state::cancelling:
        return "cancelling";
    case remote_state::completed:
        return "completed";
    case remote_state::failed:
        return "failed";
    case remote_state::expired:
        return "expired";
    case remote_state::cancelled:
        return "cancelled";
    case remote_state::unknown:
        break;
    }
    return "unknown";
}

} // namespace smelt::provider
