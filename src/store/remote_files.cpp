#include "smelt/store/remote_files.hpp"

#include "sql/batches.hpp"
#include "statements.hpp"

namespace smelt::store {

std::vector<remote_file> remote_files::to_delete(pipeline_id p, account_id a, bool closed_too,
                                                 std::chrono::milliseconds late_duplicates) {
    std::vector<remote_file> found;
    for (const auto &row : tx_.exec(sql::batch_remote_files, p.value, a.value, closed_too, late_duplicates.count())) {
        remote_file one{batch_id{row["id"].as<int>()}, text(row["nonce"]),
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

void remote_files::deleted(batch_id b) {
    tx_.exec(sql::batch_files_deleted, b.value);
    tx_.exec(sql::batch_drop_hidden, b.value);
}

} // namespace smelt::store
