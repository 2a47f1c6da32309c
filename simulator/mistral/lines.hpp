#pragma once

#include "simulator/engine/line_format.hpp"

namespace smelt::sim {

/// The type of an error of this HTTP status.
std::string_view mistral_error_type(int status);

/// Mistral's lines (docs/protocols.md, Mistral request lines and Mistral result lines): OpenAI's chat without method,
/// url, request_id and refusal, and with errors that are flat.
class mistral_lines final : public line_format {
  public:
    explicit mistral_lines(const batch &b);

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
    void begin(std::string_view custom_id, std::string &out);
    static void plain_error(std::string_view custom_id, std::string_view message, std::string &out);

    std::string model_; ///< the job's, or its agent; the inside of a JSON string
    bool any_model_;    ///< the job names no model itself: its requests may
    bool plain_errors_;
    std::string created_;
    line_ids ids_;
    std::string id_;
};

} // namespace smelt::sim
