#include "catch.hpp"
#include "pipeline_fixture.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

const std::string paragraph_task =
    "\n  extract:\n    model: gpt-5-mini\n    user: \"{{text}}\"\n    output: {type: object, "
    "required: [title], properties: {title: {type: string}}}\n";
const std::string by_text = "dedupe: {by: \"normalised(fields->>'text')\"}\n";

/// Paragraphs of reports, of which some are printed twice.
struct paragraphs : pipeline_fixture {
    explicit paragraphs(const std::string &extra = by_text, const std::string &tasks = paragraph_task,
                        const std::string &more = {})
        : pipeline_fixture{
              {.records = 1, .extra = extra, .task = tasks, .source = "{csv: p.csv, key: id" + more + "}"}} {
        write("a,one\nb,two\nc,  ONE \nd,three\ne,One\n");
    }
    void write(const std::string &rows) { files().write("p.csv", "id,text\n" + rows); }
    std::string copies() {
        return sql(
            "SELECT coalesce(string_agg(c.key || ' of ' || r.key, ', ' ORDER BY c.key), 'none') FROM smelt.record AS c "
            "JOIN smelt.record AS r ON r.id = c.copy_of");
    }
    std::string answered() { return sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results"); }
    std::string attempts() { return sql("SELECT count(*) FROM smelt.attempt"); }
    void check() {
        const auto done = smelt({"doctor", "--deep"});
        INFO(done.out);
        CHECK(done.status == 0);
    }
};

} // namespace

TEST_CASE("equal records are asked once, and all of them have the answer") {
    paragraphs f;
    const auto run = f.smelt({"run", "--wait", "--poll", "100ms"});
    CHECK(run.status == 0);
    CHECK_THAT(run.err, SMELT_CONTAINS("2 records equal others and are not asked (dedupe)"));
    CHECK(f.attempts() == "3");
    CHECK(f.copies() == "c of a, e of a");
    CHECK(f.answered() == "a b c d e");
    CHECK(f.sql("SELECT string_agg(key || coalesce('=' || copy_of, ''), ' ' ORDER BY key) FROM smelt.results") ==
          "a b c=a d e=a");
    CHECK(f.sql("SELECT count(DISTINCT title) FROM smelt_out.notes_extract WHERE key IN ('a', 'c', 'e')") == "1");
    CHECK(f.sql("SELECT sum(input_tokens) FILTER (WHERE copy_of IS NOT NULL) FROM smelt.results") == "0");
    const auto exported = f.smelt({"export", "notes"}).out;
    CHECK_THAT(exported, SMELT_CONTAINS("\ne,One,") && SMELT_CONTAINS("\nc,\"  ONE \","));
    CHECK_THAT(f.smelt({"show", "notes", "c"}).out, SMELT_CONTAINS("equals a, which is asked in its place"));
    f.check();
    f.run_to_end();
    CHECK(f.attempts() == "3");
}

TEST_CASE("who was asked stays the original, also when an earlier row comes") {
    paragraphs f;
    f.run_to_end();
    f.write("0,one\na,one\nb,two\nc,  ONE \nd,three\ne,One\nf,THREE\ng,four\nh,four\n");
    f.run_to_end();
    CHECK(f.attempts() == "4");
    CHECK(f.copies() == "0 of a, c of a, e of a, f of d, h of g");
    CHECK(f.answered() == "0 a b c d e f g h");
    f.check();
}

TEST_CASE("the last of equal records is asked with keep: last") {
    paragraphs f{"dedupe: {by: \"normalised(fields->>'text')\", keep: last}\n"};
    f.run_to_end();
    CHECK(f.attempts() == "3");
    CHECK(f.copies() == "a of e, c of e");
    f.check();
}

TEST_CASE("the choice is made again when the original changes, is filtered or is gone") {
    paragraphs f{by_text, paragraph_task, ", gone: skip"};
    f.run_to_end();
    f.write("a,other\nb,two\nc,  ONE \nd,three\ne,One\n"); // a leaves the group
    f.run_to_end();
    CHECK(f.copies() == "e of c");
    CHECK(f.attempts() == "5");
    f.check();
    f.write("a,other\nb,two\nd,three\ne,One\n"); // c is gone, and its answer stays
    f.run_to_end();
    CHECK(f.copies() == "e of c");
    CHECK(f.attempts() == "5");
    f.check();
    f.write("a,two\nb,two\nd,three\ne,One\n"); // what a was asked before was another text
    f.run_to_end();
    CHECK(f.copies() == "a of b, e of c");
    CHECK(f.attempts() == "5");
    CHECK(f.sql("SELECT string_agg(DISTINCT title, ' ') FROM smelt_out.notes_extract WHERE key IN ('a', 'b')") ==
          "two");
    f.check();
}

