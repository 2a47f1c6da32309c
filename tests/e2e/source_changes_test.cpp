#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <chrono>
#include <filesystem>

using namespace smelt;
using namespace smelt::test;

namespace {

namespace fs = std::filesystem;

void replace(temp_folder &files, const std::string &old, const std::string &now) {
    auto yaml = files.read("pipeline.yaml");
    REQUIRE(yaml.find(old) != std::string::npos);
    files.write("pipeline.yaml", yaml.replace(yaml.find(old), old.size(), now));
}

/// A query over a table of the user's.
struct query_fixture : pipeline_fixture {
    explicit query_fixture(const std::string &more = {})
        : pipeline_fixture{
              {.records = 1,
               .task =
                   "\n  extract:\n    model: gpt-5-mini\n    user: \"Title: {{title}}\"\n    output: {type: object, "
                   "required: [title], properties: {title: {type: string}}}\n",
               .source = "{sql: \"SELECT id, title FROM public.notes\", key: id" + more + "}"}} {
        execute("CREATE TABLE public.notes (id int PRIMARY KEY, title text)");
        add(1, 3);
    }
    void add(int first, int last) {
        execute("INSERT INTO public.notes SELECT n, 'Note ' || n FROM generate_series(" + std::to_string(first) + ", " +
                std::to_string(last) + ") AS n");
    }
};

} // namespace

TEST_CASE("a query is read by each run, and not again before `every` is over") {
    query_fixture f;
    f.run_to_end();
    f.add(4, 5);
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "5");
    replace(f.files(), "key: id", "key: id, every: 1h");
    f.add(6, 6);
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "5");
    CHECK(f.smelt({"load", "pipeline.yaml"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "6");
    f.execute("UPDATE smelt.pipeline SET loaded_at = loaded_at - interval '61 minutes'");
    f.add(7, 7);
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "7");
}

TEST_CASE("a file whose size and time were kept is read when its content is another") {
    pipeline_fixture f{{.records = 3}};
    f.run_to_end();
    const auto file = f.folder() / "records.csv";
    const auto time = fs::last_write_time(file);
    auto text = f.files().read("records.csv");
    const auto put = [&](const std::string &content) {
        f.files().write("records.new", content);
        fs::last_write_time(f.folder() / "records.new", time);
        fs::rename(f.folder() / "records.new", file);
    };
    // The same again: the content is compared, and nothing is read.
    put(text);
    f.run_to_end();
    CHECK(f.sql("SELECT sum(records) FROM smelt.source_file") == "3");
    CHECK(f.counters()["requests_billed"] == 3);
    text.replace(text.find("Note 2, the 2th"), 15, "Nota 2, the 2th");
    put(text);
    f.run_to_end();
    CHECK(f.counters()["requests_billed"] == 4);
    CHECK(f.sql("SELECT fields->>'title' FROM smelt.results WHERE key = 'r2'") == "Nota 2, the 2th");
}

TEST_CASE("where keys are whole numbers, the view has them as such") {
    query_fixture f;
    f.run_to_end();
    CHECK(f.sql("SELECT sum(key_number) || ' ' || pg_typeof(max(key_number)) FROM smelt_out.notes_extract") ==
          "6 bigint");
    CHECK(f.sql("SELECT round(avg(score), 2) FROM smelt_out.notes_extract") == "1.00");
    pipeline_fixture other{{.records = 1}};
    other.run_to_end();
    CHECK(
        other.sql("SELECT count(*) FROM information_schema.columns WHERE table_schema = 'smelt_out' AND column_name = "
                  "'key_number'") == "0");
}

TEST_CASE("a view that something depends on stays, and another has the new columns") {
    query_fixture f;
    f.run_to_end();
    f.execute("CREATE VIEW public.mine AS SELECT key, title FROM smelt_out.notes_extract");
    replace(f.files(), "required: [title], properties: {title: {type: string}}",
            "required: [name], properties: {name: {type: string}}");
    const auto changed = f.smelt({"run"});
    CHECK(changed.status == 0);
    CHECK_THAT(changed.out, SMELT_CONTAINS("smelt_out.\"notes_extract_v2\""));
    REQUIRE(f.smelt({"redo", "notes", "--all"}).status == 0);
    const auto done = f.run_to_end();
    CHECK_THAT(done.out, !SMELT_CONTAINS("_v2"));
    CHECK(f.sql("SELECT count(name) FROM smelt_out.notes_extract_v2") == "3");
    CHECK(f.sql("SELECT count(*) FROM public.mine") == "3");
    f.execute("DROP VIEW public.mine");
    f.run_to_end();
    CHECK(f.sql("SELECT count(name) FROM smelt_out.notes_extract") == "3");
    CHECK(f.sql("SELECT to_regclass('smelt_out.notes_extract_v2') IS NULL") == "t");
}

TEST_CASE("what a query brings no more is not sent, and is when it comes back") {
    query_fixture f{", gone: skip"};
    REQUIRE(f.smelt({"run"}).status == 0);
    f.add(4, 6);
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    f.execute("DELETE FROM public.notes WHERE id IN (1, 4, 5)");
    const auto loaded = f.smelt({"load", "pipeline.yaml"});
    CHECK_THAT(loaded.out, SMELT_CONTAINS("3 records are gone from the source"));
    // The first was at the provider already: its answer is collected and stays.
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key || ' ' || status || coalesce(' ' || skip_reason, ''), ', ' ORDER BY key) FROM "
                "smelt.items") == "1 extracted, 2 extracted, 3 extracted, 4 skipped gone, 5 skipped gone, 6 extracted");
    f.add(4, 4);
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(key, ' ') FROM smelt.items WHERE status = 'skipped'") == "5");
    CHECK(f.counters()["requests_billed"] == 5);
    // What is gone is not asked again either.
    CHECK_THAT(f.smelt({"redo", "notes", "--all"}).out, SMELT_CONTAINS("4 items are pending again"));
    CHECK_THAT(f.smelt({"doctor", "--deep"}).out, !SMELT_CONTAINS("FAIL"));
}

TEST_CASE("what files have no more is not sent, whether a row or a file is gone") {
    pipeline_fixture f{{.records = 1, .source = "{csv: \"part*.csv\", key: id, gone: skip}"}};
    // Large enough that known rows are passed over.
    const auto write = [&](const std::string &file, int first, int last, int without) {
        std::string text = "id,title,topic,note\n";
        for (int i = first; i <= last; ++i)
            if (i != without)
                text += "r" + std::to_string(i) + ",Note " + std::to_string(i) + ",t," + std::string(4000, 'x') + "\n";
        f.files().write(file, text);
    };
    write("part1.csv", 1, 300, 0);
    write("part2.csv", 301, 310, 0);
    f.files().write("by-hand.csv", "id,title,topic,note\nh1,Hand,t,n\n");
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    REQUIRE(f.smelt({"load", "pipeline.yaml", "by-hand.csv"}).status == 0);
    write("part1.csv", 1, 301, 7);
    fs::remove(f.folder() / "part2.csv");
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    // r301 has moved to the other file; r302 to r310 are gone with theirs, r7 alone, and what was given by hand is not.
    CHECK(f.sql("SELECT count(*) || ' ' || min(key) || ' ' || max(key) FROM smelt.items WHERE skip_reason = 'gone'") ==
          "10 r302 r7");
    write("part2.csv", 302, 310, 305);
    REQUIRE(f.smelt({"load", "pipeline.yaml"}).status == 0);
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.items WHERE skip_reason = 'gone'") == "r305 r7");
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'pending'") == "309");
}
