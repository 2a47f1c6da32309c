#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

const std::string contact_task =
    "\n  classify:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: object, required: "
    "[title], "
    "properties: {title: {type: string}}}\n    rules: [{name: mail, check: \"output->>'title' LIKE '%@%'\", severity: "
    "hard, message: no address}]\n    retry: {backoff: 20ms}\n    keep_raw: all\n"
    "  reply:\n    needs: classify\n    model: gpt-5-mini\n    user: \"Title: {{tasks.classify.title}} {{note}}\"\n"
    "    output: {type: object, required: [title], properties: {title: {type: string}}}\n    retry: {backoff: 20ms}\n  "
    "  keep_raw: all\n";

/// Records with a person's address in them, and everything that the simulator was sent.
struct letters : pipeline_fixture {
    explicit letters(const std::string &redact, const std::string &task = contact_task,
                     const std::string &service = "openai")
        : pipeline_fixture{{.records = 1, .extra = redact, .task = task, .name = service}} {
        files().write("records.csv",
                      "id,title,note\na,Write to ann@example.org now,ann@example.org\nb,Ask bob@example.org "
                      "or ann@example.org,none\n");
    }
    /// All input files that the provider has got.
    std::string sent() {
        std::string all;
        const auto n = std::stoi(sql("SELECT count(*) FROM smelt.batch WHERE kind = 0"));
        for (int i = 1; i <= n; ++i) {
            const auto id = sql("SELECT input_file_id FROM smelt.batch WHERE kind = 0 ORDER BY id OFFSET " +
                                std::to_string(i - 1) + " LIMIT 1");
            all += simulator().ask("/openai/v1/files/" + id + "/content", {"-H", "Authorization: Bearer test-key-1"});
        }
        return all;
    }
    std::string titles(const std::string &task) {
        return sql("SELECT string_agg(output->>'title', ', ' ORDER BY key) FROM smelt.results WHERE task = '" + task +
                   "'");
    }
};

} // namespace

TEST_CASE("the provider never sees what is hidden, and answers hold it again") {
    letters f{"redact: [{pattern: email, as: 'MAIL{{n}}X', restore: true}]\n"};
    f.fault(R"({"length_lines":1})");
    f.run_to_end();
    const auto sent = f.sent();
    CHECK_THAT(sent, SMELT_CONTAINS("MAIL1X"));
    CHECK(sent.find("example.org") == std::string::npos);
    // The rule wants an @, so what is checked is what was put back.
    CHECK_THAT(f.titles("classify"), SMELT_CONTAINS("ann@example.org"));
    CHECK_THAT(f.titles("reply"), SMELT_CONTAINS("ann@example.org"));
    CHECK(f.titles("reply").find("MAIL1X") == std::string::npos);
    CHECK(f.smelt({"doctor", "--deep"}).status == 0);
}

TEST_CASE("without restore the placeholders stay in the answers") {
    letters f{"redact: [{fields: [title], pattern: {regex: '[a-z]+@example.org'}, as: '[MAIL]'}]\n",
              "\n  reply:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: object, required: "
              "[title], properties: {title: {type: string}}}\n"};
    f.run_to_end();
    CHECK(f.sent().find("example.org") == std::string::npos);
    CHECK_THAT(f.titles("reply"), SMELT_CONTAINS("[MAIL]") && !SMELT_CONTAINS("example.org"));
}

TEST_CASE("a synchronous service does not see it either") {
    letters f{"redact: [{pattern: email, as: 'MAIL{{n}}X', restore: true}]\n", contact_task, "direct"};
    f.run_to_end();
    CHECK_THAT(f.titles("classify"), SMELT_CONTAINS("bob@example.org"));
    // The simulator answers with what it was asked, and the lines are kept as they came.
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt WHERE raw IS NOT NULL") == "4");
    CHECK_THAT(f.smelt({"answers", "notes"}).out, SMELT_CONTAINS("MAIL1X"));
}

TEST_CASE("texts are put back as they were sent, whatever the record holds by then") {
    letters f{"redact: [{pattern: email, as: 'MAIL{{n}}X', restore: true}]\n",
              "\n  reply:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: object, required: "
              "[title], properties: {title: {type: string}}}\n"};
    f.files().write("records.csv", "id,aaa,title\na,none,x1@b.org x2@b.org\n");
    REQUIRE(f.smelt({"run"}).status == 0);
    f.files().write("records.csv", "id,aaa,title\na,x2@b.org,x1@b.org x2@b.org\n");
    f.run_to_end();
    CHECK(f.titles("reply") == "x1@b.org x2@b.org");
    CHECK(f.sql("SELECT count(*) FROM smelt.hidden_text") == "0");
}

TEST_CASE("rules that cannot be used are refused with their place") {
    letters f{"redact: [{pattern: email}]\n"};
    f.check_section_refused("redact: [{pattern: mail}]\n", "email, phone, iban or {regex: EXPRESSION}");
    f.check_section_refused("redact: [{pattern: {regex: '('}}]\n", "the pattern ( cannot be used");
    f.check_section_refused("redact: [{pattern: email, as: X, restore: true}]\n",
                            "what is to be restored needs a number");
}
