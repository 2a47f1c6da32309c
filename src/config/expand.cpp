#include "smelt/config/expand.hpp"

#include "reference.hpp"
#include "scalar.hpp"

#include "smelt/base/error.hpp"

namespace smelt::config {

std::string expand(std::string_view text, const pipeline &p) {
    try {
        return resolve(text, p.dotenv);
    } catch (const reference_error &e) {
        throw file_error{p.file.string(), 0, e.what(), e.hint()};
    }
}

json expand_json(const json &value, const pipeline &p) {
    if (value.is_string()) {
        const auto &text = value.get_ref<const std::string &>();
        const auto expanded = expand(std::string_view{text}, p);
        return is_single_reference(text) ? plain_scalar(expanded) : json(expanded);
    }
    json result = value;
    if (value.is_structured())
        for (auto &element : result)
            element = expand_json(element, p);
    return result;
}

} // namespace smelt::config
