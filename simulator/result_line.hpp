#pragma once

#include "answer_maker.hpp"
#include "request_line.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace smelt::sim {

struct token_counts {
    std::int64_t input = 0;
    std::int64_t output = 0;
};

/// Four bytes are about one token.
token_counts estimate_tokens(const request_line &request, const made_answer &answer);

/// Writes lines of result files (providers reference 1.8, bodies 1.13).
class result_writer {
  public:
    /// created: Unix seconds. salt makes the lines' ids differ between batches.
    result_writer(std::string_view endpoint, std::int64_t created, std::uint64_t salt);

    /// custom_id is the raw inside of a JSON string.
    void answer(std::string_view custom_id, const request_line &request, const made_answer &answer, std::string &out);
    void http_error(std::string_view custom_id, const made_answer &answer, std::string &out);
    /// Status 0 and an empty body: a transport failure as seen in the field.
    void status_zero(std::string_view custom_id, std::string &out);
    /// No response at all, only an error.
    void no_response(std::string_view custom_id, std::string_view code, std::string_view message, std::string &out);

  private:
    void begin(std::string_view custom_id, std::string &out);
    void begin_response(std::string_view custom_id, int status, std::string &out);
    void chat(const request_line &request, const made_answer &answer, std::string &out) const;
    void responses(const request_line &request, const made_answer &answer, std::string &out) const;

    bool chat_;
    std::string created_;
    std::uint64_t next_id_;
    std::string id_;
};

} // namespace smelt::sim
