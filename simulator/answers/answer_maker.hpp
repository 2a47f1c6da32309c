#pragma once

#include "answer_format.hpp"
#include "delivery_ledger.hpp"
#include "replay.hpp"
#include "simulator/options.hpp"
#include "simulator/requests/request_line.hpp"

#include <string>

namespace smelt::sim {

/// What the simulated model says to one request.
struct made_answer {
    std::string text;
    std::string refusal;  ///< when not empty, text is not sent
    std::string thinking; ///< what a reasoning model thinks before, where the service shows it
    std::string finish_reason = "stop";
    int status = 200; ///< HTTP status of the request; error_* describe any other
    std::string error_code, error_message, error_param;
    bool no_response = false; ///< the line's own error instead of an HTTP answer

    void clear();
};

/// Decides on answers. They depend on the seed and the request's body alone; only whether a body's answer is (still)
/// invalid, or which recorded one comes, depends on what was delivered before.
class answer_maker {
  public:
    answer_maker(const options &settings, const replay_book &replay, delivery_ledger &ledger)
        : settings_{settings}, replay_{replay}, ledger_{ledger} {}

    void make(const request_line &request, made_answer &out);

  private:
    bool recorded(const request_line &request, const answer_format &format, made_answer &out);
    [[nodiscard]] bool is_invalid(const request_line &request, std::uint64_t hash);
    static void valid(const request_line &request, const answer_format &format, std::uint64_t hash, made_answer &out);
    static void invalid(const request_line &request, const answer_format &format, std::uint64_t hash, made_answer &out);

    const options &settings_;
    const replay_book &replay_;
    delivery_ledger &ledger_;
    format_cache formats_;
};

/// Cuts text in its middle, between code points, as an answer that ran into its token limit.
void cut_short(made_answer &answer);

} // namespace smelt::sim
