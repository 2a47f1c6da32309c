#pragma once

#include "smelt/config/pipeline.hpp"
#include "smelt/domain/status.hpp"
#include "smelt/extraction/placeholders.hpp"

#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Prompt, answer, schema, score: pure functions of values, no I/O. All of it is safe to call from several threads at
/// once.
namespace smelt::extraction {

/// This record cannot be rendered: a field that the template names is absent or null. Fails the item, not the run.
class render_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The previous answer of an item and what was wrong with it, for a retry with feedback.
struct feedback {
    std::string answer;  ///< as the model gave it, clipped to 8 KB
    std::string message; ///< the validator's words
};

struct message {
    std::string role; ///< "system", "user", "assistant"
    std::string content;
};

/// One thing found wrong (or doubtful) with an answer; stored as JSON in attempt.findings.
struct finding {
    /// A place in the answer that a declared repair has corrected; values as JSON text, clipped.
    struct repair_made {
        std::string place; ///< JSON Pointer
        std::string before, after;
    };
    std::string rule; ///< rule name, name of the repair, or "schema", "json", ...
    bool hard = true;
    double weight = 0.0;
    std::string message;
    std::optional<repair_made> repair = {};
};
std::string to_json_text(const std::vector<finding> &findings);

/// What checking an answer's text gave, before the SQL rules.
struct judgement {
    cause_kind cause = cause_kind::none; ///< none: passed
    std::string
        output; ///< JSON text for the jsonb column: the answer's own text, trimmed; empty unless it is storable JSON
    std::vector<finding> findings; ///< why not
    double confidence = 1.0;       ///< from score.confidence; missing or not a number counts as 0 with a soft finding
};

/// A task version made ready for use.
class compiled_task {
  public:
    /// Throws usage_error naming the template, JSON pointer or rule when the definition cannot be used.
    explicit compiled_task(task_definition definition);
    ~compiled_task();
    compiled_task(const compiled_task &) = delete;
    compiled_task &operator=(const compiled_task &) = delete;

    [[nodiscard]] const task_definition &definition() const;

    /// Names that stand anywhere in the templates, dots included: `user.name` is the field of that name, or the member
    /// name of the field user.
    [[nodiscard]] const std::set<std::string> &fields() const;
    /// Of those, the ones that must be present and not null (not guarded by a section on the same field).
    [[nodiscard]] const std::set<std::string> &required_fields() const;

    /// Whether the templates name all_fields: what definition().all_fields chooses.
    [[nodiscard]] bool names_all_fields() const;

    /// Of `tasks`, what the templates name, dots split: {"classify", "peat"}; {} for all of it.
    [[nodiscard]] const std::set<std::vector<std::string>> &task_members() const;

    /// fields_json: the record's jsonb as text. With feedback, the previous answer and the message follow the user's
    /// text. hidden: gets what placeholders stand for (redact).
    [[nodiscard]] std::vector<message> render(std::string_view fields_json, const feedback *previous,
                                              placeholders *hidden = nullptr) const;

    /// An answer's text with what was hidden.
    [[nodiscard]] std::string restored(std::string_view answer, const placeholders &hidden) const;

    /// Checks an answer's text: JSON syntax, duplicate names, numbers that do not fit, what PostgreSQL cannot store,
    /// schema. Without an output schema any text passes and is stored as a JSON string.
    [[nodiscard]] judgement judge(std::string_view answer) const;

  private:
    [[nodiscard]] std::vector<message> render_as_it_is(std::string_view fields_json, const feedback *previous) const;

    struct impl;
    std::unique_ptr<impl> impl_;
};

/// What stands at a place of an output (names, and places of lists, from outside in), in few words for people and
/// models: "null", "3020", "an array of 2".
std::string describe_member(std::string_view output, const std::vector<std::string> &path);

/// Why a prompt may name no field although one was meant: braces of other template languages. Empty: nothing like that
/// is in it.
std::string likely_field(std::string_view prompt);

/// Confidence minus the weights of failed soft rules, within 0..1.
double score_of(double confidence, const std::vector<finding> &findings);

/// One column of a task's typed view.
struct output_column {
    std::string name;
    /// whole, whole_text and whole_number: of the output itself, which has no properties.
    enum class kind { text, number, boolean, json, whole, whole_text, whole_number } type;
};
/// Top-level properties of the output schema, in its order, also of its alternatives and parts. Without any: one column
/// "output"; without a schema: one column "text".
std::vector<output_column> output_columns(const json &schema);
/// The same of a task, whose answer may be a number or a label: one column "answer".
std::vector<output_column> output_columns(const task_definition &definition);

} // namespace smelt::extraction
