#include "catch.hpp"

#include "smelt/orchestrator/decide.hpp"

using namespace smelt;
using namespace smelt::orchestrator;
using namespace std::chrono_literals;
using provider::remote_state;

TEST_CASE("what an item is spent for each cause") {

    CHECK(effect_of(cause_kind::none) == effect_kind::accept);
    for (const auto cause : {cause_kind::schema, cause_kind::rule, cause_kind::not_json, cause_kind::truncated,
                             cause_kind::rule_error, cause_kind::empty})
        CHECK(effect_of(cause) == effect_kind::spend_attempt);
    for (const auto cause : {cause_kind::transport, cause_kind::expired, cause_kind::missing, cause_kind::unreadable})
        CHECK(effect_of(cause) == effect_kind::spend_delivery);
    for (const auto cause : {cause_kind::cancelled, cause_kind::not_run})
        CHECK(effect_of(cause) == effect_kind::requeue);
    for (const auto cause : {cause_kind::refused, cause_kind::content_filter, cause_kind::rejected_request,
                             cause_kind::render, cause_kind::too_large})
        CHECK(effect_of(cause) == effect_kind::fail);
}

TEST_CASE("a truncated answer is asked for again with twice the limit, up to the model's") {
    task_definition task;
    task.params = {{"max_tokens", 6000}};
    const auto words = [&](int cuts) { return after_cut(task, "gpt-4o-mini", cuts); };
    CHECK(words(0).words == " (max_tokens: 6000); while it is asked again, the next request allows 12000");
    CHECK(words(0).effect == effect_kind::spend_attempt);
    CHECK(words(1).words == " (max_tokens: 12000); while it is asked again, the next request allows 16384");
    CHECK_THAT(words(2).words, SMELT_CONTAINS("(max_tokens: 16384); more than that"));
    CHECK(words(2).effect == effect_kind::climb);
    task.params = {{"max_tokens", 20000}};
    CHECK(words(0).effect == effect_kind::climb); // more than the table knows of: what is asked for is not made less
    task.retry.truncated = when_truncated::same;
    CHECK(words(1).words == " (max_tokens: 20000)");
    CHECK(words(1).effect == effect_kind::spend_attempt);
    task.retry.truncated = when_truncated::fail;
    CHECK(words(0).effect == effect_kind::fail);
    task.params = json::object();
    task.retry.truncated = when_truncated::twice;
    CHECK(words(0).words == " (params name none)");
    CHECK(words(0).effect == effect_kind::spend_attempt);
}

TEST_CASE("a larger model is not asked before the one that was cut has been given room") {
    task_definition task;
    task.params = {{"max_tokens", 6000}};
    task.retry.escalate.push_back({"gpt-4o", nullptr, 1});
    CHECK(after_cut(task, "gpt-4o-mini", 0).effect == effect_kind::enlarge);
    CHECK(after_cut(task, "gpt-4o-mini", 1).effect == effect_kind::enlarge);
    CHECK(after_cut(task, "gpt-4o-mini", 2).effect == effect_kind::climb);
}

TEST_CASE("the ledger counts each cause once") {
    CHECK(outcome_of(cause_kind::none) == outcome_kind::accepted);
    CHECK(outcome_of(cause_kind::rule) == outcome_kind::rejected);
    CHECK(outcome_of(cause_kind::expired) == outcome_kind::expired);
    CHECK(outcome_of(cause_kind::missing) == outcome_kind::missing);
    CHECK(outcome_of(cause_kind::not_run) == outcome_kind::not_run);
    CHECK(outcome_of(cause_kind::too_large) == outcome_kind::not_sent);
    CHECK(outcome_of(cause_kind::unstorable) == outcome_kind::errored);
}

TEST_CASE("an unknown batch is abandoned only when looking proves that nothing was made") {
    for (const bool window_over : {false, true})
        for (const bool was_open : {false, true}) {
            CHECK(resolve_unknown(true, true, window_over, was_open) == unknown_action::open);
            CHECK(resolve_unknown(false, false, window_over, was_open) == unknown_action::wait);
        }
    CHECK(resolve_unknown(true, false, true, false) == unknown_action::abandon);
    CHECK(resolve_unknown(true, false, false, false) == unknown_action::wait);
    CHECK(resolve_unknown(true, false, true, true) == unknown_action::wait);
}

TEST_CASE("an error about an open batch means something only under the key that made it") {
    using enum provider::failure_kind;
    CHECK(classify_poll_failure(not_found, true) == poll_failure::lost);
    for (const auto kind : {key, not_found})
        CHECK(classify_poll_failure(kind, false) == poll_failure::proves_nothing);
    for (const auto kind : {key, busy, unclear})
        CHECK(classify_poll_failure(kind, true) == poll_failure::passing);
    CHECK(classify_poll_failure(unclear, false) == poll_failure::passing);
}

