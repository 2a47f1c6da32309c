#include "catch.hpp"
#include "orchestrator/collect/collect.hpp"
#include "orchestrator/remote/remote_files.hpp"
#include "orchestrator/run/serve.hpp"
#include "orchestrator/submit/submit.hpp"
#include "step_fixture.hpp"

#include "smelt/base/json.hpp"

using namespace smelt;
using namespace smelt::test;
using namespace std::chrono_literals;
using provider::create_outcome;
using provider::failure_kind;

namespace {

constexpr const char *batch_state_query = "SELECT state FROM smelt.batches ORDER BY id DESC LIMIT 1";

provider::create_result refused(failure_kind kind, std::optional<std::chrono::milliseconds> after = {}) {
    return {create_outcome::refused, {}, {kind, 400, "c", "no", after}};
}

provider::remote_batch job_of(const provider::create_request &r) {
    provider::remote_batch job;
    job.id = "batch_" + r.nonce;
    job.status = "in_progress";
    job.state = provider::remote_state::running;
    job.nonce = r.nonce;
    job.installation = r.installation;
    job.input_file = r.input_file;
    job.created = std::chrono::system_clock::now();
    return job;
}

provider::create_result created(const provider::create_request &r) {
    return {create_outcome::created, job_of(r), {}};
}

provider::create_result lost(const provider::create_request & /*r*/) {
    return {create_outcome::unknown, {}, {failure_kind::unclear, 502, "", "a gateway", std::nullopt}};
}

/// Result lines as OpenAI writes them, one for each request.
std::string answers_to(const std::vector<std::string> &ids) {
    std::string lines;
    for (const auto &id : ids)
        lines += json{{"custom_id", id},
                      {"response",
                       {{"status_code", 200},
                        {"body",
                         {{"model", "gpt-5-mini"},
                          {"usage", {{"prompt_tokens", 3}, {"completion_tokens", 1}}},
                          {"choices", {{{"message", {{"content", "fine"}}}, {"finish_reason", "stop"}}}}}}}}}
                     .dump() +
                 "\n";
    return lines;
}

} // namespace

TEST_CASE("what a create's refusal means decides who is held, and for how long") {
    struct expectation {
        failure_kind kind;
        const char *hold; ///< kind, of the account or the task, with or without an end
        exit_code code;
    };
    const auto [kind, hold, code] =
        GENERATE(expectation{failure_kind::key, "refused account for good", exit_code::needs_person},
                 expectation{failure_kind::quota, "refused account for good", exit_code::needs_person},
                 expectation{failure_kind::request, "refused task for good", exit_code::needs_person},
                 expectation{failure_kind::not_found, "refused task for good", exit_code::needs_person},
                 expectation{failure_kind::busy, "queue_full account until later", exit_code::ok});
    CAPTURE(static_cast<int>(kind));
    step_fixture f;
    f.api().on_create = [refusal = refused(kind, 7s)](const auto &) { return refusal; };
    f.run(orchestrator::submit);
    CHECK(f.value("SELECT kind || CASE WHEN task_id IS NULL THEN ' account' ELSE ' task' END || "
                  "CASE WHEN until IS NULL THEN ' for good' ELSE ' until later' END FROM smelt.hold") == hold);
    CHECK(f.code() == code);
    CHECK(f.value(batch_state_query) == "abandoned");
    CHECK(f.value("SELECT count(*) FROM smelt.item WHERE claimable") == "3");
    CHECK(f.api().creates.size() == 1);
    f.run(orchestrator::delete_remote_files);
    CHECK(f.api().deleted == std::vector<std::string>{"file-1"}); // of the upload no batch was made
}

TEST_CASE("a hold for a refused key ends with the key, one for a request does not") {
    step_fixture f;
    const auto kind = GENERATE(failure_kind::key, failure_kind::request);
    f.api().on_create = [&](const auto &) { return refused(kind); };
    f.run(orchestrator::submit);
    f.api().on_create = created;
    f.run(orchestrator::submit);
    CHECK(f.api().creates.size() == 1);
    f.pipeline().services.front()->key_fingerprint = "key 2";
    f.pipeline().services.front()->is_key_stored = false;
    f.run(orchestrator::submit);
    CHECK(f.api().creates.size() == (kind == failure_kind::key ? 2U : 1U));
}

