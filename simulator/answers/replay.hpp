#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::sim {

/// One recorded answer.
struct recorded_answer {
    std::string text;     ///< the answer's text; JSON values of the file are stored as their text
    std::string refusal;  ///< when not empty: the model refused with these words
    std::string thinking; ///< of a reasoning model
    std::string finish_reason = "stop";
    int status_code = 200;  ///< anything else: an HTTP error of this request, error_message says why
    std::string error_code; ///< when not empty with status 200: the line's own error, no response at all
    std::string error_message;
};

/// Answers recorded for some requests.
///
/// Requests carry neither the record's key nor (without a schema) the task's name, so an entry says how to find its
/// request: `match`, a text that stands in the request's user message (default: the key), and `task`, the name of the
/// output schema (Smelt sends the task's name). Of several entries that match, the one with the longest `match` wins.
class replay_book {
  public:
    replay_book() = default;
    /// JSONL. Throws file_error with the line that cannot be read.
    explicit replay_book(const std::filesystem::path &file);

    [[nodiscard]] bool empty() const { return entries_.empty(); }

    struct entry {
        std::string match;
        std::string task; ///< empty: any
        std::uint64_t id; ///< of (match, task), for counting deliveries
        std::vector<std::optional<recorded_answer>> tries;
        /// The answer for the nth delivery, counted from 0; the last one recorded when there are fewer.
        [[nodiscard]] const recorded_answer *nth(std::uint64_t delivered) const;
    };
    /// user: unescaped text of the user message; task: name of the schema, empty when there is none (then any task
    /// fits).
    [[nodiscard]] const entry *find(std::string_view user, std::string_view task) const;

  private:
    void add(std::string_view line);
    std::vector<entry> entries_;
};

} // namespace smelt::sim
