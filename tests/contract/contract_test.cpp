#include "catch.hpp"
#include "contract_fixture.hpp"

#include <algorithm>

using namespace smelt;
using namespace smelt::test;
using provider::create_outcome;
using provider::remote_state;

namespace {

std::string any_provider() {
    return GENERATE(as<std::string>{}, "openai", "azure", "together", "mistral", "anthropic", "gemini");
}

bool has_files(contract_fixture &f) {
    return f.api().capabilities().keeps_files;
}

/// How many requests have exactly one line, and that one of this kind.
std::int64_t count(const std::map<std::string, std::vector<provider::result_line>> &lines, cause_kind cause) {
    return std::count_if(lines.begin(), lines.end(),
                         [&](const auto &entry) { return entry.second.size() == 1 && entry.second[0].cause == cause; });
}

} // namespace

TEST_CASE("a batch is made, ends, and has an answer for every request") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    const auto made = f.submit("n1", 12);
    CHECK_FALSE(made.id.empty());
    CHECK_FALSE(provider::is_terminal(made.state));
    const auto ended = f.wait_for_end(made.id);
    CHECK(ended.state == remote_state::completed);
    CHECK(ended.errors.empty());
    CHECK(ended.created.time_since_epoch().count() > 0);
    const auto lines = f.results(ended);
    CHECK(lines.size() == 12);
    CHECK(count(lines, cause_kind::none) == 12);
    const auto &first = lines.at("n1-1").at(0);
    CHECK(json::parse(first.answer).contains("title"));
    CHECK(first.tokens.input > 0);
    CHECK(first.tokens.output > 0);
    CHECK(first.model == "gpt-5-mini");
}

TEST_CASE("requests that fail have a line with the reason, and nothing is called an answer") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    f.fault({{"error_lines", 5}});
    const auto ended = f.wait_for_end(f.submit("n1", 5).id);
    CHECK(ended.state == remote_state::completed);
    const auto lines = f.results(ended);
    CHECK(lines.size() == 5);
    CHECK(count(lines, cause_kind::rejected_request) == 5);
    CHECK_FALSE(lines.begin()->second[0].message.empty());
}

TEST_CASE("refusals and answers cut short are told from answers") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    f.fault({{"refuse_lines", 1}, {"length_lines", 1}});
    const auto lines = f.results(f.wait_for_end(f.submit("n1", 6).id));
    CHECK(count(lines, cause_kind::truncated) == 1);
    if (name == "mistral") { // which has no word for a refusal: what is no JSON is found by the check of the answer
        CHECK(count(lines, cause_kind::none) == 5);
        return;
    }
    CHECK(count(lines, name == "gemini" ? cause_kind::content_filter : cause_kind::refused) == 1);
    CHECK(count(lines, cause_kind::none) == 4);
}

TEST_CASE("a batch that expires keeps what was finished") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    f.fault({{"expire_after_fraction", 0.5}});
    const auto ended = f.wait_for_end(f.submit("n1", 10).id);
    CHECK(ended.state == remote_state::expired);
    const auto lines = f.results(ended);
    if (name == "gemini") { // which keeps nothing
        CHECK(lines.empty());
        return;
    }
    CHECK(count(lines, cause_kind::none) == 5);
    CHECK(count(lines, cause_kind::expired) == static_cast<std::int64_t>(lines.size()) - 5);
}

TEST_CASE("a batch can be cancelled, and cancelling what has ended is no error") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name, {"--latency", "1500ms"}};
    const auto made = f.submit("n1", 4);
    f.wait([&] { return f.api().cancel(made.id); });
    CHECK(f.wait_for_end(made.id).state == remote_state::cancelled);

    const auto other = f.submit("n2", 2);
    CHECK(f.wait_for_end(other.id).state == remote_state::completed);
    const auto after = f.wait([&] { return f.api().cancel(other.id); });
    CHECK(after.state == remote_state::completed);
}

TEST_CASE("a cancel that loses the race ends completed") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name, {"--latency", "300ms"}};
    f.fault({{"ignore_cancel", true}});
    const auto made = f.submit("n1", 3);
    f.wait([&] { return f.api().cancel(made.id); });
    const auto ended = f.wait_for_end(made.id);
    CHECK(ended.state == remote_state::completed);
    CHECK(count(f.results(ended), cause_kind::none) == 3);
}