TEST_CASE("filters come first: what is skipped is nobody's original") {
    paragraphs f{by_text + "prefilter: [{name: capitals, skip_if: \"fields->>'id' = 'a'\"}]\n"};
    f.run_to_end();
    CHECK(f.copies() == "e of c");
    CHECK(f.attempts() == "3");
    CHECK(f.answered() == "b c d e");
    f.check();
}

TEST_CASE("dedupe may come later and go again") {
    paragraphs f{""};
    f.run_to_end();
    CHECK(f.attempts() == "5");
    auto yaml = f.files().read("pipeline.yaml");
    f.files().write("pipeline.yaml", yaml + by_text);
    f.write("a,one\nb,two\nc,  ONE \nd,three\ne,One\nf,TWO\n");
    f.run_to_end();
    CHECK(f.copies() == "f of b"); // what has an answer is no copy
    CHECK(f.attempts() == "5");
    f.check();
    f.files().write("pipeline.yaml", yaml);
    f.run_to_end();
    CHECK(f.copies() == "none");
    CHECK(f.attempts() == "6");
    f.check();
}

TEST_CASE("a task that comes later asks the originals only, and its dependents follow") {
    paragraphs f;
    f.run_to_end();
    f.write_pipeline(paragraph_task + "  judge:\n    model: gpt-5-mini\n    needs: extract\n    user: "
                                      "\"{{tasks.extract.title}}\"\n    output: {type: object, required: [ok], "
                                      "properties: {ok: {type: boolean}}}\n");
    f.run_to_end();
    CHECK(f.attempts() == "6");
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE task = 'judge'") == "5");
    f.check();
}

TEST_CASE("a prompt or rule over a field that may differ is an error") {
    const auto error = [](const std::string &extra, const std::string &tasks) {
        paragraphs f{extra, tasks};
        const auto done = f.smelt({"run"});
        CHECK(done.status == 1);
        return done.err;
    };
    auto with_id = paragraph_task;
    with_id.replace(with_id.find("{{text}}"), 8, "{{id}}: {{text}}");
    CHECK_THAT(error(by_text, with_id),
               SMELT_CONTAINS("a template names the field id") && SMELT_CONTAINS("dedupe: {ignore: [id]}"));
    const auto *const rule = "    rules: [{name: same, check: \"fields->>'id' <> ''\"}]\n";
    CHECK_THAT(error(by_text, paragraph_task + rule), SMELT_CONTAINS("the rule same names the field id"));
    paragraphs whole{"dedupe: {by: \"md5((fields - 'id')::text)\"}\n"};
    whole.run_to_end();
    CHECK(whole.attempts() == "5");
    CHECK_THAT(error("dedupe: {by: \"md5('x')\"}\n", paragraph_task), SMELT_CONTAINS("dedupe.by: names no field"));
    CHECK_THAT(error("dedupe: {by: \"fields->>'text' ||\"}\n", paragraph_task),
               SMELT_CONTAINS("dedupe.by: PostgreSQL does not accept it"));
    paragraphs allowed{"dedupe: {by: \"normalised(fields->>'text')\", ignore: [id]}\n", with_id};
    allowed.run_to_end();
    CHECK(allowed.attempts() == "3");
}

TEST_CASE("a record that failed, or was answered before, may become a copy, and nothing is lost of the ledger") {
    paragraphs f;
    f.fault(R"({"refuse_lines":1})");
    CHECK(f.smelt({"run", "--wait", "--poll", "100ms"}).status == 0);
    f.forget_faults();
    const auto failed = f.sql("SELECT key FROM smelt.failures");
    f.execute("DELETE FROM smelt.hold");
    f.write("a,one\nb,one\nc,one\nd,one\ne,One\n");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE NOT superseded") == "5");
    CHECK(f.sql("SELECT count(DISTINCT output) FROM smelt.results") == "1");
    CHECK(f.sql("SELECT count(*) FROM smelt.items") == "1");
    f.check();
    f.write("a,one\nb,two again\nc,one\nd,one\ne,One\n");
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE NOT superseded") == "5");
    f.check();
}

TEST_CASE("copies can be chosen, and keep their answer when they are filtered or gone") {
    paragraphs f{by_text, paragraph_task, ", gone: skip"};
    f.run_to_end();
    CHECK_THAT(f.smelt({"export", "notes", "--where", "fields->>'text' = 'One'"}).out, SMELT_CONTAINS("\ne,One,"));
    CHECK_THAT(f.smelt({"redo", "notes", "--key", "e"}).out, SMELT_CONTAINS("1 item is pending again"));
    f.run_to_end();
    CHECK(f.attempts() == "4");
    CHECK_THAT(f.smelt({"status", "notes"}).out, SMELT_CONTAINS("2 records are copies of others"));
    f.write("a,one\nb,two\nc,  ONE \nd,three\n");
    f.run_to_end();
    CHECK(f.answered() == "a b c d e");
    f.check();
}
