#include "read.hpp"

#include "smelt/config/expression.hpp"
#include "smelt/json/path.hpp"
#include "smelt/json_schema/pattern.hpp"

#include <algorithm>
#include <set>

namespace smelt::config {
namespace {

constexpr std::pair<const char *, source_kind> kinds[] = {{"csv", source_kind::csv},   {"jsonl", source_kind::jsonl},
                                                          {"json", source_kind::json}, {"text", source_kind::text},
                                                          {"sql", source_kind::sql},   {"http", source_kind::http}};

void read_key(const view &section, source_spec &spec) {
    if (spec.kind == source_kind::text) {
        if (section.has("key"))
            section.at("key").fail("text sources have no key field", "the key is the file's name; remove this line");
        spec.key.fields = {"file"};
        return;
    }
    if (!section.has("key"))
        section.fail("the key \"key\" is missing",
                     "name the field that identifies a record, for example `key: id`; where no field does, "
                     "`key: {hash: [FIELD, ...]}`");
    const auto at = section.at("key");
    const json &value = at.value();
    if (value.is_string())
        spec.key.fields = {value.get<std::string>()};
    else if (value.is_array())
        spec.key.fields = value.get<std::vector<std::string>>();
    spec.key.type = at.has("hash")  ? key_spec::kind::hash
                    : at.has("row") ? key_spec::kind::row
                                    : key_spec::kind::fields;
    at.read("hash", spec.key.fields);
    if (spec.kind == source_kind::sql && spec.key.type == key_spec::kind::row)
        at.fail("the rows of a query have no order that lasts", "name a column, or a hash of several");
    if (spec.http && spec.key.type != key_spec::kind::fields)
        at.fail("the records of lists have no order that lasts", "name a field, or several");
}

void read_records(const view &section, source_spec &spec) {
    for (const auto *name : {"records", "member"})
        if (section.has(name) && spec.kind != source_kind::json)
            section.at(name).fail("only a json source has " + std::string{name});
    section.read("records", spec.records);
    section.read("member", spec.member);
    if (section.has("records"))
        check_path(section.at("records"));
}

std::vector<derived_field> read_derived(const view &section) {
    std::vector<derived_field> list;
    if (!section.has("derive"))
        return list;
    const auto derive = section.at("derive");
    for (const auto &[name, unused] : derive.value().items()) {
        const auto at = derive.at(name);
        derived_field field;
        field.name = name;
        at.read("from", field.from);
        at.read("match", field.match);
        std::string missing = "error";
        at.read("missing", missing);
        field.may_be_empty = missing == "empty";
        try {
            const json_schema::pattern check{field.match};
        } catch (const std::invalid_argument &e) {
            at.at("match").fail(std::string{"not a regular expression that can be used: "} + e.what());
        }
        if (section.has("text") && field.from != "text" && field.from != "file")
            at.at("from").fail("a record of a text source has the fields text and file only");
        if (section.has("text") && (field.name == "text" || field.name == "file"))
            at.fail("a record of a text source has a field of this name already",
                    "give the derived field another name");
        if (field.from == field.name || derive.has(field.from))
            at.at("from").fail("a derived field is made of a field of the source", "name one that the source has");
        list.push_back(std::move(field));
    }
    return list;
}

std::optional<text_file_spec> read_text_by_path(const view &section, const source_spec &spec) {
    if (!section.has("text_file"))
        return std::nullopt;
    const auto at = section.at("text_file");
    if (spec.kind == source_kind::text)
        at.fail("the files of a text source are its records already", "text_file is for rows that name a file");
    text_file_spec file;
    at.read("column", file.column);
    at.read("base", file.base);
    at.read("field", file.field);
    at.read_size("max_bytes", file.max_bytes);
    at.read("max_tokens", file.max_tokens);
    if (file.field == file.column ||
        std::ranges::find(spec.derive, file.field, &derived_field::name) != spec.derive.end())
        at.fail("two fields are named \"" + file.field + "\"", "give the text another name: field: NAME");
    for (const auto &name : spec.key.fields)
        if (name == file.field)
            section.at("key").fail("the text of a file cannot be part of the key", "name a field of the row");
    return file;
}

std::optional<again_spec> read_again(const view &section, const source_spec &spec) {
    if (!section.has("again"))
        return std::nullopt;
    const auto at = section.at("again");
    if (spec.kind != source_kind::sql)
        at.fail("only rows of a query can ask to be sent again",
                "smelt redo and smelt retry send chosen records again");
    again_spec again;
    at.read("when", again.when);
    at.read("version", again.version);
    at.read("times", again.times);
    return again;
}

char read_delimiter(const view &section) {
    std::string text = ",";
    section.read("delimiter", text);
    return text == "tab" || text == "\\t" ? '\t' : text.front();
}

} // namespace

source_spec read_source(const view &section, const std::filesystem::path &folder) {
    source_spec spec;
    for (const auto &[name, kind] : kinds)
        if (section.has(name)) {
            spec.kind = kind;
            if (kind == source_kind::sql)
                section.read(name, spec.query);
            else if (kind == source_kind::http)
                spec.http = read_http_source(section.at(name), folder);
            else
                section.read(name, spec.patterns);
        }
    read_key(section, spec);
    read_records(section, spec);
    spec.derive = read_derived(section);
    spec.text_file = read_text_by_path(section, spec);
    spec.again = read_again(section, spec);
    std::string gone = "keep";
    section.read("gone", gone);
    spec.skips_gone = gone == "skip";
    if (section.has("every") && spec.http)
        section.at("every").fail("of an http source it stands one level below", "write it into http");
    if (section.has("every"))
        section.read_duration("every", spec.every.emplace(), true);
    if (section.at("http").has("every"))
        section.at("http").read_duration("every", spec.every.emplace(), true);
    if (section.has("delimiter") && spec.kind != source_kind::csv)
        section.at("delimiter").fail("only CSV has a delimiter");
    if (section.has("quote") && spec.kind != source_kind::csv)
        section.at("quote").fail("only CSV has quotes");
    spec.delimiter = read_delimiter(section);
    std::string quote = "double";
    section.read("quote", quote);
    spec.quotes = quote != "none";
    section.read("content", spec.content);
    for (const auto &field : section.at("content").elements())
        if (spec.kind == source_kind::text && field.value() != "text" && field.value() != "file" &&
            !section.at("derive").has(field.value().get<std::string>()))
            field.fail("a record of a text source has the fields text and file only");
    return spec;
}

void require_unique_names(const view &list) {
    std::map<std::string, int> lines;
    for (const auto &element : list.elements()) {
        const auto name = element.value().at("name").get<std::string>();
        const auto [first, is_new] = lines.emplace(name, element.line());
        if (!is_new)
            element.at("name").fail("the name \"" + name + "\" is already used on line " +
                                    std::to_string(first->second));
    }
}

std::vector<prefilter> read_prefilters(const view &section) {
    require_unique_names(section);
    std::vector<prefilter> list;
    for (const auto &element : section.elements()) {
        prefilter one;
        element.read("name", one.name);
        element.read("skip_if", one.skip_if);
        list.push_back(std::move(one));
    }
    return list;
}

std::optional<rule_pack> read_rule_pack(const view &root, const std::filesystem::path &folder) {
    if (!root.has("rules_file"))
        return std::nullopt;
    std::string name;
    root.read("rules_file", name);
    if (const auto file = folder / name; std::filesystem::exists(file))
        return load_rule_pack(file);
    root.at("rules_file")
        .fail("there is no file " + (folder / name).string(), "paths are relative to the pipeline file");
}

std::optional<dedupe_spec> read_dedupe(const view &section) {
    if (section.value().is_null())
        return std::nullopt;
    dedupe_spec spec;
    section.read("by", spec.by);
    std::string keep = "first";
    section.read("keep", keep);
    spec.keeps_last = keep == "last";
    section.read("ignore", spec.ignore);
    if (spec.by.find("fields") == std::string::npos)
        section.at("by").fail("names no field", "it is SQL over `fields` that names each field that counts, such as "
                                                "normalised(fields->>'text')");
    return spec;
}

limits_spec read_limits(const view &section, limits_spec spec) {
    section.read("requests_per_batch", spec.requests_per_batch);
    section.read_size("bytes_per_batch", spec.bytes_per_batch);
    section.read("tokens_per_batch", spec.tokens_per_batch);
    section.read("enqueued_tokens", spec.enqueued_tokens);
    section.read("open_batches", spec.open_batches);
    return spec;
}

std::vector<redact_rule> read_redact(const view &section) {
    std::vector<redact_rule> rules;
    for (const auto &at : section.elements()) {
        redact_rule one;
        if (at.has("fields"))
            one.fields = at.at("fields").value().get<std::vector<std::string>>();
        const json pattern = at.at("pattern").value();
        if (pattern.is_string())
            one.pattern = pattern.get<std::string>();
        else
            one.regex = pattern.at("regex").get<std::string>();
        one.as = one.pattern == "email"   ? "[EMAIL_{{n}}]"
                 : one.pattern == "phone" ? "[PHONE_{{n}}]"
                 : one.pattern == "iban"  ? "[IBAN_{{n}}]"
                                          : "[REDACTED_{{n}}]";
        at.read("as", one.as);
        at.read("restore", one.restore);
        if (one.restore && one.as.find("{{n}}") == std::string::npos)
            at.at("as").fail("what is to be restored needs a number", "write {{n}} where the number is to stand");
        rules.push_back(std::move(one));
    }
    return rules;
}

retention_spec read_retention(const view &section) {
    constexpr std::chrono::hours longest{24 * 3660};
    const auto read = [&](const char *name) {
        std::optional<std::chrono::milliseconds> age;
        if (section.has(name))
            section.read_duration(name, age.emplace(), true, longest);
        return age;
    };
    return {read("raw"), read("fetched"), read("rejected"), read("replaced")};
}

circuit_breaker_spec read_circuit_breaker(const view &section) {
    circuit_breaker_spec spec;
    std::string failed = std::to_string(spec.failed_percent) + "%";
    section.read("failed", failed);
    spec.failed_percent = std::stoi(failed); // the schema has checked its form
    if (spec.failed_percent > 100)
        section.at("failed").fail("a share is at most 100%", "100% switches it off");
    section.read("after", spec.after);
    return spec;
}

timing_spec read_timing(const view &section) {
    timing_spec spec;
    section.read_duration("send_window", spec.send_window);
    section.read_duration("list_grace", spec.list_grace, true);
    section.read_duration("missing_wait", spec.missing_wait, true);
    section.read_duration("late_duplicates", spec.late_duplicates, true);
    section.read_duration("lease", spec.lease);
    section.read_duration("connect_timeout", spec.connect_timeout);
    section.read_duration("idle_timeout", spec.idle_timeout);
    section.read_duration("answer_timeout", spec.answer_timeout);
    section.read_duration("queue_full_hold", spec.queue_full_hold, true);
    return spec;
}

slice_spec read_slice(const view &section) {
    slice_spec spec;
    section.read("lines", spec.lines);
    section.read_size("bytes", spec.bytes);
    return spec;
}

} // namespace smelt::config