TEST_CASE("each pipeline's creates have the window of its own file") {
    step_fixture f{{"timing: {send_window: 2m}\n", "timing: {send_window: 20m}\n"}};
    for (const std::size_t n : {0U, 1U})
        f.api(n).on_create = lost;
    f.run(orchestrator::submit);
    const std::string minutes =
        "SELECT round(extract(epoch FROM send_until - clock_timestamp()) / 60) FROM smelt.batch b "
        "JOIN smelt.pipeline p ON p.id = b.pipeline_id WHERE p.name = ";
    CHECK(f.value(minutes + "'p1'") == "2");
    CHECK(f.value(minutes + "'p2'") == "20");
}

TEST_CASE("what is unclear in one pipeline does not keep the other from sending") {
    step_fixture f{{"", ""}};
    f.api(0).on_create = lost;
    f.api(1).on_create = created;
    f.run(orchestrator::submit);
    CHECK(f.value("SELECT string_agg(p.name || ' ' || b.state, ', ' ORDER BY p.name) FROM smelt.batches b "
                  "JOIN smelt.pipeline p ON p.name = b.pipeline") == "p1 unknown, p2 open");
}

TEST_CASE("a batch whose create had no answer is open once the listing shows it, and is not sent again") {
    step_fixture f;
    f.api().on_create = lost;
    f.run(orchestrator::submit);
    CHECK(f.value(batch_state_query) == "unknown");
    f.run(orchestrator::submit);
    CHECK(f.api().creates.size() == 1); // its items are not claimable
    const auto job = job_of(f.api().creates.front());
    f.api().listed = {job};
    f.api().on_get = [&](const std::string &) { return job; };
    f.run(orchestrator::serve);
    CHECK(f.value(batch_state_query) == "open");
    CHECK(f.value("SELECT remote_id FROM smelt.batch") == job.id);
}

TEST_CASE("an error of a poll says something about the batch only under the key that made it") {
    step_fixture f;
    f.api().on_create = created;
    f.run(orchestrator::submit);
    f.api().on_get = [](const std::string &) -> provider::remote_batch {
        throw provider::provider_error{{failure_kind::not_found, 404, "", "no such batch", std::nullopt}};
    };
    f.pipeline().services.front()->key_fingerprint = "key 2";
    f.run(orchestrator::serve);
    CHECK(f.value(batch_state_query) == "open");
    CHECK(f.code() == exit_code::unavailable);
    f.pipeline().services.front()->key_fingerprint = "key 1";
    f.run(orchestrator::serve);
    CHECK(f.value(batch_state_query) == "unknown");
    CHECK(f.value("SELECT count(*) FROM smelt.item WHERE claimable") == "0");
}

TEST_CASE("answers are applied once, and what a pass has seen does not hold up the next") {
    step_fixture f;
    f.api().on_create = created;
    f.run(orchestrator::submit);
    auto job = job_of(f.api().creates.front());
    f.api().files["answers"] = answers_to(f.api().ids_in("file-1"));
    job.status = "completed";
    job.state = provider::remote_state::completed;
    job.total = job.completed = 3;
    job.failed = 0;
    job.output_file = "answers";
    f.api().on_get = [](const std::string &) -> provider::remote_batch {
        throw http::transport_error{"gone", http::send_progress::not_sent};
    };
    f.run(orchestrator::serve);
    CHECK(f.code() == exit_code::unavailable);
    f.api().on_get = [&](const std::string &) { return job; };
    f.run(orchestrator::serve);
    CHECK(f.code() == exit_code::ok);
    CHECK(f.value(batch_state_query) == "closed");
    CHECK(f.value("SELECT count(*) FROM smelt.results") == "3");
    f.run(orchestrator::serve);
    CHECK(f.value("SELECT count(*) FROM smelt.attempt") == "3");
}
