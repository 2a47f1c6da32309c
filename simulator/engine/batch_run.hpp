#pragma once

#include "batch.hpp"
#include "line_format.hpp"
#include "line_reader.hpp"
#include "simulator/answers/answer_maker.hpp"
#include "simulator/hash_set.hpp"

namespace smelt::sim {

/// One pass over one batch's lines: validation, answers and line faults. Fills two buffers that the caller writes away.
class batch_run {
  public:
    batch_run(const batch &b, const options &settings, answer_maker &maker, std::int64_t planned);

    /// Takes the lines of one block, in an order of its own.
    void take(const std::vector<input_line> &lines);
    /// What is left to say when all lines were taken.
    void finish();

    std::string output, errors; ///< grow with take(); the caller empties them
    batch_results results;
    [[nodiscard]] const hash_set &ids() const { return ids_; }

  private:
    void check(const input_line &line);
    void answer(const request_line &request);
    void succeed(const request_line &request, int copies);
    void leave(const request_line &request);
    /// The request's error when it fails before the model sees it.
    bool is_refused(const request_line &request);
    std::string &failures() { return error_file_ ? errors : output; }
    void fail(line_error error, std::int64_t line);
    void fail_validation();
    /// What an error that is made on purpose says.
    [[nodiscard]] std::string words_of(const std::string &usual) const;
    void write_error(std::string_view custom_id);

    const options &settings_;
    answer_maker &maker_;
    dialect spoken_;
    batch_faults faults_;
    std::int64_t keep_; ///< requests that are answered before the batch is stopped
    bool cancelled_;    ///< what stopped it, otherwise it expired
    bool error_file_;   ///< failed requests have a file of their own
    bool in_order_;     ///< answers come in the order of the requests
    std::unique_ptr<line_format> format_;
    hash_set ids_;
    std::string model_;
    made_answer made_;
    std::vector<request_line> block_;
    std::int64_t seen_ = 0;
};

} // namespace smelt::sim