TEST_CASE("a batch whose creation had no answer is found in the listing, on whatever page") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    const auto input = f.upload("lost", 2);
    f.fault({{"on", "create"}, {"drop_after", true}});
    CHECK(f.create("lost", input).outcome == create_outcome::unknown);
    for (int i = 0; i < 105; ++i)
        f.submit("other" + std::to_string(i), 1);
    const auto listed = f.list();
    CHECK(listed.size() == 106);
    const auto is_it = [&](const provider::remote_batch &b) {
        switch (f.api().capabilities().find_by) {
        case provider::lookup::metadata:
        case provider::lookup::name:
            return b.nonce == "lost" && b.installation == "0123456789" && b.task == "notes/note" &&
                   b.version.starts_with("0123456789abcdef");
        case provider::lookup::input_file:
            return b.input_file == input;
        default:
            return b.total == 2;
        }
    };
    CHECK(std::count_if(listed.begin(), listed.end(), is_it) == 1);
}

TEST_CASE("what an answer to a create proves") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    const auto input = f.upload("n1", 1);
    const auto after = [&](const json &fault) {
        f.fault(fault);
        return f.create("n1", input);
    };
    const auto busy = after({{"on", "create"}, {"status", 429}, {"retry_after", "7"}});
    CHECK(busy.outcome == create_outcome::refused);
    CHECK(busy.why.kind == provider::failure_kind::busy);
    CHECK(busy.why.retry_after == std::chrono::seconds{7});
    CHECK(after({{"on", "create"}, {"status", 400}}).outcome == create_outcome::refused);
    CHECK(after({{"on", "create"}, {"status", 500}}).outcome == create_outcome::unknown);
    CHECK(after({{"on", "create"}, {"status", 409}}).outcome == create_outcome::unknown);
    CHECK(after({{"on", "create"}, {"status", 400}, {"body", "<html>proxy</html>"}}).outcome ==
          create_outcome::unknown);
    CHECK(after({{"on", "create"}, {"drop_before", true}}).outcome == create_outcome::unknown);
    CHECK(f.list().empty());
}

TEST_CASE("a key that is refused says so at every call") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name, {}, "another-key"};
    if (has_files(f))
        CHECK_THROWS_AS(f.upload("n1", 1), provider::provider_error);
    else
        f.upload("n1", 1);
    CHECK_THROWS_AS(f.list(), provider::provider_error);
    const auto made = f.create("n1", has_files(f) ? "file-1" : "");
    CHECK(made.outcome == create_outcome::refused);
    CHECK(made.why.kind == provider::failure_kind::key);
    CHECK(made.why.message.find("another-key") == std::string::npos);
}

TEST_CASE("a file that does not exist makes no batch, or one that fails, with nothing done") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    if (!has_files(f))
        return;
    const auto made = f.create("n1", name == "gemini" ? "files/of-nobody" : "file-of-nobody");
    if (made.outcome == create_outcome::refused)
        return;
    REQUIRE(made.outcome == create_outcome::created);
    const auto ended = f.wait_for_end(made.batch.id);
    CHECK(ended.state == remote_state::failed);
    CHECK_FALSE(ended.errors.empty());
}

TEST_CASE("an unknown word for a state is no end, and a batch that is not there yet is an error, not an end") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name, {"--latency", "700ms"}};
    CHECK(f.api().state_of("dancing") == remote_state::unknown);
    f.fault({{"get_lag", 3600}});
    const auto made = f.submit("n1", 1);
    CHECK_THROWS_AS(f.wait([&] { return f.api().get(made.id); }), provider::provider_error);
    const std::string nobodys = "batch_of_nobody";
    CHECK_THROWS_AS(f.wait([&] { return f.api().get(nobodys); }), provider::provider_error);
}

TEST_CASE("a download that breaks off is noticed") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    const auto ended = f.wait_for_end(f.submit("n1", 30).id);
    f.fault({{"on", "content"}, {"cut_after", 500}});
    CHECK_THROWS_AS(f.fetch(ended.output_file), http::transport_error);
    CHECK(f.fetch(ended.output_file).size() > 500);
}

TEST_CASE("calls that may be repeated are repeated when the service is busy") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    for (const auto *call : {"upload", "get", "list"})
        f.fault({{"on", call}, {"status", 503}});
    const auto made = f.submit("n1", 1);
    CHECK(f.wait_for_end(made.id).state == remote_state::completed);
    CHECK(f.list().size() == 1);
}

TEST_CASE("uploaded files are found by name, and go when they are deleted") {
    const auto name = any_provider();
    INFO(name);
    contract_fixture f{name};
    if (!has_files(f))
        return;
    const auto id = f.upload("n1", 1);
    const std::set<std::string> names{"smelt-n1.jsonl", "smelt-n2.jsonl"};
    const auto find = [&] { return f.wait([&] { return f.api().find_files(names, std::chrono::hours{1}); }); };
    CHECK(find() == std::map<std::string, std::string>{{"smelt-n1.jsonl", id}});
    f.wait([&] { return f.api().delete_file(id); });
    CHECK(find().empty());
    f.wait([&] { return f.api().delete_file(id); });
}
