#include "database_size.hpp"

#include "open_database.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/table.hpp"
#include "smelt/config/pipeline.hpp"
#include "smelt/store/installation.hpp"
#include "smelt/store/retention.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

namespace smelt::cli {
namespace {

/// Smaller tables are summed.
constexpr std::int64_t small_table = 1'000'000;
/// Every row of the pipelines is looked at.
constexpr db::transaction::mode long_look{.read_only = true, .durable = false, .bounds = {.statement = {}}};

void write_tables(context &c, const std::vector<store::table_size> &sizes) {
    table shown{{{"TABLE", table::align::left, 12}, {"ROWS", table::align::right}, {"SIZE", table::align::right}}};
    store::table_size rest{"others", 0, 0};
    std::int64_t sum = 0;
    for (const auto &one : sizes) {
        sum += one.bytes;
        if (one.bytes >= small_table) {
            shown.add({one.name, group_digits(one.rows), short_bytes(one.bytes)});
            continue;
        }
        rest.rows += one.rows;
        rest.bytes += one.bytes;
    }
    shown.add({rest.name, group_digits(rest.rows), short_bytes(rest.bytes)});
    shown.add({table::cell{"all", style::strong}, std::string{}, short_bytes(sum)});
    c.out << shown.render(c.out_terminal);
}

/// What the file says of retention; why it cannot be read, or that it says nothing.
std::string freed(db::connection &c, const store::pipeline_size &p) {
    if (!std::filesystem::exists(p.file))
        return "its file is not there";
    try {
        const auto spec = config::load_pipeline(p.file).retention;
        if (!spec.of_answers() && !spec.fetched)
            return "no retention";
        db::transaction tx{c, long_look};
        return short_bytes(store::retention{tx, p.id, spec}.would_free());
    } catch (const usage_error &) {
        return "its file cannot be read";
    }
}

void write_pipelines(context &c, db::connection &connection) {
    std::vector<store::pipeline_size> sizes;
    {
        db::transaction tx{connection, long_look};
        sizes = store::installation{tx}.pipeline_sizes();
    }
    if (sizes.empty())
        return;
    table shown{{{"PIPELINE", table::align::left, 12},
                 {"RECORDS", table::align::right},
                 {"SIZE", table::align::right},
                 {"ANSWERS", table::align::right},
                 {"FETCHED", table::align::right},
                 {"RETENTION FREES", table::align::right}}};
    for (const auto &one : sizes)
        shown.add({one.name, group_digits(one.records), short_bytes(one.record_bytes), short_bytes(one.answer_bytes),
                   short_bytes(one.fetched_bytes), freed(connection, one)});
    c.out << '\n' << shown.render(c.out_terminal);
}

} // namespace

exit_code show_size(context &c) {
    auto database = open_database(c, "db size", schema_need::existing, {});
    {
        db::transaction tx{*database.connection, {.read_only = true}};
        write_tables(c, store::installation{tx}.table_sizes());
    }
    write_pipelines(c, *database.connection);
    return exit_code::ok;
}

} // namespace smelt::cli
