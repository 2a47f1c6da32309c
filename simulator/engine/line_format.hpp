#pragma once

#include "batch.hpp"
#include "simulator/answers/answer_maker.hpp"
#include "simulator/requests/request_line.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace smelt::sim {

struct token_counts {
    std::int64_t input = 0;
    std::int64_t output = 0;
};

/// Four bytes are about one token.
token_counts estimate_tokens(const request_line &request, const made_answer &answer);

/// How the request lines of one batch are read and its result lines written, in the form of its dialect. custom_ids are
/// raw insides of JSON strings; one without data() was not there.
class line_format {
  public:
    line_format() = default;
    virtual ~line_format() = default;
    line_format(const line_format &) = delete;
    line_format &operator=(const line_format &) = delete;

    [[nodiscard]] virtual request_line parse(std::string_view line) const = 0;
    /// What about the line fails the whole batch; empty code: nothing.
    [[nodiscard]] virtual line_error check(const request_line &request) const = 0;
    /// Whether all lines must ask the same model.
    [[nodiscard]] virtual bool has_one_model() const { return true; }

    virtual void answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                        std::string &out) = 0;
    /// A request that ended with an HTTP error of its own.
    virtual void http_error(std::string_view custom_id, const made_answer &answer, std::string &out) = 0;
    /// A transport failure as seen in the field: no status, no body, no error.
    virtual void status_zero(std::string_view custom_id, std::string &out) = 0;
    /// No response at all, only an error.
    virtual void no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                             std::string &out) = 0;
    /// A request that the batch's end (a cancel, or else its expiry) left undone. False: there is no line for it.
    virtual bool not_run(std::string_view custom_id, bool cancelled, std::string &out) = 0;
};

std::unique_ptr<line_format> make_line_format(const batch &b);

/// Numbers of answers: they differ between owners (batches, say), and are the same when one's answers are made anew.
class line_ids {
  public:
    explicit line_ids(std::string_view owner);
    /// The next one, as 16 hex digits.
    const std::string &next();

  private:
    std::uint64_t last_;
    std::string text_;
};

// Pieces of JSON.

void append_number(std::int64_t value, std::string &out);
void append_string(std::string_view text, std::string &out);
void append_string_or_null(std::string_view text, std::string &out);
/// raw is the inside of a JSON string; without data(): null.
void append_raw_or_null(std::string_view raw, std::string &out);

} // namespace smelt::sim
