#include "report_fields.hpp"
#include "sql/reports.hpp"

namespace smelt::store {

pack_report reports::rule_pack(pipeline_id p) {
    pack_report report;
    const auto counts = tx_.exec_one(sql::report_rule_pack, p.value);
    report.records = integer(counts["looked_at"]);
    report.without_evidence = integer(counts["without_evidence"]);
    report.incomplete = integer(counts["incomplete"]);
    for (const auto &row : tx_.exec(sql::report_rule_families, p.value))
        report.families.push_back({text(row["family"]), integer(row["records"]), integer(row["lifted"]),
                                   integer(row["decided"]), integer(row["hits"])});
    return report;
}

} // namespace smelt::store
