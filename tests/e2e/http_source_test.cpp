#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <csignal>
#include <fstream>

using namespace smelt;
using namespace smelt::test;

namespace {

const std::string tender_task = R"yaml(
  assess:
    model: gpt-5-mini
    user: "{{title}}: {{text}}"
    output: {type: object, required: [go], properties: {go: {type: boolean}}}
)yaml";

/// A folder with the portal's file before the simulator starts.
struct portal_files {
    portal_files() : file{folder.path() / "portal.json"} {
        std::ofstream{file} << R"({"key": "portal-secret/1", "page_size": 2,
            "lists": {"-one_": [{"id": "t1", "title": "Hinge", "v": "t1_v1"}, {"id": "t2", "title": "Bolt", "v": "t2_v1"},
                                {"id": "t3", "title": "Nut", "v": "t3_v1", "summary": "a nut"}],
                      "two": [{"id": "t2", "title": "Bolt", "v": "t2_v1"}, {"id": "t4", "title": "Plate", "v": "t4_v1"}]},
            "documents": {"t1_v1": [{"file_name": "a.pdf", "text_extract": "first"}, {"text": "second"}],
                          "t2_v1": [{"text_extract": "bolt text"}], "t4_v1": [{"text_extract": "plate text, longer"}]}})";
    }
    temp_folder folder;
    std::filesystem::path file;
};

struct portal_world : portal_files, pipeline_fixture {
    explicit portal_world(const std::string &more = {})
        : pipeline_fixture{{.records = 1,
                            .simulator = {"--latency", "50ms", "--invalid-rate", "0", "--portal", file.string()},
                            .task = tender_task,
                            .source = "PLACEHOLDER"}} {
        write_source(more);
        files().write("ids.txt", "# searches\n-one_  \n\ntwo\n");
        files().write(".env", "PORTAL_KEY=portal-secret/1\n");
    }
    void write_source(const std::string &more, const std::string &pages = "{last: \"$.meta.pagination.pages\"}") {
        const auto base = "http://127.0.0.1:" + simulator().port() + "/portal";
        set_source("\n  key: id\n  http:\n    list:\n      url: \"" + base +
                   "/opportunity/?search_id={{id}}&page_number={{page}}\"\n      ids: ids.txt\n      pages: " + pages +
                   "\n      records: \"$.results[*]\"\n    detail:\n      url: \"" + base +
                   "/document/?related_key={{v}}\"\n      records: \"$.results[*]\"\n      text: [\"$.text_extract\", "
                   "\"$.text\"]\n      title: \"$.file_name\"\n      else: [summary]\n      missing: empty\n"
                   "      max_bytes: 18B\n    auth: {query: {api_key: {env: PORTAL_KEY}}}\n    backoff: 200ms\n" +
                   more);
    }
    void set_source(const std::string &source) {
        auto text = file_text("pipeline.yaml");
        const auto begin = text.find("\nsource:");
        const auto end = text.find('\n', begin + 1);
        auto last = end;
        while (last + 1 < text.size() && text[last + 1] == ' ')
            last = text.find('\n', last + 1);
        text.replace(begin, last - begin, "\nsource:" + source);
        files().write("pipeline.yaml", text);
    }
    std::string file_text(const std::string &name) {
        std::ifstream in{folder_of(name)};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    std::filesystem::path folder_of(const std::string &name) { return files().path() / name; }
    /// The portal has something else from now on.
    void change(const std::function<void(json &)> &how) {
        std::ifstream in{file};
        auto world = json::parse(in);
        how(world);
        std::ofstream{file} << world.dump();
    }
    command run_command(std::vector<std::string> arguments = {"run", "--wait", "--poll", "100ms", "--timeout", "30s"}) {
        auto c = smelt_command(std::move(arguments));
        c.environment["SMELT_FETCH_PRIVATE"] = "127.0.0.1";
        return c;
    }
    finished go(std::vector<std::string> arguments = {"run", "--wait", "--poll", "100ms", "--timeout", "30s"}) {
        return run(run_command(std::move(arguments)));
    }
    json asked() { return json::parse(simulator().ask("/sim/portal", {})); }
    std::int64_t times_asked(const std::string &part) {
        std::int64_t n = 0;
        const auto all = asked();
        for (const auto &one : all.at("asked"))
            n += one.get<std::string>().find(part) != std::string::npos ? 1 : 0;
        return n;
    }
    std::string states() { return sql("SELECT string_agg(key || ' ' || status, ', ' ORDER BY key) FROM smelt.items"); }
    std::string field(const std::string &key, const std::string &name) {
        return sql("SELECT fields->>'" + name + "' FROM smelt.record WHERE key = '" + key + "'");
    }
};

} // namespace

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

