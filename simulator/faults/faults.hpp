#pragma once

#include "smelt/base/json.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// The one place where the simulator misbehaves on purpose. A rule is one JSON object, posted to /sim/faults:
///
///  - rules with "on" (upload, create, get, list, cancel, content, file, files, delete, answer or *) inject a fault
///  into the next
///    `count` such calls: see call_fault;
///  - rules without it mark the next `count` batches that are created: see batch_faults.
/// With `match` a rule strikes only where this text is part of the call's path or of the batch's metadata, with
/// `probability` only in that share of the cases.
///
/// To add a switch: a member and one line in the reader, then its effect where the member is used.
namespace smelt::sim {

/// What is wrong with one batch. Line counts are spent in the order in which requests are answered.
struct batch_faults {
    std::string fail_code;                       ///< fails validation with this code
    std::int64_t fail_line = 0;                  ///< the line that fail_code blames; 0: none
    std::vector<std::int64_t> fail_lines;        ///< or several
    std::optional<double> expire_after_fraction; ///< ends expired; the rest of the requests as batch_expired
    std::string empty_ids = "null";              ///< how absent members are shown: null, missing, blank
    std::int64_t error_lines = 0;                ///< a 400 in the error file
    std::int64_t status0_lines = 0;              ///< status_code 0 in the error file, counted as completed
    std::int64_t omit_lines = 0;                 ///< in neither file, counted as completed
    std::int64_t duplicate_lines = 0;            ///< written twice
    std::int64_t foreign_lines = 0;    ///< an answer under a custom_id that was never sent, beside the right one
    std::int64_t refuse_lines = 0;     ///< a refusal
    std::int64_t length_lines = 0;     ///< an answer cut short, finish_reason length
    std::int64_t truncate_output = 0;  ///< the output file lacks so many bytes at its end
    std::int64_t list_lag = 0;         ///< seconds until listings show the batch
    std::int64_t get_lag = 0;          ///< seconds for which a read of the batch is a 404
    std::int64_t finalizing_for = 0;   ///< seconds more between the last answer and the end
    std::int64_t cancelling_for = 0;   ///< seconds more from a cancel to its end
    bool ignore_cancel = false;        ///< a cancel is taken, and the batch completes all the same
    std::string status_word;           ///< shown while it is in progress
    bool azure = false;                ///< statuses with a capital, dates as ISO 8601 text
    bool extra_fields = false;         ///< members that nobody knows, also in result lines
    std::int64_t counts_off = 0;       ///< added to request_counts.completed
    bool crlf = false;                 ///< lines end with CR LF
    std::int64_t blank_lines = 0;      ///< empty lines between the others
    std::int64_t not_object_lines = 0; ///< lines more that are JSON, but no objects
    std::int64_t nul_lines = 0;        ///< \u0000 in a string of the answer
    std::int64_t deep_lines = 0;       ///< the answer has 10,000 levels
    std::int64_t huge_lines = 0;       ///< the answer is huge_megabytes long
    std::int64_t huge_megabytes = 100;
    std::optional<bool> partial_results; ///< whether an expired or cancelled batch keeps what was finished
    bool plain_error_lines = false;      ///< Mistral: lines of the error file hold the error as a text
    bool job_states = false;             ///< Gemini: JOB_STATE_ instead of BATCH_STATE_
    bool rpc_codes = false;              ///< Gemini: errors of lines have google.rpc codes and no status
    bool omit_metadata = false;          ///< Gemini: inline results do not say which request they answer
    bool output_in_metadata = false;     ///< Gemini: results only in metadata.output, not in response
    std::int64_t bad_utf8_lines = 0;     ///< bytes that are no UTF-8
    std::int64_t bad_escape_lines = 0;   ///< an escape that is none
    std::int64_t files_late = 0;         ///< so many reads of the ended batch do not name its results
    std::int64_t counts_late = -1;       ///< counts are zero until so many reads after the end; -1: they are live
    std::string odd_counts;              ///< counts of requests are huge, giant, negative, text or null
    std::int64_t odd_usage_lines = 0;    ///< an answer with odd token counts
    std::string odd_usage = "huge";      ///< how: huge, giant, negative, text, null, missing or cached
    std::int64_t error_before_lines = 0; ///< an error line of the same custom_id stands before the answer
    std::int64_t error_body_lines = 0;   ///< a 200 whose body holds an error instead of an answer
    json error_code = 429;               ///< of such an error: a number or a word
    std::int64_t empty_error_lines = 0;  ///< "error": {} beside the answer
    std::int64_t text_body_lines = 0;    ///< the answer's body is a JSON text instead of an object
    std::int64_t commentary_lines = 0;   ///< /v1/responses: other items before the answer's
    std::int64_t wrapped_lines = 0;      ///< the answer's text stands in a wrapping
    std::string wrapping = "think";      ///< which: think, fence, bom or stop
    std::string message;                 ///< of the errors that are made on purpose
};

/// What happens to one HTTP call.
struct call_fault {
    int status = 0;   ///< answer this without doing the work; 0: do the work
    std::string code; ///< of the error body
    std::string message;
    std::string retry_after;           ///< header, as it stands
    std::string retry_after_ms;        ///< header, as it stands
    std::optional<std::string> body;   ///< this text instead of the error object
    std::int64_t delay = 0;            ///< milliseconds before the answer begins
    std::int64_t bytes_per_second = 0; ///< of the answer's body; 0: as fast as it goes
    std::int64_t cut_after = -1;       ///< the connection breaks after so many bytes of the body; -1: never
    bool drop_before = false;          ///< close the connection, the work not done
    bool drop_after = false;           ///< do the work, then close the connection without an answer
    std::int64_t deep = 0;             ///< answer so many levels of JSON, the work not done
    std::int64_t redirects = 0;        ///< the answer is behind so many redirects
    int redirect_status = 307;
    std::string redirect_to;   ///< scheme and host of their targets; empty: the same
    std::string listing;       ///< the listing is null, odd, endless or repeating
    std::string gzip;          ///< the answer's body is compressed: asked (if the client takes it) or always
    bool bom = false;          ///< the answer's body begins with a byte order mark
    bool close = false;        ///< the connection ends with the answer
    std::int64_t date_off = 0; ///< seconds by which the header Date is wrong
    batch_faults corrupted;    ///< of an answer: the switches that concern single lines
};

/// Throws std::runtime_error naming what is wrong with the rule.
call_fault read_call_fault(const json &rule);
batch_faults read_batch_faults(const json &rule);

/// The rules that are still to be spent.
class fault_plan {
  public:
    /// One rule, or an array of rules. Throws std::runtime_error and takes none when one is not understood.
    void add(const json &rules);
    void clear() { rules_.clear(); }
    [[nodiscard]] bool empty() const { return rules_.empty(); }
    /// Decides what `probability` leaves open.
    void seed(std::uint64_t value) { random_.seed(value); }
    [[nodiscard]] json as_json() const;

    /// Spends a rule for this kind of call, if there is one. subject is what `match` looks at.
    std::optional<call_fault> take_call(std::string_view call, std::string_view subject);
    /// Spends a rule for a new batch; null when there is none.
    json take_batch(std::string_view subject);

    /// How often each kind of fault has struck: the call's name, or the members of a batch's rule.
    std::map<std::string, std::int64_t> struck;

  private:
    std::optional<json> take(std::string_view on, std::string_view subject);
    bool strikes(const json &rule, std::string_view on, std::string_view subject);
    std::vector<json> rules_;
    std::mt19937_64 random_;
};

} // namespace smelt::sim
