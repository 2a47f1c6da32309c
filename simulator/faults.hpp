#pragma once

#include "smelt/core/json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The one place where the simulator misbehaves on purpose. A rule is one JSON object, posted to /sim/faults:
///
///  - rules with "on" (upload, create, get, list, cancel, content, file, files, delete or *) disturb the next `count`
///  such calls:
///    status, code, message, retry_after, drop_before, drop_after;
///  - rules without it mark the next `count` batches that are created: see batch_faults.
///
/// To add a switch: a member and one line in the reader, then its effect where the member is used.
namespace smelt::sim {

/// What happens to one HTTP call.
struct call_fault {
    int status = 0;   ///< answer this without doing the work; 0: do the work
    std::string code; ///< of the error body
    std::string message;
    std::string retry_after;  ///< header, as it stands
    bool drop_before = false; ///< close the connection, the work not done
    bool drop_after = false;  ///< do the work, then close the connection without an answer
};

/// What is wrong with one batch. Line counts are spent in the order in which requests are answered.
struct batch_faults {
    std::string fail_code;                       ///< fails validation with this code
    std::int64_t fail_line = 0;                  ///< the line that fail_code blames; 0: none
    std::optional<double> expire_after_fraction; ///< ends expired; the rest of the requests as batch_expired
    std::string empty_ids = "null";              ///< how absent members are shown: null, missing, blank
    std::int64_t error_lines = 0;                ///< a 400 in the error file
    std::int64_t status0_lines = 0;              ///< status_code 0 in the error file, counted as completed
    std::int64_t omit_lines = 0;                 ///< in neither file, counted as completed
    std::int64_t duplicate_lines = 0;            ///< written twice
    std::int64_t foreign_lines = 0;   ///< an answer under a custom_id that was never sent, beside the right one
    std::int64_t refuse_lines = 0;    ///< a refusal
    std::int64_t length_lines = 0;    ///< an answer cut short, finish_reason length
    std::int64_t truncate_output = 0; ///< the output file lacks so many bytes at its end
    std::int64_t list_lag = 0;        ///< seconds until listings show the batch
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
    [[nodiscard]] json as_json() const;

    /// Spends a rule for this kind of call, if there is one.
    std::optional<call_fault> take_call(std::string_view call);
    /// Spends a rule for a new batch; null when there is none.
    json take_batch();

  private:
    std::optional<json> take(std::string_view on);
    std::vector<json> rules_;
};

} // namespace smelt::sim
