#include "catch.hpp"
#include "portal_world.hpp"

#include <fstream>

using namespace smelt;
using namespace smelt::test;

TEST_CASE("records from the web: lists in pages, a text for each record, one of two lists once") {
    portal_world f;
    const auto done = f.go();
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted");
    CHECK(f.field("t1", "text") == "=== a.pdf ===\nfirs");
    CHECK(f.field("t1", "text_truncated") == "true");
    CHECK(f.field("t2", "text") == "bolt text");
    CHECK(f.field("t2", "text_truncated") == "false");
    CHECK(f.field("t2", "origins") == R"(["-one_", "two"])");
    CHECK(f.field("t3", "text") == "a nut"); // a 404, so the list's own
    CHECK(f.asked().at("most_at_once") <= 2);
    CHECK(f.times_asked("related_key=t2_v1") == 1);
    SECTION("nothing is asked again before its time, and nothing is sent again") {
        f.write_source("    every: 1h\n");
        CHECK(f.go().status == 0);
        const auto before = f.asked().at("asked").size();
        CHECK(f.go().status == 0);
        CHECK(f.asked().at("asked").size() == before);
        CHECK(f.sql("SELECT sum(sent) FROM smelt.batch") == "4");
    }
    SECTION("another round asks for what has changed, and sends that alone") {
        f.change([](json &w) {
            w["lists"]["two"][1]["v"] = "t4_v2";
            w["documents"]["t4_v2"] = json::array({{{"text_extract", "new text"}}});
            w["lists"]["two"].push_back({{"id", "t5"}, {"title", "Pin"}, {"v", "t5_v1"}, {"summary", "pin"}});
        });
        CHECK(f.go().status == 0);
        CHECK(f.field("t4", "text") == "new text");
        CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted, t5 extracted");
        CHECK(f.sql("SELECT sum(sent) FROM smelt.batch") == "6");
        CHECK(f.times_asked("related_key=t1_v1") == 1);
    }
    SECTION("the key stands nowhere") {
        CHECK(f.sql("SELECT count(*) FROM smelt.source_fetch WHERE url LIKE '%secret%' OR url LIKE '%api_key%'") ==
              "0");
        CHECK(f.sql("SELECT count(*) FROM smelt.source_fetch WHERE body IS NOT NULL") != "0");
    }
}

TEST_CASE("records from the web: pages that lead to each other, their keys left out") {
    portal_world f;
    f.write_source("", "{next: \"$.links.next\"}");
    const auto done = f.go();
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted");
    CHECK(f.sql("SELECT count(*) FROM smelt.source_fetch WHERE url LIKE '%api_key%' OR url LIKE '%secret%'") == "0");
}

TEST_CASE("records from the web: pages beyond the most are left out, and it is said how many") {
    portal_world f;
    f.write_source("", "{last: \"$.meta.pagination.pages\", most: 1}");
    const auto done = f.go();
    CHECK(done.status == 0);
    CHECK_THAT(done.err, SMELT_CONTAINS("only 1 pages are read (most); 1 are left out"));
    CHECK(f.states() == "t1 extracted, t2 extracted, t4 extracted");
}

