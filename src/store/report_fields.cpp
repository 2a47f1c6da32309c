#include "report_fields.hpp"

namespace smelt::store {

std::string iso_time(std::string_view timestamp) {
    std::string out{timestamp.substr(0, 19)};
    if (out.size() == 19)
        out[10] = 'T';
    return out + 'Z';
}

std::optional<moment> moment_of(const pqxx::row &row, const std::string &name) {
    const auto at = row[name + "_at"];
    if (at.is_null())
        return std::nullopt;
    return moment{iso_time(db::view(at)), real(row[name + "_ago"])};
}

} // namespace smelt::store