TEST_CASE("records from the web: a detail that fails for a while is tried again, one that fails for good waits with "
          "its reason") {
    portal_world f;
    f.change([](json &w) {
        w["faults"] =
            json::array({{{"match", "related_key=t1_v1"}, {"status", 500}, {"times", 2}},
                         {{"match", "related_key=t2_v1"}, {"status", 403}},
                         {{"match", "related_key=t4_v1"}, {"status", 429}, {"times", 1}, {"retry_after", "1"}}});
    });
    const auto done = f.go();
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(f.states() == "t1 extracted, t2 waiting, t3 extracted, t4 extracted");
    CHECK(f.sql("SELECT waits_for FROM smelt.items WHERE key = 't2'") == "source: HTTP 403");
    CHECK(f.times_asked("related_key=t1_v1") == 3);
    CHECK(f.sql("SELECT count(*) FROM smelt.attempt AS a JOIN smelt.record AS r ON r.id = a.record_id WHERE r.key = "
                "'t2'") == "0");
    f.change([](json &w) { w.erase("faults"); });
    CHECK(f.go().status == 0);
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted");
}

TEST_CASE("records from the web: a list with a page that fails loads what it has, and takes nothing for gone") {
    portal_world f;
    f.go();
    f.write_source("  gone: skip\n");
    f.change([](json &w) {
        w["lists"]["-one_"].insert(w["lists"]["-one_"].begin(),
                                   json::parse(R"({"id": "t0", "title": "Cap", "v": "t0_v1", "summary": "cap"})"));
        w["faults"] = json::array({{{"match", "search_id=-one_&page_number=2"}, {"status", 503}}});
    });
    const auto broken = f.go({"run"});
    INFO(broken.err);
    CHECK(broken.status == 2);
    CHECK_THAT(broken.err, SMELT_CONTAINS("incomplete") && SMELT_CONTAINS("list -one_, page 2: HTTP 503"));
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("incomplete") && SMELT_CONTAINS("HTTP 503"));
    CHECK(f.sql("SELECT count(*) FROM smelt.record WHERE skip = 'gone'") == "0");
    CHECK(f.sql("SELECT count(*) FROM smelt.record WHERE key = 't0'") == "1");
    f.change([](json &w) {
        w.erase("faults");
        w["lists"]["two"].erase(1);
    });
    CHECK(f.go().status == 0); // goes on where the one before has ended
    CHECK(f.go().status == 0);
    CHECK_THAT(f.smelt({"status"}).out, !SMELT_CONTAINS("incomplete"));
    CHECK(f.sql("SELECT count(*) FROM smelt.record WHERE skip = 'gone' AND key = 't4'") == "1");
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

