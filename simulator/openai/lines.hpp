#pragma once

#include "simulator/engine/line_format.hpp"

namespace smelt::sim {

/// Lines of OpenAI and of near copies (docs/protocols.md, OpenAI request lines and OpenAI result lines).
class openai_lines final : public line_format {
  public:
    explicit openai_lines(const batch &b);

    [[nodiscard]] request_line parse(std::string_view line) const override;
    [[nodiscard]] line_error check(const request_line &request) const override;

    void answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                std::string &out) override;
    void http_error(std::string_view custom_id, const made_answer &answer, std::string &out) override;
    void status_zero(std::string_view custom_id, std::string &out) override;
    void no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                     std::string &out) override;
    bool not_run(std::string_view custom_id, bool cancelled, std::string &out) override;

  private:
    void begin(std::string_view custom_id, std::string &out);
    void begin_response(std::string_view custom_id, int status, std::string &out);

    std::string endpoint_;
    const body_rules *rules_;
    bool full_lines_; ///< method and url belong in request lines
    std::string created_;
    line_ids ids_;
    std::string id_;
};

} // namespace smelt::sim
