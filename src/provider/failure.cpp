#include "smelt/provider/failure.hpp"

namespace smelt::provider {

bool concerns_account(failure_kind kind) {
    return kind == failure_kind::key || kind == failure_kind::quota || kind == failure_kind::busy;
}

bool needs_person(failure_kind kind) {
    return kind == failure_kind::key || kind == failure_kind::quota || kind == failure_kind::not_found;
}

bool is_refusal(failure_kind kind) {
    return concerns_account(kind) || kind == failure_kind::not_found || kind == failure_kind::request;
}

} // namespace smelt::provider
