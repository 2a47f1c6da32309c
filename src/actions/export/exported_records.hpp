#pragma once

#include "smelt/actions/export.hpp"
#include "smelt/store/reports.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace smelt::actions {

/// The tasks that an export means, with the columns of their outputs.
std::vector<exported_task> tasks_to_export(db::connection &c, const store::pipeline_row &pipeline,
                                           std::optional<task_id> only);

/// Every column that an export of these tasks may have.
known_columns all_columns(db::connection &c, const store::pipeline_row &pipeline,
                          const std::vector<exported_task> &tasks);

std::vector<std::int32_t> ids_of(const std::vector<exported_task> &tasks);

/// Records in pages, each read in a transaction of its own.
class exported_records {
  public:
    /// All outlive it.
    exported_records(db::connection &c, pipeline_id pipeline, std::vector<std::int32_t> tasks)
        : connection_{c}, pipeline_{pipeline}, tasks_{std::move(tasks)} {}

    /// Calls each(ids) for the chosen records in the order of loading, a page at a time.
    void for_each_page(const store::pipeline_row &pipeline, const export_wish &wish,
                       const std::function<void(const std::vector<std::int64_t> &ids)> &each);
    std::vector<store::export_record> read(const std::vector<std::int64_t> &ids, bool with_raw = false);

  private:
    std::vector<std::int64_t> next_ids(bool all, std::int64_t after);
    std::vector<std::int64_t> ids_of_choice(const store::pipeline_row &pipeline, const export_wish &wish);

    db::connection &connection_;
    pipeline_id pipeline_;
    std::vector<std::int32_t> tasks_;
};

} // namespace smelt::actions
