#include "rules.hpp"
#include "simulator/answers/answer_format.hpp"

namespace smelt::sim {

answer_format read_anthropic_format(std::string_view raw) {
    answer_format out;
    if (raw.empty() || raw == "null")
        return out;
    const json config = json::parse(raw, nullptr, false);
    const json format = config.is_object() ? config.value("format", json()) : json();
    if (format.is_null())
        return out;
    out.is_json = true;
    const auto fail = [&](const std::string &what) { out.error = "output_config.format" + what; };
    if (!format.is_object() || format.value("type", json()) != json("json_schema")) {
        fail(".type: Input should be 'json_schema'");
        return out;
    }
    for (const auto &[name, value] : format.items())
        if (name != "type" && name != "schema") {
            fail("." + name + ": Extra inputs are not permitted");
            return out;
        }
    const json schema = format.value("schema", json());
    if (!schema.is_object()) {
        fail(".schema: Field required");
        return out;
    }
    if (const std::string broken = broken_anthropic_rule(schema); !broken.empty()) {
        fail(".schema: " + broken);
        return out;
    }
    try {
        out.schema.emplace(schema);
    } catch (const std::exception &e) {
        fail(std::string{".schema: "} + e.what());
    }
    return out;
}

} // namespace smelt::sim
