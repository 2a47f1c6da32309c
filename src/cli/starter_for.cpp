#include "starter_for.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/base/json.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <string_view>

namespace smelt::cli {
namespace {

/// What a prompt names of a record, at most: of more it shows all.
constexpr std::size_t most_fields = 12;
/// Longer values get lines of their own.
constexpr std::int64_t long_text = 120;

/// A text as YAML: as it is where that is plain, else in double quotes.
std::string yaml(const std::string &text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const bool is_name = !text.empty() && text.find_first_not_of(plain) == std::string::npos &&
                         !(text.front() >= '0' && text.front() <= '9');
    return is_name && text != "true" && text != "false" && text != "null" && text != "yes" && text != "no" &&
                   text != "y" && text != "n"
               ? text
               : json(text).dump();
}

/// What glob takes for a pattern is meant as it stands.
std::string escaped_pattern(const std::string &path) {
    std::string out;
    for (const char c : path) {
        if (std::string_view{"*?[]\\"}.find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

/// Whether a template can name it as it stands.
bool is_usable(const std::string &name) {
    constexpr std::string_view special = "#^/&!>=$.";
    return !name.empty() && name == trim(name) && name.find_first_of("{}\n\r\t") == std::string::npos &&
           special.find(name.front()) == std::string_view::npos && !name.ends_with('.') &&
           name.find("..") == std::string::npos && name != "all_fields" && name != "tasks";
}

std::string key_text(const config::key_spec &key) {
    if (key.type == config::key_spec::kind::row)
        return "{row: true}";
    if (key.type == config::key_spec::kind::fields)
        return yaml(key.fields.front());
    std::string list;
    for (const auto &field : key.fields)
        list += (list.empty() ? "" : ", ") + yaml(field);
    return "{hash: [" + list + "]}";
}

/// In the source a ${ begins a reference.
std::string escaped_reference(std::string text) {
    for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos; at += 3)
        text.insert(at, 1, '$');
    return text;
}

std::string key_comment(config::key_spec::kind kind) {
    switch (kind) {
    case config::key_spec::kind::fields:
        return "   # what identifies a record, for ever\n";
    case config::key_spec::kind::hash:
        return "   # a hash: name a field that identifies a record where there is one (docs/sources.md, Keys)\n";
    case config::key_spec::kind::row:
        break;
    }
    return "   # the file and the number of the record (docs/sources.md, Keys)\n";
}

std::string kind_of(const config::source_spec &spec) {
    if (spec.kind == config::source_kind::csv)
        return "csv";
    return spec.kind == config::source_kind::json ? "json" : "jsonl";
}

std::string source_text(const source::sketch &sketch, const std::string &path) {
    const auto &spec = sketch.source;
    const config::source_spec usual;
    std::string text = "  " + kind_of(spec) + ": " + escaped_reference(json(escaped_pattern(path)).dump()) + "\n";
    if (spec.delimiter == '\t')
        text += "  delimiter: tab\n";
    else if (spec.delimiter != usual.delimiter)
        text += "  delimiter: " + json(std::string(1, spec.delimiter)).dump() + "\n";
    if (!spec.quotes)
        text += "  quote: none\n";
    if (!spec.records.empty())
        text += "  records: " + json(spec.records).dump() + "\n";
    if (spec.member != usual.member)
        text += "  member: " + yaml(spec.member) + "\n";
    return text + "  key: " + escaped_reference(key_text(spec.key)) + key_comment(spec.key.type);
}

/// A key that only tells records apart says nothing to the model.
bool is_mere_key(const source::sketch &sketch, const source::sketched_field &field) {
    const auto &key = sketch.source.key;
    return key.type == config::key_spec::kind::fields && key.fields.front() == field.name && field.is_called_key;
}

std::vector<const source::sketched_field *> shown_fields(const source::sketch &sketch) {
    std::vector<const source::sketched_field *> fields;
    for (const auto &field : sketch.fields)
        if ((field.filled > 0 || field.is_nested) && !is_mere_key(sketch, field))
            fields.push_back(&field);
    return fields;
}

/// Whether each field can be named in the prompt, and few enough are.
bool can_name_all(const std::vector<const source::sketched_field *> &fields, std::int64_t records) {
    return !fields.empty() && fields.size() <= most_fields && std::ranges::all_of(fields, [&](const auto *field) {
        return is_usable(field->name) && !field->is_nested && (!field->is_boolean || field->present == records);
    });
}

/// A line for each field, long ones at the end. One that a record may not have is shown where it is there.
std::string named_fields(const std::vector<const source::sketched_field *> &fields, std::int64_t records) {
    std::string lines, blocks;
    for (const auto *field : fields) {
        const bool is_optional = field->present < records;
        const auto open = is_optional ? "{{#" + field->name + "}}" : std::string{};
        const auto close = is_optional ? "{{/" + field->name + "}}" : std::string{};
        if (field->mean_bytes() > long_text)
            blocks += "\n      " + open + field->name + ":\n      {{" + field->name + "}}" + close + "\n";
        else
            lines += "      " + open + field->name + ": {{" + field->name + "}}" + close + "\n";
    }
    return lines.empty() ? blocks.substr(1) : lines + blocks;
}

/// The fields one by one, or all of them but a mere key.
std::string prompt_text(const source::sketch &sketch) {
    const auto fields = shown_fields(sketch);
    if (can_name_all(fields, sketch.records))
        return "    user: |\n" + named_fields(fields, sketch.records);
    std::string text = "    user: \"{{all_fields}}\"   # every field of the record: docs/pipeline.md, Prompts\n";
    for (const auto &field : sketch.fields)
        if (is_mere_key(sketch, field) && sketch.fields.size() > 1)
            text += "    all_fields: {except: [" + yaml(field.name) + "]}\n";
    return text;
}

constexpr std::string_view pipeline_text =
    R"(# Made by smelt init --from. `smelt run --dry-run` shows what would be sent without sending it; everything that can
# stand here is in docs/pipeline.md.

pipeline: NAME_OF_PIPELINE     # names the results: smelt_out.NAME_OF_PIPELINE_extract

source:
SOURCE
provider:
  name: openai                 # any server with OpenAI's batch API
  base_url: "${OPENAI_BASE_URL:-https://api.openai.com/v1}"
  api_key: {env: OPENAI_API_KEY}   # from the environment or the file .env beside this one

tasks:
  extract:
    model: gpt-5-mini
    params: {max_completion_tokens: 1000}
    system: prompts/extract.md # what is to be done with each record: write it there
PROMPT
    output: schemas/extract.json   # JSON Schema: sent with the request and checked on return
    score: {confidence: "$.confidence", review_below: 0.7}
    retry: {attempts: 3, feedback: true}   # a rejected answer is asked for again, with what was wrong

limits:
  first_batch: 50              # so many are tried first; the rest goes out when they came back
)";

constexpr std::string_view system_text = R"(You read one record and describe it.

- `summary`: what it is about, in one sentence.
- `keywords`: up to five, most important first.
- `confidence`: how sure you are, from 0 to 1.

Answer with the JSON object only.
)";

constexpr std::string_view schema_text = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "summary": {"type": "string"},
    "keywords": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
    "confidence": {"type": "number", "minimum": 0, "maximum": 1}
  },
  "required": ["summary", "keywords", "confidence"],
  "additionalProperties": false
}
)";

std::string with(std::string text, std::string_view token, std::string_view value) {
    for (std::size_t at = 0; (at = text.find(token, at)) != std::string::npos; at += value.size())
        text.replace(at, token.size(), value);
    return text;
}

} // namespace

std::vector<starter_file> starter_for(const source::sketch &sketch, const std::string &pipeline,
                                      const std::string &source_path) {
    auto text = with(std::string{pipeline_text}, "NAME_OF_PIPELINE", pipeline);
    // The records' own words come last: they may hold what is replaced.
    text.replace(text.find("PROMPT\n"), 7, prompt_text(sketch));
    text.replace(text.find("SOURCE\n"), 7, source_text(sketch, source_path) + "\n");
    std::vector<starter_file> files{{"pipeline.yaml", std::move(text)},
                                    {"prompts/extract.md", std::string{system_text}},
                                    {"schemas/extract.json", std::string{schema_text}}};
    for (const auto &file : embedded::starter())
        if (file.name.ends_with("/.env.example") || file.name.ends_with("/.gitignore"))
            files.push_back({std::string{file.name.substr(file.name.rfind('/') + 1)}, std::string{file.content}});
    return files;
}

} // namespace smelt::cli
