#pragma once

#include "simulator/answers/body_format.hpp"
#include "simulator/engine/line_format.hpp"

namespace smelt::sim {

/// What tells one answer from another.
struct openai_stamp {
    std::string_view endpoint;
    std::string_view id;      ///< without its prefix
    std::string_view created; ///< Unix seconds
};

/// Appends a chat completion or, where the endpoint is /v1/responses, a response object (docs/protocols.md).
void append_openai_body(const request_line &request, const made_answer &answer, const openai_stamp &stamp,
                        std::string &out);

/// What this dialect takes at this endpoint; null: anything.
const body_rules *openai_rules(dialect spoken, std::string_view endpoint);
/// Why the service answers a request that was read by its rules with an error of its own.
refusal openai_refusal(const request_line &request, const body_rules &rules);

/// Bodies of one call to /v1/chat/completions or /v1/responses.
class openai_bodies final : public body_format {
  public:
    /// ids must outlive this; created: Unix seconds.
    openai_bodies(dialect spoken, std::string_view endpoint, std::int64_t created, line_ids &ids)
        : rules_{openai_rules(spoken, endpoint)}, endpoint_{endpoint}, created_{std::to_string(created)}, ids_{ids} {}

    [[nodiscard]] request_line parse(std::string_view body) const override;
    void write(const request_line &request, const made_answer &answer, std::string &out) override;

  private:
    const body_rules *rules_;
    std::string_view endpoint_;
    std::string created_;
    line_ids &ids_;
};

} // namespace smelt::sim