TEST_CASE("missing is the last word, after three downloads and the time for them") {
    unanswered_facts facts{
        .state = remote_state::completed, .waiting = 3, .named = 7, .promised = 10, .missing_wait = 10min};
    CHECK(decide_unanswered(facts) == unanswered_action::download_again);
    facts.downloads = 2;
    facts.since_first = 9min;
    CHECK(decide_unanswered(facts) == unanswered_action::download_again);
    facts.since_first = 10min;
    CHECK(decide_unanswered(facts) == unanswered_action::missing);
    facts.downloads = 1;
    CHECK(decide_unanswered(facts) == unanswered_action::download_again);
    facts.waiting = 0;
    CHECK(decide_unanswered(facts) == unanswered_action::close);
}

TEST_CASE("answers that the counts promise and no file names are never asked again") {
    unanswered_facts facts{
        .state = remote_state::completed, .waiting = 3, .promised = 3, .owes_output = true, .missing_wait = 10min};
    facts.downloads = 50;
    facts.since_first = 24h;
    for (const auto state : {remote_state::completed, remote_state::expired, remote_state::cancelled}) {
        facts.state = state;
        CHECK(decide_unanswered(facts) == unanswered_action::download_again);
    }
    facts.owes_output = false; // a file is named and is short
    facts.state = remote_state::completed;
    CHECK(decide_unanswered(facts) == unanswered_action::missing);
    facts.owes_output = true;
    facts.named = 3; // the other file had them
    CHECK(decide_unanswered(facts) == unanswered_action::missing);
}

TEST_CASE("what an ended batch did not get to is what its end says, unless its files are short") {
    unanswered_facts facts{.waiting = 3, .named = 7, .promised = 7, .missing_wait = 10min};
    facts.state = remote_state::expired;
    CHECK(decide_unanswered(facts) == unanswered_action::expired);
    facts.state = remote_state::cancelled;
    CHECK(decide_unanswered(facts) == unanswered_action::cancelled);
    facts.promised = 8;
    CHECK(decide_unanswered(facts) == unanswered_action::download_again);
    facts.promised = 7;
    facts.cut_short = true;
    CHECK(decide_unanswered(facts) == unanswered_action::download_again);
    facts.state = remote_state::failed;
    CHECK(decide_unanswered(facts) == unanswered_action::not_run);
}

TEST_CASE("why a batch never ran") {
    CHECK(classify_failed({}, 5) == batch_refusal::unnamed);
    using enum provider::failure_kind;
    using line = std::optional<std::int64_t>;
    const auto failed = [](provider::failure_kind kind, line at = {}) {
        return provider::line_error{"", "", at, kind};
    };
    CHECK(classify_failed({failed(unclear)}, 5) == batch_refusal::unnamed);
    CHECK(classify_failed({failed(busy)}, 5) == batch_refusal::busy);
    CHECK(classify_failed({failed(unclear, 1), failed(busy)}, 5) == batch_refusal::busy);
    CHECK(classify_failed({failed(request, 1), failed(request, 2)}, 5) == batch_refusal::task);
    CHECK(classify_failed({failed(unclear), failed(request)}, 5) == batch_refusal::task);
    CHECK(classify_failed({failed(unclear, 2)}, 5) == batch_refusal::items);
    CHECK(classify_failed({failed(unclear, 1), failed(unclear, 2)}, 2) == batch_refusal::task);
    CHECK(classify_failed({failed(unclear, 1)}, 1) == batch_refusal::items);
    CHECK(halve(9) == 4);
    CHECK(halve(1) == 1);
}

TEST_CASE("pauses of --wait are short after progress and double without") {
    CHECK(next_pause(0ms, false, 30s) == 1875ms);
    CHECK(next_pause(1875ms, false, 30s) == 3750ms);
    CHECK(next_pause(20s, false, 30s) == 30s);
    CHECK(next_pause(30s, true, 30s) == 1875ms);
    CHECK(next_pause(0ms, false, 100ms) == 50ms);
}

TEST_CASE("a task is held when more than the allowed share of enough answers failed") {
    const config::circuit_breaker_spec half{50, 200};
    CHECK_FALSE(fails_too_often(199, 199, half));
    CHECK_FALSE(fails_too_often(200, 100, half));
    CHECK(fails_too_often(200, 101, half));
    CHECK_FALSE(fails_too_often(1000, 1000, {100, 1}));
    CHECK(fails_too_often(1, 1, {0, 1}));
    CHECK_FALSE(fails_too_often(0, 0, {0, 1}));
}

TEST_CASE("a second job of a batch is told by its nonce, and only beside the batch's own job") {
    const auto job = [](const std::string &id, const std::string &nonce) {
        provider::remote_batch out;
        out.id = id;
        out.nonce = nonce;
        return out;
    };
    const std::vector<provider::remote_batch> listed{job("a2", "a"), job("a1", "a"), job("b1", "b"), job("c9", "c"),
                                                     job("d", "")};
    const auto found = repeated_jobs(listed, {{"a", "a1"}, {"b", "b1"}, {"c", "c1"}});
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == "a2");
    CHECK(repeated_jobs(listed, {}).empty());
}
