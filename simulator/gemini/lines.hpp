#pragma once

#include "simulator/engine/line_format.hpp"

namespace smelt::sim {

/// Gemini's lines (docs/protocols.md, Gemini create and Gemini result lines): the key is at the top of a file's lines,
/// and within metadata where requests and results come inline. Members may be in snake_case or camelCase.
class gemini_lines final : public line_format {
  public:
    explicit gemini_lines(const batch &b);

    [[nodiscard]] request_line parse(std::string_view line) const override;
    [[nodiscard]] line_error check(const request_line &request) const override;

    void answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                std::string &out) override;
    void http_error(std::string_view custom_id, const made_answer &answer, std::string &out) override;
    void status_zero(std::string_view custom_id, std::string &out) override;
    void no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                     std::string &out) override;
    bool not_run(std::string_view, bool, std::string &) override { return false; }

  private:
    void begin(std::string_view custom_id, std::string &out) const;
    void end(std::string_view custom_id, std::string &out) const;
    void error(std::string_view custom_id, int status, std::string_view word, std::string_view message,
               std::string &out) const;

    std::string model_; ///< the inside of a JSON string
    bool inline_;
    bool with_metadata_; ///< inline results say what they answer
    bool rpc_codes_;
    line_ids ids_;
};

/// A request of a file or of a create's array.
request_line parse_gemini_request(std::string_view line);

/// generationConfig as generation_config says it.
std::string camel_case(std::string_view name);

/// The status word of an error: word when it is one, otherwise what goes with the HTTP status.
std::string_view gemini_status(int http_status, std::string_view word);
/// Why a member is refused that the place does not have.
std::string unknown_name(std::string_view name, std::string_view place);
/// The number of google.rpc.Code that has this name; 2, UNKNOWN, for others.
int rpc_code(std::string_view status);

} // namespace smelt::sim
