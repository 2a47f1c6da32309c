#pragma once

#include "smelt/extraction/compiled_task.hpp"

#include <string>

/// Short ways to a compiled task.
namespace extraction_test {

inline smelt::task_definition definition(const std::string &user = "Read {{text}}") {
    smelt::task_definition d;
    d.name = "extract";
    d.model = "m";
    d.user = user;
    return d;
}

inline smelt::task_definition with_schema(const std::string &schema) {
    auto d = definition();
    d.output = smelt::json::parse(schema);
    return d;
}

inline smelt::extraction::judgement judge(const std::string &schema, const std::string &answer) {
    return smelt::extraction::compiled_task{with_schema(schema)}.judge(answer);
}

inline std::string user_text(const std::string &user, const std::string &fields) {
    return smelt::extraction::compiled_task{definition(user)}.render(fields, nullptr).back().content;
}

/// The message of the first finding, or empty.
inline std::string first_message(const smelt::extraction::judgement &v) {
    return v.findings.empty() ? std::string{} : v.findings.front().message;
}

} // namespace extraction_test
