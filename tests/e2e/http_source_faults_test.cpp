#include "catch.hpp"
#include "portal_world.hpp"

#include <csignal>

using namespace smelt;
using namespace smelt::test;

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
