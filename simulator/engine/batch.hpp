#pragma once

#include "simulator/dialect.hpp"
#include "simulator/faults/faults.hpp"
#include "simulator/requests/request_line.hpp"

#include "smelt/base/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::sim {

/// What making a batch's results gave.
struct batch_results {
    std::vector<line_error> errors; ///< not empty: validation failed
    std::int64_t total = 0;
    std::int64_t completed = 0;
    std::int64_t failed = 0;   ///< with the ones that were not run, where the dialect lists those
    std::int64_t unrun = 0;    ///< listed as expired or cancelled
    std::int64_t answered = 0; ///< requests with a real answer: what is billed
    std::int64_t lines = 0;    ///< in both files
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::string model;
    bool has_output = false;
    bool has_errors = false;
};

/// A batch as it is stored, one JSON file each. Times are Unix milliseconds, 0 for "not yet".
struct batch {
    std::string id;
    std::int64_t sequence = 0; ///< order of creation
    dialect spoken = dialect::openai;
    std::string endpoint;
    std::string input_file;  ///< empty: the requests came with the create and are kept beside the batch
    std::string output_file; ///< ids are chosen at creation, shown when the files exist
    std::string error_file;
    json metadata;                                 ///< object or null
    json special;                                  ///< what only the batch's own dialect knows of it
    std::int64_t output_expires_after = 2'592'000; ///< seconds; 0: never
    json faults;                                   ///< rule that struck it, or null
    std::int64_t created = 0;
    std::int64_t latency = 0;
    std::int64_t done = 0;      ///< results were made
    std::int64_t cancelled = 0; ///< cancel was asked for
    std::int64_t deleted = 0;   ///< nobody sees it any more
    std::int64_t revision = 0;  ///< results of an older revision are thrown away
    std::int64_t enqueued = 0;  ///< prompt tokens that count against the limit until the batch ends
    std::int64_t reads = 0;     ///< of the ended batch, as far as a fault asks for them
    std::int64_t keep = -1;     ///< only so many requests are answered (cancelled); -1: all
    std::vector<std::string> deleted_files;
    batch_results results;
};

json to_json(const batch &b);
batch batch_from_json(const json &stored);

/// What is wrong with the batch: by the rule that struck it, and by the nature of its dialect.
batch_faults faults_of(const batch &b);

/// Where a batch is in its life at a moment; a pure function, so a restart changes nothing.
struct batch_phase {
    std::string_view status;
    bool terminal = false;
    double progress = 0; ///< share of the requests that are finished
    std::int64_t in_progress_at = 0, finalizing_at = 0, completed_at = 0, failed_at = 0, expired_at = 0,
                 cancelling_at = 0,
                 cancelled_at = 0; ///< Unix milliseconds, 0: not reached
};
batch_phase phase_at(const batch &b, std::int64_t now);

/// What a reader sees of the results in that phase.
struct seen_counts {
    std::int64_t total = 0, completed = 0, failed = 0;
};
seen_counts counts_in(const batch_phase &phase, const batch &b);
/// Whether a reader is told where the results are.
bool names_results(const batch_phase &phase, const batch &b);

/// Whether the requests came within the create and the results come within the batch.
bool comes_inline(const batch &b);

/// A member of special that is a text; empty when it is not there.
std::string special_text(const batch &b, const char *name);

/// The OpenAI batch object of docs/protocols.md, as the batch's dialect has it.
json show(const batch &b, std::int64_t now);

} // namespace smelt::sim
