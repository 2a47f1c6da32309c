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
}