TEST_CASE(
    "records from the web: this machine and private networks are not fetched from unless whoever runs it allows") {
    portal_world f;
    const auto refused = f.smelt({"run"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("private network") && SMELT_CONTAINS("SMELT_FETCH_PRIVATE"));
    CHECK(f.asked().at("asked").empty());
    // The file's own .env allows nothing.
    f.files().write(".env", "PORTAL_KEY=portal-secret/1\nSMELT_FETCH_PRIVATE=127.0.0.1\n");
    CHECK(f.smelt({"run"}).status == 1);
    CHECK(f.asked().at("asked").empty());
    SECTION("nor is a redirect there followed") {
        f.change([&](json &w) {
            w["faults"] = json::array(
                {{{"match", "related_key=t1_v1"},
                  {"redirect", "http://localhost:" + f.simulator().port() + "/portal/document/?related_key=t2_v1"}}});
        });
        const auto done = f.go({"run"});
        CHECK_THAT(done.err, SMELT_CONTAINS("private network"));
        CHECK(f.times_asked("related_key=t2_v1") <= 1);
    }
}

TEST_CASE("records from the web: a key is shown to no other host, and stands in no table, log or error") {
    portal_world f;
    f.change([&](json &w) {
        w["faults"] = json::array({{{"match", "related_key=t1_v1"},
                                    {"redirect", "http://127.0.0.2:" + f.simulator().port() +
                                                     "/portal/document/?api_key=portal-secret%2F1"}}});
    });
    auto c = f.run_command({"run", "--log-level", "debug"});
    c.environment["SMELT_FETCH_PRIVATE"] = "127.0.0.1,127.0.0.2";
    const auto done = run(c);
    CHECK_THAT(done.err + done.out, !SMELT_CONTAINS("portal-secret"));
    CHECK(f.sql("SELECT error FROM smelt.source_fetch WHERE name = 't1'").find("with the key") != std::string::npos);
    CHECK(f.sql("SELECT count(*) FROM smelt.source_fetch AS f WHERE f::text LIKE '%portal-secret%'") == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.record AS r WHERE r::text LIKE '%portal-secret%'") == "0");
}

TEST_CASE("records from the web: what is wrong in the file is said with its place") {
    portal_world f;
    const auto refusal = [&](const std::string &from, const std::string &to) {
        f.write_source("");
        auto text = f.file_text("pipeline.yaml");
        REQUIRE(text.find(from) != std::string::npos);
        text.replace(text.find(from), from.size(), to);
        f.files().write("pipeline.yaml", text);
        const auto done = f.go({"run"});
        CHECK(done.status == 1);
        return done.err;
    };
    CHECK_THAT(refusal("search_id={{id}}", "search_id={{ids}}"), SMELT_CONTAINS("{{ids}} stands for nothing"));
    CHECK_THAT(refusal("http://127.0.0.1", "http://{{id}}"), SMELT_CONTAINS("host"));
    CHECK_THAT(refusal("records: \"$.results[*]\"", "records: results"), SMELT_CONTAINS("is no path"));
    CHECK_THAT(refusal("related_key={{v}}", "related_key=v"), SMELT_CONTAINS("names no field"));
    CHECK_THAT(refusal("ids.txt", "idss.txt"),
               SMELT_CONTAINS("there is no file of ids") && SMELT_CONTAINS("pipeline.yaml:"));
    CHECK_THAT(refusal("PORTAL_KEY", "PORTAL_KEYS"), SMELT_CONTAINS("PORTAL_KEYS"));
}

TEST_CASE("records from the web: two pipelines and two runs are together no more than two at a host") {
    portal_world f;
    f.change([](json &w) { w["delay_ms"] = 100; });
    auto other = f.file_text("pipeline.yaml");
    other.replace(other.find("notes"), 5, "other");
    f.files().write("other.yaml", other);
    process first{f.run_command({"run", "pipeline.yaml", "--wait", "--poll", "100ms", "--timeout", "30s"})};
    const auto second = f.go({"run", "other.yaml", "--wait", "--poll", "100ms", "--timeout", "30s"});
    CHECK(second.status == 0);
    CHECK(first.wait().status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.items WHERE status = 'extracted'") == "8");
    CHECK(f.asked().at("most_at_once") <= 2);
}

TEST_CASE("records from the web: the key of a service is nowhere in a whole dump, nor in any file of Smelt's") {
    portal_world f;
    f.change([](json &w) {
        w["documents"]["t1_v1"][0]["text_extract"] = "asked with api_key=portal-secret/1 and portal-secret%2F1";
        w["faults"] = json::array({{{"match", "related_key=t4_v1"}, {"status", 503}, {"times", 2}}});
    });
    auto c = f.run_command({"run", "--wait", "--poll", "100ms", "--timeout", "30s", "--log-level", "debug",
                            "--log-file", f.folder_of("smelt.log").string()});
    const auto done = run(c);
    CHECK(done.status == 0);
    command dump;
    dump.program = "/usr/bin/pg_dump";
    dump.arguments = {"--dbname", f.database().direct()};
    const auto dumped = run(dump);
    REQUIRE(dumped.status == 0);
    for (const auto &text : {dumped.out, done.out, done.err, f.file_text("smelt.log"),
                             f.smelt({"doctor", "pipeline.yaml"}).out, f.smelt({"show", "notes", "t1"}).out})
        CHECK_THAT(text, !SMELT_CONTAINS("portal-secret"));
    CHECK(f.field("t1", "text").starts_with("=== a.pdf ==="));
    CHECK_THAT(f.smelt({"doctor", "pipeline.yaml"}).out,
               SMELT_CONTAINS("source: 2 lists at 127.0.0.1:" + f.simulator().port() + ", with a key that is found"));
    for (const auto &entry : std::filesystem::recursive_directory_iterator{f.folder_of("home")})
        if (entry.is_regular_file()) {
            std::ifstream in{entry.path(), std::ios::binary};
            const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
            CHECK(bytes.find("portal-secret") == std::string::npos);
        }
}

TEST_CASE("records from the web: another rule pack decides before what was fetched is sent") {
    portal_world f;
    f.write_source("    every: 1h\n");
    f.files().write("pack.yaml",
                    "fields: [text]\nfamilies: [{name: plates, patterns: ['nothing of this'], skip: true}]\n");
    f.files().write("pipeline.yaml", f.file_text("pipeline.yaml") + "rules_file: pack.yaml\n");
    CHECK(f.go({"load", "pipeline.yaml"}).status == 0);
    f.files().write("pack.yaml", "fields: [text]\nfamilies: [{name: plates, patterns: ['plate'], skip: true}]\n");
    CHECK(f.go().status == 0);
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 skipped");
    CHECK(f.sql("SELECT sum(sent) FROM smelt.batch") == "3");
}
