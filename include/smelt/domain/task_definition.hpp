#pragma once

#include "smelt/base/json.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What makes a task version.
namespace smelt {

enum class severity { hard, soft };

/// SQL boolean over `output` and `fields` (both jsonb). Null counts as failed.
struct rule {
    std::string name;
    std::string check;
    severity level = severity::hard;
    double weight = 0.0; ///< taken from the score when a soft rule fails
    std::string message; ///< what the model and the user are told
};

struct score_spec {
    std::string confidence;             ///< "$.a.b" into the output, or empty: confidence is 1
    std::optional<double> review_below; ///< results under it are marked for review
};

/// What an answer that was cut at its token limit leads to.
enum class when_truncated {
    twice, ///< the next request allows twice as many tokens, up to what the model gives
    same,  ///< the next request is the same
    fail,  ///< the item fails
};

/// Who is asked when those before have given invalid answers only: a rung of the ladder. The task's own model is rung
/// 0.
struct escalation {
    std::string model;
    json params; ///< null: the task's
    int attempts = 1;
};

/// The number that takes a rung's place where the fallback is asked instead of the task's own service.
inline constexpr int fallback_rung = -1;

/// What the fallback is asked for, where it differs from the task.
struct fallback_model {
    std::string model; ///< empty: the task's
    json params;       ///< null: the task's
};

/// An item that has used up everything is asked again after a while, so often.
struct reopen_spec {
    std::chrono::milliseconds after{};
    int times = 0;
};

struct retry_spec {
    int attempts = 3;   ///< invalid answers allowed, on rung 0
    int deliveries = 5; ///< transport failures, expiries and missing answers allowed
    std::chrono::milliseconds backoff{std::chrono::minutes{5}};
    when_truncated truncated = when_truncated::twice;
    bool feedback = true;             ///< the next request carries the previous answer and the validator's message
    std::vector<escalation> escalate; ///< rungs 1, 2, ...
    std::optional<reopen_spec> reopen;
};

/// What an answer without a schema is.
struct bare_answer {
    enum class kind { text, number, one_of } type = kind::text;
    std::optional<double> min, max; ///< of a number
    std::optional<double> of;       ///< "8/10" is 8 where this is 10
    std::vector<std::string> labels;
};

/// One declared correction of an answer, made before it is checked against the schema.
struct repair_step {
    enum class kind {
        alias,            ///< a text that is one of `words` becomes what stands beside it
        clamp,            ///< a number beyond min or max becomes that
        distinct,         ///< elements that stand earlier in the list, too, go
        keep_known,       ///< elements that are not in `known` go
        unwrap_single,    ///< a list of one becomes its element
        number_from_text, ///< a text with one number in it becomes that number
    } type = kind::alias;
    std::string at = "$"; ///< path into the answer; [*]: each element
    std::vector<std::pair<std::string, std::string>> words;
    std::vector<json> known;
    std::optional<double> min, max;
    std::optional<double> of; ///< "8/10" is 8 where this is 10
    double cost = 0;          ///< taken from the score for each place that it corrects
};

/// A question with the answer that is wanted, shown to the model before its own question.
struct prompt_example {
    std::string user, assistant;
};

/// Which fields of a record {{all_fields}} stands for.
struct field_choice {
    std::vector<std::string> only;   ///< these, in this order; empty: all
    std::vector<std::string> except; ///< but these
};

/// Personal data that no provider is to see.
struct redact_rule {
    std::vector<std::string> fields; ///< where it is looked for, members as a.b; empty: in all
    std::string pattern;             ///< "email", "phone", "iban", or empty: `regex`
    std::string regex;               ///< as RE2 takes it
    std::string as;                  ///< what stands in its place; {{n}} is a number
    bool restore = false;            ///< put back into the answer
};

enum class keep_raw { failed, all, none };

/// Everything that makes a task version. Stored whole as JSON and named by its hash; a batch is built, checked and
/// scored by the stored definition, never by the file of today. Texts are unexpanded: ${VAR} works only in operational
/// settings.
struct task_definition {
    std::string name;
    std::string model;
    bool model_override = false; ///< --model of the command line
    std::string endpoint = "/v1/chat/completions";
    json params = json::object();
    std::string system; ///< mustache; may be empty
    std::string user;   ///< mustache
    json output;        ///< JSON Schema, or null: `answer` says what the text is
    std::vector<rule> rules;
    score_spec score;
    retry_spec retry;
    keep_raw raw = keep_raw::failed;
    bool cache = false; ///< mark the system prompt for the provider's cache, where requests have such marks
    bare_answer answer; ///< without an output schema
    std::vector<prompt_example> examples;
    std::vector<repair_step> repair; ///< in this order
    field_choice all_fields;
    std::optional<fallback_model> fallback;
    std::vector<redact_rule> redact; ///< of the pipeline; of places that overlap the first rule's counts
};

/// "alias", "clamp", ...: as pipeline files write it.
std::string_view to_string(repair_step::kind step);
/// The last kind for a name that none has.
repair_step::kind repair_kind_of(std::string_view name);

/// Models that may be asked, one after the other: 1 where there is no ladder.
int rungs_of(const task_definition &definition);
/// The definition with the model and the params that are asked for on a rung, or of the fallback (fallback_rung). A
/// rung beyond the last one is the last.
task_definition on_rung(task_definition definition, int rung);
/// What people call it: "rung 1", "fallback".
std::string rung_name(int rung);
/// Invalid answers allowed there.
int attempts_on(const retry_spec &retry, int rung);

/// The stored form of a task version. Round trip: definition_from_json(to_json(d)) has the same hash.
json to_json(const task_definition &definition);
task_definition definition_from_json(const json &stored);
std::string definition_hash(const task_definition &definition);

} // namespace smelt