TEST_CASE("records from the web: a run that is killed while it fetches loses and repeats nothing") {
    portal_world f;
    auto c = f.run_command();
    const std::string how = GENERATE("kill@1", "kill@3", "kill@6");
    c.environment["SMELT_FAILPOINTS"] = std::string{GENERATE("fetch.before_commit=", "fetch.after_commit=")} + how;
    run(c);
    const auto kept = f.sql("SELECT count(*) FROM smelt.source_fetch WHERE status IN (200, 404)");
    const auto before = f.asked().at("asked").size();
    const auto done = f.go();
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted");
    // Seven addresses; what was committed is not asked for again in this round.
    CHECK(f.asked().at("asked").size() - before <= 7 - static_cast<std::size_t>(std::stoi(kept)));
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

TEST_CASE("records from the web: a key that no entry has makes the lists incomplete, with the place") {
    portal_world f;
    auto text = f.file_text("pipeline.yaml");
    text.replace(text.find("key: id"), 7, "key: ident");
    f.files().write("pipeline.yaml", text);
    const auto done = f.go({"run"});
    CHECK(done.status == 2);
    CHECK_THAT(done.err, SMELT_CONTAINS("list two, page 1: page 1:1: the object has no \"ident\", which is the key"));
}

TEST_CASE("records from the web: an entry that does not say where its detail is waits, and the others go on") {
    portal_world f;
    f.change([](json &w) { w["lists"]["two"][1].erase("v"); });
    CHECK(f.go().status == 0);
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 waiting");
    CHECK_THAT(f.sql("SELECT waits_for FROM smelt.items WHERE key = 't4'"),
               SMELT_CONTAINS("its entry has no v, which detail.url names"));
}

TEST_CASE("records from the web: SIGTERM and a second run while details come leave nothing half-done") {
    portal_world f;
    f.change([](json &w) { w["delay_ms"] = 300; });
    process first{f.run_command()};
    f.wait_until("SELECT count(*) > 0 FROM pg_tables WHERE tablename = 'source_fetch'");
    f.wait_until("SELECT count(*) >= 3 FROM smelt.source_fetch");
    const auto beside = f.go({"run"});
    CHECK_THAT(beside.out + beside.err, SMELT_CONTAINS("another run is fetching"));
    first.send(SIGTERM);
    const auto ended = first.wait();
    CHECK(ended.status == 130);
    CHECK(f.go().status == 0);
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted");
    for (const auto *detail : {"related_key=t1_v1", "related_key=t2_v1", "related_key=t4_v1"})
        CHECK(f.times_asked(detail) <= 2); // what was under way when the signal came is asked again
    f.check_promises();
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

TEST_CASE("records from the web: paths and fields that lead nowhere are said, and nothing counts as gone") {
    portal_world f;
    CHECK(f.go().status == 0);
    auto text = f.file_text("pipeline.yaml");
    const auto with = [&](const std::string &what, const std::string &instead) {
        auto changed = text;
        changed.replace(changed.find(what), what.size(), instead);
        f.files().write("pipeline.yaml", changed);
        return f.go({"run"});
    };
    SECTION("the path to the records of a page") {
        const auto done =
            with("      records: \"$.results[*]\"\n    detail", "      records: \"$.result[*]\"\n    detail");
        CHECK(done.status != 0);
        CHECK_THAT(done.out + done.err, SMELT_CONTAINS("nothing stands at $.result[*]; there are: results, meta"));
        CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted");
    }
    SECTION("the path to the parts of a detail") {
        with("      records: \"$.results[*]\"\n      text", "      records: \"$.docs[*]\"\n      text");
        CHECK_THAT(f.sql("SELECT incomplete FROM smelt.record WHERE key = 't1'"), SMELT_CONTAINS("there are: results"));
    }
    SECTION("the path to a part's text, and a field of the list") {
        const auto done = with("[\"$.text_extract\", \"$.text\"]", "[\"$.txt\"]");
        CHECK_THAT(done.out, SMELT_CONTAINS("has a text at $.txt (detail.text)"));
        CHECK_THAT(with("else: [summary]", "else: [sumary]").out, SMELT_CONTAINS("has the field sumary (detail.else)"));
    }
}

TEST_CASE(
    "records from the web: entries of one key that differ are said, and a filter that cannot be evaluated keeps one "
    "record back") {
    portal_world f;
    f.change([](json &w) {
        w["lists"]["two"][0]["title"] = "Bolt, other";
        w["lists"]["two"][1]["due"] = "soon";
    });
    f.files().write("pipeline.yaml",
                    f.file_text("pipeline.yaml") +
                        "prefilter: [{name: late, skip_if: \"(fields->>'due')::date < '2020-01-01'\"}]\n");
    const auto done = f.go({"run", "--wait", "--poll", "100ms", "--timeout", "10s"});
    CHECK_THAT(done.out + done.err,
               SMELT_CONTAINS("an entry of the lists has the key of an earlier one and says something else, for "
                              "example t2"));
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 waiting");
    CHECK_THAT(f.sql("SELECT incomplete FROM smelt.record WHERE key = 't4'"),
               SMELT_CONTAINS("prefilter late cannot be evaluated"));
}

TEST_CASE("records from the web: a page without keys and a document behind a private address hold up nothing else") {
    portal_world f;
    f.change([&](json &w) {
        w["lists"]["two"][1].erase("id");
        w["faults"] = json::array({{{"match", "related_key=t1_v1"},
                                    {"redirect", "http://127.0.0.3:" + f.simulator().port() + "/portal/document/"}}});
    });
    const auto first = f.go({"run", "--wait", "--poll", "100ms", "--timeout", "3s"});
    CHECK_THAT(first.out + first.err, SMELT_CONTAINS("list two, page 1"));
    CHECK(first.status == 2);
    CHECK_THAT(f.sql("SELECT incomplete FROM smelt.record WHERE key = 't1'"), SMELT_CONTAINS("private network"));
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.items WHERE status = 'extracted'") == "t2 t3");
    f.change([](json &w) {
        w["lists"]["two"][1]["id"] = "t4";
        w.erase("faults");
    });
    const auto second = f.go();
    INFO(second.out + second.err);
    CHECK(second.status == 0);
    CHECK(f.go().status == 0); // a new reading of the lists
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted");
}

TEST_CASE("records from the web: a host that asks for a long pause is left alone, and the run says so and ends") {
    portal_world f;
    f.change([](json &w) {
        w["faults"] = json::array(
            {{{"match", "related_key=t4_v1"}, {"status", 429}, {"times", 1}, {"retry_after", "99999999999"}}});
    });
    f.go({"run"});
    const auto second = f.go({"run"});
    CHECK_THAT(second.out, SMELT_CONTAINS("wants no request for"));
    CHECK(f.sql("SELECT bool_and(free_at < clock_timestamp() + interval '61 minutes') FROM smelt.source_host") == "t");
    f.execute("UPDATE smelt.source_host SET free_at = '-infinity', rests_until = '-infinity'");
    f.execute("UPDATE smelt.source_fetch SET not_before = '-infinity'");
    CHECK(f.go().status == 0);
    CHECK(f.states() == "t1 extracted, t2 extracted, t3 extracted, t4 extracted");
}

TEST_CASE("records from the web: an answer that says nothing of a record is no empty text") {
    portal_world f;
    const std::string body = GENERATE("<html>an error</html>", "", R"({"error": "quota exceeded"})",
                                      R"({"results": [{"text": "a\u0000b"}]})");
    f.change([&](json &w) {
        w["faults"] = json::array({{{"match", "related_key=t1_v1"}, {"status", 200}, {"body", body}}});
    });
    f.go({"run"});
    CHECK(f.sql("SELECT incomplete IS NOT NULL FROM smelt.record WHERE key = 't1'") == "t");
    CHECK(f.sql("SELECT status FROM smelt.items WHERE key = 't1'") == "waiting");
    f.change([](json &w) { w.erase("faults"); });
    CHECK(f.go().status == 0);
    CHECK(f.field("t1", "text") == "=== a.pdf ===\nfirs");
}
