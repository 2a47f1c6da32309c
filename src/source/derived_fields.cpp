#include "derived_fields.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"

namespace smelt::source {

derived_fields::derived_fields(const std::vector<config::derived_field> &fields, std::string where)
    : fields_{fields}, where_{std::move(where)} {
    for (const auto &field : fields_)
        patterns_.emplace_back(field.match);
}

std::string derived_fields::value(std::size_t i, std::string_view from, std::int64_t line) const {
    const auto found = patterns_[i].capture(from);
    if (found)
        return *found;
    const auto &field = fields_[i];
    if (field.may_be_empty)
        return {};
    throw file_error{where_, static_cast<int>(line),
                     "derive." + field.name + ": " + field.from + " does not match: \"" +
                         std::string{clip_utf8(from, 80)} + "\"",
                     "correct the pattern, or set `missing: empty` there"};
}

void derived_fields::fail_absent(std::size_t i, std::int64_t line, const std::vector<std::string> &names) const {
    throw file_error{where_, static_cast<int>(line),
                     "there is no field \"" + fields_[i].from + "\" (derive." + fields_[i].name + " is made of it)",
                     config::did_you_mean(fields_[i].from, names)};
}

void derived_fields::fail_taken(std::size_t i, std::int64_t line) const {
    throw file_error{where_, static_cast<int>(line),
                     "the record has a field \"" + fields_[i].name + "\" already, which derive would make",
                     "give the derived field another name"};
}

} // namespace smelt::source
