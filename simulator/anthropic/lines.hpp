#pragma once

#include "bodies.hpp"
#include "simulator/engine/line_format.hpp"

namespace smelt::sim {

/// Anthropic's Message Batches (docs/protocols.md, Anthropic create and Anthropic result lines): requests are Messages
/// bodies, every request has exactly one line, and what is wrong with a request is found when it is run.
class anthropic_lines final : public line_format {
  public:
    explicit anthropic_lines(const batch &b);

    [[nodiscard]] request_line parse(std::string_view line) const override;
    [[nodiscard]] line_error check(const request_line &) const override { return {}; } // done at the create
    [[nodiscard]] bool has_one_model() const override { return false; }

    void answer(std::string_view custom_id, const request_line &request, const made_answer &answer,
                std::string &out) override;
    void http_error(std::string_view custom_id, const made_answer &answer, std::string &out) override;
    void status_zero(std::string_view custom_id, std::string &out) override;
    void no_response(std::string_view custom_id, std::string_view code, std::string_view message,
                     std::string &out) override;
    bool not_run(std::string_view custom_id, bool cancelled, std::string &out) override;

  private:
    bool takes_sampling_;
    message_writer messages_{"batch"};
    line_ids ids_;
};

/// A request of a create's array. Only what makes it a line is looked at: custom_id and params.
request_line parse_anthropic_request(std::string_view line, bool takes_sampling);
/// The params alone, as they are the body of a synchronous call; a text that is no object has no body.
request_line parse_anthropic_params(std::string_view body, bool takes_sampling);

/// The type of an error object: code when it is one, otherwise what goes with the status.
std::string_view anthropic_error_type(int status, std::string_view code);

} // namespace smelt::sim
