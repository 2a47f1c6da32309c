// An edit of a person is the attempt of a batch of kind human, an answer of a rule pack one of kind rules. What judges
// models and providers must not count it: each statement that reads batches is named here, with the reason why it may
// read all of them.

#include "catch.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;

/// These read batches of kind provider alone.
const std::set<std::string> judges{"answers_progress",
                                   "answers_recent",
                                   "regroup_drop_items",
                                   "score_correct_replaced",
                                   "review_score_correct",
                                   "view judged",
                                   "report_status",
                                   "view status",
                                   "view rungs",
                                   "view spend",
                                   "view budget_use",
                                   "view budgets",
                                   "estimate_tokens_per_byte",
                                   "estimate_history",
                                   "estimate_first_bytes",
                                   "estimate_pace",
                                   "analysis_usage",
                                   "analysis_waste",
                                   "analysis_lost",
                                   "analysis_batches",
                                   "forget_batches",
                                   "forget_mark_pipeline",
                                   "forget_scores",
                                   "forget_task"};

/// A human batch is closed when it is made, has no account, nonce or remote id, and is found by nobody who looks for
/// one.
const std::set<std::string> looks_for_others{"account_under_way",
                                             "account_reserved",
                                             "item_lock_batch",
                                             "item_requeue_batch",
                                             "batch_remember_members",
                                             "batch_lock_slice",
                                             "batch_take",
                                             "batch_take_ended",
                                             "batch_of_remote",
                                             "batch_abandoned",
                                             "batch_can_readopt",
                                             "batch_readopt_items",
                                             "batch_remote_files",
                                             "batch_waiting_records",
                                             "report_dead_leases",
                                             "report_unknown_batches",
                                             "report_batch_of_remote_id",
                                             "hold_lift",
                                             "item_outlook",
                                             "listing_jobs_of",
                                             "listing_unrecognised_jobs",
                                             "listing_unrecognised_nonces",
                                             "batch_applied",
                                             "batch_discard",
                                             "forget_has_left",
                                             "forget_open_batches"};

/// The batch of one attempt or item: whose answer it is does not matter to the question.
const std::set<std::string> of_one_answer{"batch_find",
                                          "graph_replaced",
                                          "due_settle",
                                          "item_cuts",
                                          "item_redo",
                                          "item_stream",
                                          "load_update_items",
                                          "report_answers",
                                          "report_batch_place",
                                          "report_export",
                                          "review_show",
                                          "review_find",
                                          "analysis_scores",
                                          "write_back_rows",
                                          "rules_exported",
                                          "view batches",
                                          "view answered",
                                          "view reviews",
                                          "view needs_superseded",
                                          "forget_requests_settled",

                                          "retain_next_batch"};

/// A human batch has a ledger like any other, which has to be right.
const std::set<std::string> checks{
    "report_deep_claims",  "report_deep_dependents", "report_deep_ledger", "report_deep_orphans",  "report_deep_spend",
    "report_deep_waiting", "report_orphaned",        "view ledger",        "report_deep_retention"};

std::string text_of(const fs::path &file) {
    std::ifstream in{file};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Parts of a text that begin with a match, by its first group.
void add_parts(const std::string &text, const std::string &begin, const std::string &prefix,
               std::map<std::string, std::string> &into) {
    const std::regex pattern{begin};
    const std::sregex_iterator first{text.begin(), text.end(), pattern};
    const std::sregex_iterator none;
    for (auto i = first; i != none; ++i) {
        const auto next = std::next(i);
        const auto at = static_cast<std::size_t>(i->position());
        const auto end = next == none ? text.size() : static_cast<std::size_t>(next->position());
        into[prefix + (*i)[1].str()] = text.substr(at, end - at);
    }
}

std::map<std::string, std::string> statements() {
    std::map<std::string, std::string> all;
    for (const auto &file : fs::directory_iterator{SMELT_SOURCE_DIR "/sql"})
        add_parts(text_of(file.path()), "-- name: (\\w+)\\(", "", all);
    add_parts(text_of(SMELT_SOURCE_DIR "/migrations/0002_views.sql"), "CREATE (?:VIEW|FUNCTION) smelt\\.(\\w+)",
              "view ", all);
    return all;
}

} // namespace

TEST_CASE("what judges models and providers counts neither the edits of people nor the answers of rule packs") {
    const std::regex reads{R"((FROM|JOIN)\s+smelt\.batch\b)"};
    const std::regex providers_only{R"(\bkind = (:kind_provider|0)\b)"};
    std::set<std::string> seen;
    for (const auto &[name, text] : statements()) {
        if (!std::regex_search(text, reads))
            continue;
        seen.insert(name);
        INFO(name);
        CHECK(judges.contains(name) == std::regex_search(text, providers_only));
        CHECK(judges.count(name) + looks_for_others.count(name) + of_one_answer.count(name) + checks.count(name) == 1);
    }
    for (const auto *list : {&judges, &looks_for_others, &of_one_answer, &checks})
        for (const auto &name : *list) {
            INFO(name);
            CHECK(seen.contains(name));
        }
}
