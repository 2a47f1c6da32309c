#include "sql/health.hpp"
#include "statements.hpp"

#include "smelt/store/health.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace smelt::store {
namespace {

struct named_check {
    const char *name;
    db::statement<0> statement;
};

constexpr std::array<named_check, 17> checks{{
    {"items and records", sql::report_deep_records},
    {"counts per status", sql::report_deep_counts},
    {"items in flight belong to unfinished batches", sql::report_deep_claims},
    {"no item waits for an answer that was applied", sql::report_deep_answered},
    {"what batches wait for", sql::report_deep_waiting},
    {"ledger of every batch", sql::report_deep_ledger},
    {"tokens and cost of every batch", sql::report_deep_spend},
    {"results have an accepted attempt", sql::report_deep_accepted},
    {"failures have a reason", sql::report_deep_explained},
    {"attempts belong to items and batches", sql::report_deep_orphans},
    {"every task has an item for every record", sql::report_deep_absent},
    {"copies are copies of records that are asked", sql::report_deep_copies},
    {"nothing rests on answers that do not count", sql::report_deep_dependents},
    {"no result has a reason to be skipped", sql::report_deep_skips},
    {"nothing is due for long", sql::report_deep_due},
    {"what was forgotten has left nothing", sql::report_deep_forgotten},
    {"what retention has removed", sql::report_deep_retention},
}};

} // namespace

std::vector<std::string> health::sentences(const db::statement<0> &statement) {
    std::vector<std::string> found;
    for (const auto &row : tx_.exec(statement))
        found.push_back(text(row[0]));
    return found;
}

std::vector<obstacle> health::obstacles(const db::statement<0> &statement) {
    std::vector<obstacle> found;
    for (const auto &row : tx_.exec(statement))
        found.push_back({text(row[1]), row[0].as<bool>()});
    return found;
}

std::string health::server_version() {
    return text(tx_.exec_one("SHOW server_version")[0]);
}

int health::server_version_number() {
    return tx_.exec_one("SELECT current_setting('server_version_num')::int")[0].as<int>();
}

bool health::database_is_empty() {
    return tx_.exec_one(sql::report_database_is_empty)[0].as<bool>();
}

std::vector<std::string> health::dead_leases() {
    return sentences(sql::report_dead_leases);
}

std::vector<std::string> health::moved() {
    return sentences(sql::report_moved);
}

std::vector<obstacle> health::active_holds() {
    return obstacles(sql::report_holds);
}

std::vector<obstacle> health::unknown_batches() {
    return obstacles(sql::report_unknown_batches);
}

std::vector<std::string> health::orphaned() {
    return sentences(sql::report_orphaned);
}

std::vector<std::string> health::absent_views() {
    return sentences(sql::report_absent_views);
}

const std::vector<std::string> &health::deep_checks() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        all.reserve(std::size(checks));
        for (const auto &check : checks)
            all.emplace_back(check.name);
        return all;
    }();
    return names;
}

std::vector<std::string> health::run_deep(const std::string &name) {
    const auto *found = std::ranges::find(checks, name, &named_check::name);
    if (found == checks.end())
        throw std::logic_error{"no deep check is called " + name};
    return sentences(found->statement);
}

} // namespace smelt::store
