#include "batch_rows.hpp"
#include "sql/batches.hpp"
#include "statements.hpp"

#include "smelt/store/batches.hpp"

namespace smelt::store {

std::vector<batch_row> batches::abandoned(pipeline_id p, milliseconds age) {
    std::vector<batch_row> found;
    for (const auto &row : tx_.exec(sql::batch_abandoned, p.value, age.count()))
        found.push_back(read_batch(row));
    return found;
}

bool batches::readopt(batch_id b, runner_id r, const std::string &remote_id) {
    if (!tx_.exec_one(sql::batch_can_readopt, b.value)[0].as<bool>())
        return false;
    // Between the look and the update another run may have claimed a member: then nothing of this may be committed.
    const auto taken = static_cast<std::int64_t>(tx_.exec(sql::batch_readopt_items, b.value).affected_rows());
    if (taken != tx_.exec_one(sql::batch_member_count, b.value)[0].as<std::int64_t>())
        return false;
    fenced(tx_.exec(sql::batch_readopt, b.value, r.value, remote_id), b);
    tx_.exec(sql::batch_forget_members, b.value);
    return true;
}

void batches::note_duplicate_job(batch_id b, const std::string &remote_id, const std::string &note) {
    tx_.exec(sql::batch_note_duplicate_job, b.value, remote_id, note);
}

} // namespace smelt::store
