#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// The words of docs/architecture.md as types. Their numbers are stored, so they are never reused; the functions
/// smelt.*_name() of migrations/ hold the same table and a test compares the two.
namespace smelt {

enum class item_status : std::int16_t {
    pending = 0,
    submitted = 1,
    extracted = 2,
    failed_validation = 3,
    failed = 4,
    skipped = 5,
    waiting = 6, ///< cannot be sent yet: a task that it needs has no accepted answer
};

enum class batch_state : std::int16_t {
    building = 0,   ///< claimed, spool file and upload in progress; nothing was created
    submitting = 1, ///< the create may be under way until send_until
    unknown = 2,    ///< the create may have succeeded; lookup decides
    open = 3,       ///< the provider has it
    ended = 4,      ///< the provider is done; results are being collected
    closed = 5,     ///< everything is accounted for
    abandoned = 6,  ///< proven that nothing was made, or that it is absent
};

/// What happens to an item that the user's own tables may be told of (write_back). Summed in a set.
enum class write_back_event : std::int16_t {
    accepted = 1, ///< it has a new result
    doubtful = 2, ///< instead: a result below the task's review_below
    failed = 4,   ///< it has ended without a result
    skipped = 8,
    reopened = 16,  ///< what was said of it before does not hold any more: it is to be sent again
    forgotten = 32, ///< its record was forgotten: nothing of it is known but the key
};

/// Whether a person has judged an item's last answer. Stored as the first letter of the name.
enum class review_state : char {
    none = 'n',      ///< no review is wanted
    wanted = 'w',    ///< the answer is doubtful: its score is below the task's review_below
    given = 'g',     ///< a person has judged it; nothing replaces it by itself
    overtaken = 'o', ///< given, and what the answer was made from has changed since
};

/// What a person says of an answer.
enum class verdict_kind : std::int16_t {
    accepted = 0,
    edited = 1,
    rejected = 2, ///< asked again, with the reason as feedback
    failed = 3,   ///< rejected for good
    approved = 4, ///< accepted by its score, without a look at it
};

/// Who has made a batch's answers.
enum class batch_kind : std::int16_t {
    provider = 0,
    human = 1, ///< a person: edits
    rules = 2, ///< a rule pack
};

/// What became of one request, as the ledger counts it.
enum class outcome_kind : std::int16_t {
    accepted = 0, ///< schema and hard rules passed
    rejected = 1, ///< an answer that is not valid: schema, rule, truncation
    errored = 2,  ///< the provider or the transport failed this request, or refused it
    expired = 3,
    cancelled = 4,
    missing = 5,  ///< the provider never named it, after several downloads
    not_run = 6,  ///< the batch never ran; written only for the items that the provider named
    not_sent = 7, ///< failed before sending (cannot be rendered, too large); not part of `sent`
};

/// Why: one word finer than the outcome. Decides what the item may do next (see orchestrator/decide.hpp).
enum class cause_kind : std::int16_t {
    none = 0,
    schema = 1,           ///< the answer breaks the output schema
    rule = 2,             ///< a hard rule failed
    not_json = 3,         ///< the answer is not JSON although a schema was asked for
    truncated = 4,        ///< finish_reason length
    refused = 5,          ///< the model refused
    content_filter = 6,   ///< the provider's filter stopped it
    rejected_request = 7, ///< a permanent 4xx for this request
    transport = 8,        ///< status 0, 408, 409, 429, 5xx: worth another delivery
    expired = 9,
    cancelled = 10,
    missing = 11,
    unstorable = 12, ///< PostgreSQL cannot hold the answer
    rule_error = 13, ///< evaluating a rule raised an error or timed out
    render = 14,     ///< a template names a field that this record lacks
    too_large = 15,  ///< the request alone exceeds a limit
    not_run = 16,
    unreadable = 17, ///< the result line is not understood
    empty = 18,      ///< no text in the answer
};

/// What an outcome does to its item.
enum class effect_kind : std::int16_t {
    accept = 0,
    spend_attempt = 1,  ///< invalid answer: claimable again while attempts are left
    spend_delivery = 2, ///< transport, expired, missing: again after a back-off while deliveries are left
    fail = 3,           ///< for good
    requeue = 4,        ///< nothing spent
    enlarge = 5,        ///< an answer that was cut: again on the same rung, with room for a longer one
    climb = 6,          ///< no use asking there again: the next rung, or for good where there is none
    fall_back = 7,      ///< nothing spent, and nobody waits for that service any more: the fallback is asked
};

std::string_view to_string(item_status value);
std::string_view to_string(batch_state value);
std::string_view to_string(outcome_kind value);
std::string_view to_string(cause_kind value);
std::string_view to_string(effect_kind value);
std::string_view to_string(write_back_event value);
std::string_view to_string(review_state value);
std::string_view to_string(verdict_kind value);
std::string_view to_string(batch_kind value);

} // namespace smelt
