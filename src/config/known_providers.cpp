#include "read.hpp"

#include "smelt/core/embedded.hpp"

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

} // namespace

provider_spec known_provider(const std::string &name) {
    const json &row = table().at(name);
    provider_spec spec;
    spec.name = name;
    spec.base_url = row.value("base_url", "");
    take(row, "max_requests", spec.max_requests);
    take(row, "max_bytes", spec.max_bytes);
    if (row.contains("quirks"))
        apply_quirks(row.at("quirks"), spec.quirks);
    return spec;
}

std::string address_example(const std::string &name) {
    return table().at(name).value("needs_base_url", "");
}

void apply_quirks(const json &quirks, quirks_spec &into) {
    take(quirks, "key_header", into.key_header);
    take(quirks, "headers", into.headers);
    take(quirks, "query", into.query);
    take(quirks, "upload_purpose", into.upload_purpose);
    take(quirks, "upload_type", into.upload_type);
    take(quirks, "wait_for_upload", into.wait_for_upload);
    take(quirks, "completion_window", into.completion_window);
    take(quirks, "metadata", into.metadata);
    take(quirks, "pages", into.pages);
    take(quirks, "states", into.states);
    if (quirks.contains("line"))
        into.full_lines = quirks.at("line") == "full";
}

} // namespace smelt::config
