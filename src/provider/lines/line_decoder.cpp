#include "line_decoder.hpp"

#include "answer.hpp"
#include "line_repair.hpp"
#include "provider/wire.hpp"

namespace smelt::provider {
namespace {

void read_object(const node &line, line_reader read, result_line &out) {
    if (!line.is(node_kind::object))
        return not_understood(out, "the result line is JSON but not an object");
    read(line, out);
    if (member(line, "answer_lost") != nullptr)
        out.tokens.known = false;
}

/// A line that holds half a surrogate pair is read with U+FFFD in its place, so that its tokens count; the answer
/// itself is not what the model gave and must not pass.
void read_unparsed(line_document &document, std::string_view line, line_reader read, std::string_view id_name,
                   result_line &out) {
    if (document.lone_surrogate()) {
        const auto repaired = replace_lone_surrogates(line);
        if (const auto *value = document.parse(repaired)) {
            read_object(*value, read, out);
            if (out.cause == cause_kind::none)
                fail(out, cause_kind::unstorable, outcome_kind::errored, "the answer holds half of a surrogate pair");
            return;
        }
    }
    out.custom_id = scan_custom_id(line, id_name);
    not_understood(out, "the result line is not JSON");
}

} // namespace

void not_understood(result_line &out, std::string_view message) {
    fail(out, cause_kind::unreadable, outcome_kind::errored, message);
    out.tokens.known = false; // there was an answer, and it was paid for
}

result_line decode_line(std::string_view line, line_reader read, std::string_view id_name) {
    static thread_local line_document document;
    result_line out;
    line = without_mark(line);
    try {
        if (const auto *value = document.parse(line))
            read_object(*value, read, out);
        else
            read_unparsed(document, line, read, id_name, out);
    } catch (const std::exception &e) {
        out = result_line{};
        not_understood(out, e.what());
    }
    return out;
}

} // namespace smelt::provider
