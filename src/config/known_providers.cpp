#include "read.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/base/text.hpp"

namespace smelt::config {
namespace {

const json &table() {
    static const json file = json::parse(embedded::find(embedded::config_files(), "data/providers.json"));
    return file.at("providers");
}

template <class T>
void take(const json &object, const char *name, T &into) {
    if (object.contains(name))
        object.at(name).get_to(into);
}

std::vector<param_rule> read_param_rules(const json &rules) {
    std::vector<param_rule> out;
    for (const auto &entry : rules) {
        param_rule rule;
        take(entry, "models", rule.models);
        take(entry, "name", rule.name);
        take(entry, "use", rule.use);
        out.push_back(std::move(rule));
    }
    return out;
}

} // namespace

provider_spec known_provider(const std::string &name) {
    const json &row = table().at(name);
    provider_spec spec;
    spec.name = name;
    spec.base_url = row.value("base_url", "");
    take(row, "max_requests", spec.max_requests);
    take(row, "max_bytes", spec.max_bytes);
    take(row, "dialect", spec.dialect);
    take(row, "facts", spec.facts);
    take(row, "synchronous", spec.synchronous);
    if (row.contains("quirks"))
        apply_quirks(row.at("quirks"), spec.quirks);
    return spec;
}

bool is_synchronous(const std::string &provider) {
    return table().contains(provider) && table().at(provider).value("synchronous", false);
}

std::string address_example(const std::string &name) {
    return table().at(name).value("needs_base_url", "");
}

void apply_quirks(const json &quirks, quirks_spec &into) {
    take(quirks, "key_header", into.key_header);
    if (quirks.contains("headers"))
        for (const auto &[header, value] : quirks.at("headers").items())
            into.headers[lower_ascii(header)] = value.get<std::string>();
    take(quirks, "query", into.query);
    take(quirks, "upload_purpose", into.upload_purpose);
    take(quirks, "upload_type", into.upload_type);
    take(quirks, "wait_for_upload", into.wait_for_upload);
    take(quirks, "completion_window", into.completion_window);
    take(quirks, "metadata", into.metadata);
    take(quirks, "list", into.list);
    take(quirks, "pages", into.pages);
    take(quirks, "states", into.states);
    if (quirks.contains("schema"))
        into.schema = quirks.at("schema") == "plain" ? schema_form::plain : schema_form::strict;
    take(quirks, "inline_requests", into.inline_requests);
    if (quirks.contains("params"))
        into.params = read_param_rules(quirks.at("params"));
    if (quirks.contains("line"))
        into.full_lines = quirks.at("line") == "full";
}

} // namespace smelt::config
