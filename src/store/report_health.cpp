#include "statements.hpp"

#include "smelt/store/health.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace smelt::store {
namespace {

struct named_check {
    const char *name;
    const char *statement;
};

constexpr std::array<named_check, 10> checks{{
    {"items and records", "report_deep_records"},
    {"counts per status", "report_deep_counts"},
    {"items in flight belong to unfinished batches", "report_deep_claims"},
    {"no item waits for an answer that was applied", "report_deep_answered"},
    {"what batches wait for", "report_deep_waiting"},
    {"ledger of every batch", "report_deep_ledger"},
    {"tokens and cost of every batch", "report_deep_spend"},
    {"results have an accepted attempt", "report_deep_accepted"},
    {"failures have a reason", "report_deep_explained"},
    {"attempts belong to items and batches", "report_deep_orphans"},
}};

} // namespace

std::vector<std::string> health::sentences(std::string_view statement) {
    std::vector<std::string> found;
    for (const auto &row : tx_.exec(sql(statement)))
        found.push_back(text(row[0]));
    return found;
}

std::vector<obstacle> health::obstacles(std::string_view statement) {
    std::vector<obstacle> found;
    for (const auto &row : tx_.exec(sql(statement)))
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
    return tx_.exec_one(sql("report_database_is_empty"))[0].as<bool>();
}

std::vector<std::string> health::dead_leases() {
    return sentences("report_dead_leases");
}

std::vector<std::string> health::moved() {
    return sentences("report_moved");
}

std::vector<obstacle> health::active_holds() {
    return obstacles("report_holds");
}

std::vector<obstacle> health::unknown_batches() {
    return obstacles("report_unknown_batches");
}

std::vector<std::string> health::orphaned() {
    return sentences("report_orphaned");
}

std::vector<std::string> health::absent_views() {
    return sentences("report_absent_views");
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
