#include "batch_run.hpp"

#include "limits.hpp"
#include "simulator/faults/corrupt_answer.hpp"
#include "simulator/faults/corrupt_line.hpp"
#include "simulator/requests/json_scan.hpp"

namespace smelt::sim {
namespace {

// Arbitrary, fixed: a custom_id has the same hash in every batch.
constexpr std::uint64_t id_seed = 0x637573746f6dULL;

std::int64_t requests_to_answer(const batch &b, const batch_faults &faults, std::int64_t planned) {
    const bool stopped_early = b.keep >= 0 || faults.expire_after_fraction.has_value();
    if (stopped_early && !faults.partial_results.value_or(keeps_partial(b.spoken)))
        return 0;
    if (b.keep >= 0)
        return b.keep;
    if (faults.expire_after_fraction)
        return static_cast<std::int64_t>(static_cast<double>(planned) * *faults.expire_after_fraction);
    return std::numeric_limits<std::int64_t>::max();
}

} // namespace

batch_run::batch_run(const batch &b, const options &settings, answer_maker &maker, std::int64_t planned)
    : settings_{settings},
      maker_{maker},
      spoken_{b.spoken},
      faults_{faults_of(b)},
      keep_{requests_to_answer(b, faults_, planned)},
      cancelled_{b.keep >= 0},
      error_file_{has_error_file(b.spoken)},
      in_order_{comes_inline(b)},
      format_{make_line_format(b)} {}

void batch_run::take(const std::vector<input_line> &lines) {
    block_.clear();
    for (const auto &line : lines)
        check(line);
    if (!results.errors.empty() || results.total > most_requests(settings_, spoken_))
        return;
    const std::size_t count = block_.size();
    if (in_order_) {
        for (const auto &request : block_)
            answer(request);
        return;
    }
    // Results of files never come in input order: every second line from the block's end, then the others.
    for (std::size_t i = 0; i < count; i += 2)
        answer(block_[count - 1 - i]);
    for (std::size_t i = 1; i < count; i += 2)
        answer(block_[count - 1 - i]);
}

void batch_run::check(const input_line &line) {
    ++results.total;
    request_line request = format_->parse(line.text);
    line_error problem = format_->check(request);
    if (!problem.code.empty())
        return fail(std::move(problem), line.number);
    if (!serves(settings_, unescape(request.model))) {
        if (can_fail(spoken_))
            return fail({"model_not_found",
                         "The provided model '" + unescape(request.model) + "' is not supported by the Batch API.",
                         "body.model", 0},
                        line.number);
        request.refused = {"model: " + unescape(request.model), {}, "not_found_error", 404};
    }
    if (model_.empty())
        model_ = request.model;
    if (request.custom_id.data() != nullptr && !ids_.insert(hash_bytes(request.custom_id, id_seed)))
        return fail({"duplicate_custom_id", "The custom_id of this line was used before.", "custom_id", 0},
                    line.number);
    if (format_->has_one_model() && model_ != request.model)
        return fail({"mismatched_model", "This line uses another model than the lines before.", "body.model", 0},
                    line.number);
    block_.push_back(std::move(request));
}

void batch_run::fail(line_error error, std::int64_t line) {
    if (results.errors.size() >= settings_.listed_errors)
        return;
    error.line = line;
    results.errors.push_back(std::move(error));
}

void batch_run::answer(const request_line &request) {
    if (seen_++ >= keep_)
        return leave(request);
    if (is_refused(request))
        return write_error(request.custom_id);
    if (spend(faults_.status0_lines)) {
        format_->status_zero(request.custom_id, failures());
        ++results.completed; // as seen in the field: the counts do not know
        ++results.lines;
        return;
    }
    if (spend(faults_.omit_lines)) {
        ++results.completed;
        return;
    }
    maker_.make(request, made_);
    if (made_.status != 200)
        return write_error(request.custom_id);
    if (made_.no_response) {
        format_->no_response(request.custom_id, made_.error_code, made_.error_message, failures());
        ++results.failed;
        ++results.lines;
        return;
    }
    corrupt_answer(faults_, made_);
    succeed(request, spend(faults_.duplicate_lines) ? 2 : 1);
}

void batch_run::succeed(const request_line &request, int copies) {
    const auto begin = output.size();
    if (spend(faults_.error_before_lines)) {
        made_answer error;
        error.status = 500;
        error.error_message = words_of("Simulated error before the answer.");
        format_->http_error(request.custom_id, error, output);
        ++results.lines;
    }
    const auto first = output.size();
    for (int i = 0; i < copies; ++i)
        format_->answer(request.custom_id, request, made_, output);
    const bool is_answer = corrupt_line(faults_, output, first);
    corrupt_bytes(faults_, output, first);
    if (faults_.crlf)
        end_with_crlf(output, begin);
    if (spend(faults_.blank_lines))
        output += '\n';
    add_foreign_json(faults_, output);
    if (spend(faults_.foreign_lines)) {
        const std::string foreign = "foreign-" + std::string{request.custom_id};
        format_->answer(foreign, request, made_, output);
        ++results.lines;
    }
    results.lines += copies;
    ++results.completed;
    if (!is_answer)
        return;
    const auto tokens = estimate_tokens(request, made_);
    results.input_tokens += tokens.input;
    results.output_tokens += tokens.output;
    ++results.answered;
}

std::string batch_run::words_of(const std::string &usual) const {
    return faults_.message.empty() ? usual : faults_.message;
}

bool batch_run::is_refused(const request_line &request) {
    const bool by_fault = spend(faults_.error_lines);
    const bool all_fail = !can_fail(spoken_) && !faults_.fail_code.empty();
    const bool by_service = !request.refused.message.empty();
    if (!by_fault && !all_fail && !by_service)
        return false;
    const refusal simulated{words_of("Invalid request (simulated fault)."), "messages", ""};
    const refusal &why = by_fault || !by_service ? simulated : request.refused;
    made_.clear();
    made_.status = why.status;
    made_.error_message = why.message;
    made_.error_param = why.param;
    made_.error_code = why.code;
    if (all_fail) {
        made_.error_code = faults_.fail_code;
        made_.error_message = words_of("Simulated failure: " + faults_.fail_code + ".");
    }
    return true;
}

void batch_run::leave(const request_line &request) {
    if (!format_->not_run(request.custom_id, cancelled_, failures()))
        return;
    ++results.failed;
    ++results.unrun;
    ++results.lines;
}

void batch_run::write_error(std::string_view custom_id) {
    format_->http_error(custom_id, made_, failures());
    ++results.failed;
    ++results.lines;
}

void batch_run::fail_validation() {
    auto lines = faults_.fail_lines;
    if (lines.empty())
        lines.push_back(faults_.fail_line);
    results.errors.clear();
    for (const auto line : lines)
        results.errors.push_back(
            {faults_.fail_code, words_of("Simulated validation failure: " + faults_.fail_code + "."), "", line});
}

void batch_run::finish() {
    results.model = unescape(model_);
    const auto limit = most_requests(settings_, spoken_);
    if (!faults_.fail_code.empty() && can_fail(spoken_))
        fail_validation();
    else if (results.total == 0)
        results.errors = {{"empty_file", "The batch file has no requests.", "", 0}};
    else if (results.total > limit)
        results.errors = {{"too_many_requests",
                           "The batch has " + std::to_string(results.total) + " requests, more than the limit of " +
                               std::to_string(limit) + ".",
                           "", 0}};
}

} // namespace smelt::sim
