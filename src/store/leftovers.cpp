#include "smelt/store/leftovers.hpp"

#include "statements.hpp"

namespace smelt::store {

std::vector<leftover> leftovers::find(pipeline_id p, bool closed_too, std::chrono::milliseconds late_twins) {
    std::vector<leftover> found;
    for (const auto &row : tx_.exec(sql("batch_leftovers"), p.value, closed_too, late_twins.count())) {
        leftover one{batch_id{row["id"].as<int>()}, text(row["nonce"]),
                     text(row["key_fingerprint"]),  {},
                     row["unnamed"].as<bool>(),     {}};
        one.age = std::chrono::milliseconds{integer(row["age"])};
        for (const auto *column : {"input_file_id", "output_file_id", "error_file_id"})
            if (!row[column].is_null())
                one.files.push_back(text(row[column]));
        found.push_back(std::move(one));
    }
    return found;
}

void leftovers::removed(batch_id b) {
    tx_.exec(sql("batch_files_removed"), b.value);
}

} // namespace smelt::store
