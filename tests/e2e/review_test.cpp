// What people say of answers: at a terminal, by files, by score; and what follows from it.

#include "graph_fixture.hpp"
#include "terminal_process.hpp"

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <sstream>

using namespace smelt;
using namespace smelt::test;

namespace {

/// The simulator answers `title` with the title's words. Those of odd records are doubtful.
const std::string half_doubtful = R"(
  extract:
    model: gpt-5-mini
    user: "Title: {{title}}"
    output: {type: object, required: [title], properties: {title: {type: string}, sure: {type: boolean}}}
    rules:
      - {name: not_odd, check: "substring(output->>'title' from '[0-9]+')::int % 2 = 0", severity: soft, weight: 0.5, message: odd}
      - {name: has_title, check: "output->>'title' <> ''", severity: hard, message: no title}
    score: {review_below: 0.7}
    retry: {backoff: 50ms}
)";

struct reviewed : graph_fixture {
    explicit reviewed(int records, const std::string &task = half_doubtful) : graph_fixture{records, task} {
        run_to_end();
    }
    [[nodiscard]] command review_command(std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{"review", "pipeline.yaml", "--reviewer", "ann"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto c = smelt_command(arguments);
        c.environment["TERM"] = "xterm";
        return c;
    }
    /// A script that stands for an editor.
    void editor_does(command &c, const std::string &script) {
        files().write("editor.sh", "#!/bin/sh\n" + script + "\n");
        c.environment["VISUAL"] = "sh " + (folder() / "editor.sh").string();
    }
    std::string verdicts() {
        return sql(
            "SELECT coalesce(string_agg(concat_ws(' ', key, verdict, reviewer, reason, CASE WHEN undone_at IS NOT NULL "
            "THEN 'undone' END), ', ' ORDER BY id), '') FROM smelt.reviews");
    }
    std::string doubtful() { return sql("SELECT count(*) FROM smelt.results WHERE needs_review"); }
    /// --import of a table with these lines.
    finished take_in(const std::string &lines) {
        files().write("verdicts.csv", "verdict,reason,edited_output,task,key,batch,output\n" + lines);
        return smelt({"review", "pipeline.yaml", "--reviewer", "ann", "--import", "verdicts.csv"});
    }
    /// The requests of the file that was sent last.
    [[nodiscard]] std::string last_file() {
        const auto id = sql("SELECT input_file_id FROM smelt.batch WHERE kind = 0 ORDER BY id DESC LIMIT 1");
        return simulator().ask("/openai/v1/files/" + id + "/content", {"-H", "Authorization: Bearer test-key-1"});
    }
    void check() {
        const auto deep = smelt({"doctor", "--deep"});
        INFO(deep.out);
        CHECK(deep.status == 0);
        CHECK(sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    }
};

} // namespace

TEST_CASE("a person accepts, rejects, edits, skips and undoes at a terminal") {
    reviewed f{8};
    CHECK(f.doubtful() == "4");
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("4 answers to review"));
    auto wanted = f.review_command();
    f.editor_does(wanted, "sed 's/Note 5/Note five, that is 6/' \"$1\" > \"$1.new\" && cp \"$1.new\" \"$1\"");
    terminal_process terminal{wanted, 80, 40};
    const auto screen = terminal.wait_for("q quit");
    CHECK_THAT(screen, SMELT_CONTAINS("1 of 4   score 0.50 (doubtful below 0.70)   notes/extract   r1   gpt-5-mini"));
    CHECK_THAT(screen, SMELT_CONTAINS("title: Note 1"));
    CHECK_THAT(screen, SMELT_CONTAINS("\"title\": \"Note 1\""));
    CHECK_THAT(screen, SMELT_CONTAINS("warning of not_odd: odd"));
    CHECK_THAT(screen, SMELT_CONTAINS("rule that holds: has_title"));
    terminal.type("rno");
    terminal.wait_for("(empty: back) no");
    terminal.type("\x1b"); // gives it up
    terminal.wait_for("q quit");
    terminal.type("a");
    CHECK_THAT(terminal.wait_for("q quit"), SMELT_CONTAINS("2 of 4   score 0.50") && SMELT_CONTAINS("   r3   "));
    terminal.type("r");
    terminal.wait_for("(empty: back) ");
    terminal.type("not the titel\x7f\x7fle\n");
    CHECK_THAT(terminal.wait_for("q quit"), SMELT_CONTAINS("The answer before was rejected.") &&
                                                SMELT_CONTAINS("3 of 4   score 0.50") && SMELT_CONTAINS("   r5   "));
    terminal.type("e");
    CHECK_THAT(terminal.wait_for("q quit"), SMELT_CONTAINS("4 of 4   score 0.50") && SMELT_CONTAINS("   r7   "));
    terminal.type("f");
    terminal.wait_for("(empty: back) ");
    terminal.type("hopeless\n");
    terminal.wait_for("any other key ends.");
    terminal.type("q");
    CHECK_THAT(terminal.wait().out,
               SMELT_CONTAINS("4 verdicts kept.") && SMELT_CONTAINS("asks again what was rejected"));
    CHECK(f.verdicts() == "r1 accepted ann, r3 rejected ann not the title, r5 edited ann, r7 failed ann hopeless");
    CHECK(f.doubtful() == "0");
    CHECK(f.sql("SELECT string_agg(key || ' ' || coalesce(reviewed_by, '-'), ', ' ORDER BY key) FROM smelt.results") ==
          "r1 ann, r2 -, r4 -, r5 ann, r6 -, r8 -");
    CHECK(f.sql("SELECT output->>'title' || ' ' || model || ' ' || cost_usd FROM smelt.results WHERE key = 'r5'") ==
          "Note five, that is 6 human 0.000000000");
    CHECK(f.sql("SELECT status || ' ' || cause || ' ' || message FROM smelt.failures") == "failed rejected hopeless");
    CHECK(
        f.sql(
            "SELECT kind || ' ' || state || ' ' || sent || ' ' || accepted FROM smelt.batches WHERE model = 'human'") ==
        "human closed 1 1");
    f.check();
    f.run_to_end();
    CHECK(f.attempts("extract") == "10"); // eight, the edit, and what was rejected once more
    CHECK(f.sql("SELECT status FROM smelt.items WHERE key = 'r3'") == "extracted");
    CHECK_THAT(f.smelt({"retry", "pipeline.yaml"}).out, SMELT_CONTAINS("Nothing to retry"));
    CHECK_THAT(f.smelt({"show", "notes", "r5"}).out,
               SMELT_CONTAINS("extract: edited by ann") &&
                   SMELT_CONTAINS("no request: a person has written this answer"));
    terminal_process again{f.review_command(), 140, 40};
    CHECK_THAT(again.wait_for("q quit"), SMELT_CONTAINS("said of it before: rejected by ann: not the title"));
    again.type("q");
    again.wait();
    CHECK_THAT(f.smelt({"retry", "pipeline.yaml", "--key", "r7"}).out, SMELT_CONTAINS("1 item is pending again"));
    f.check();
}

TEST_CASE("what a person rejects is asked again with the reason and the answer that was judged") {
    reviewed f{2};
    CHECK_THAT(f.take_in("reject,give the number in words,,extract,r1,1,\n").out, SMELT_CONTAINS("1 rejected"));
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "1"); // a rejected answer is no result
    REQUIRE(f.smelt({"run", "pipeline.yaml"}).status == 0);
    CHECK_THAT(f.last_file(), SMELT_CONTAINS(R"(\"title\": \"Note 1\"})"));
    CHECK_THAT(f.last_file(),
               SMELT_CONTAINS("The previous answer was not accepted: a person says: give the number in words"));
    f.run_to_end();
    CHECK(f.sql("SELECT count(*) FROM smelt.results") == "2");
    CHECK(f.doubtful() == "1");
    f.check();
}

TEST_CASE("each kind of verdict can be taken back, also the last one") {
    reviewed f{2};
    const auto before = f.sql("SELECT concat_ws(' ', mean_score, extracted, to_review, reviewed) FROM smelt.status");
    CHECK(before == "0.75 2 1 0");
    auto wanted = f.review_command();
    f.editor_does(wanted, "printf '{\"title\": \"Note 12\"}' > \"$1\"");
    terminal_process terminal{wanted, 120, 40};
    for (const std::string keys : {"a", "rbad\n", "e", "fbad\n"}) {
        terminal.wait_for("q quit");
        terminal.type(keys.substr(0, 1));
        if (keys.size() > 1) {
            terminal.wait_for("back) ");
            terminal.type(keys.substr(1));
        }
        terminal.wait_for("any other key ends.");
        CHECK(f.doubtful() == "0");
        terminal.type("u");
    }
    terminal.wait_for("q quit");
    terminal.type("u");
    CHECK_THAT(terminal.wait_for("q quit"), SMELT_CONTAINS("There is no verdict of this review to take back."));
    terminal.type("q");
    CHECK_THAT(terminal.wait().out, SMELT_CONTAINS("0 verdicts kept, 1 left."));
    CHECK(f.sql("SELECT concat_ws(' ', mean_score, extracted, to_review, reviewed) FROM smelt.status") == before);
    CHECK(f.verdicts() ==
          "r1 accepted ann undone, r1 rejected ann bad undone, r1 edited ann undone, r1 failed ann bad undone");
    CHECK(f.sql("SELECT output->>'title' || ' ' || model FROM smelt.results WHERE key = 'r1'") == "Note 1 gpt-5-mini");
    f.check();
    f.run_to_end();
    CHECK(f.counters()["requests_billed"].dump() == "2");
}

TEST_CASE("an edit that is not valid is not kept, and says why") {
    reviewed f{2};
    auto wanted = f.review_command();
    f.editor_does(wanted, "n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) > n\n"
                          "case $n in 0) echo '{\"title\": 7}' ;; 1) echo '{\"title\": \"\"}' ;; *) echo '{\"title\": "
                          "\"Note 3\", \"sure\": true}' ;; esac > \"$1\"");
    terminal_process terminal{wanted, 80, 40};
    terminal.wait_for("q quit");
    terminal.type("e");
    CHECK_THAT(terminal.wait_for("gives it up"), SMELT_CONTAINS("at /title: expected a string"));
    terminal.type("e");
    CHECK_THAT(terminal.wait_for("gives it up"), SMELT_CONTAINS("no title"));
    terminal.type("e");
    terminal.wait_for("any other key ends.");
    terminal.type("q");
    CHECK(terminal.wait().status == 0);
    CHECK(f.sql("SELECT output::text FROM smelt.results WHERE key = 'r1'") == R"({"sure": true, "title": "Note 3"})");
    CHECK(f.sql("SELECT needs_review FROM smelt.results WHERE key = 'r1'") == "f"); // odd as it is
    f.check();
}

TEST_CASE("two people do not get the same answer, and one whose terminal goes away leaves his to the others") {
    reviewed f{4};
    auto first = std::make_unique<terminal_process>(f.review_command(), 80, 40);
    CHECK_THAT(first->wait_for("q quit"), SMELT_CONTAINS("   r1   "));
    terminal_process second{f.review_command(), 80, 40};
    CHECK_THAT(second.wait_for("q quit"), SMELT_CONTAINS("   r3   "));
    terminal_process third{f.review_command(), 80, 40};
    CHECK_THAT(third.wait().out, SMELT_CONTAINS("Nothing left to review: others look at 2 answers just now."));
    first->hang_up();
    CHECK(first->wait().status == 0);
    CHECK(f.sql("SELECT count(*) FROM smelt.review_lease") == "1");
    second.type("s");
    CHECK_THAT(second.wait_for("q quit"), SMELT_CONTAINS("   r1   "));
    second.type("\x03");
    CHECK(second.wait().status == 130);
    CHECK(f.sql("SELECT count(*) FROM smelt.review_lease") == "0");
    CHECK(f.verdicts().empty());
}

TEST_CASE("a verdict about an answer that was judged or replaced meanwhile is not kept") {
    reviewed f{4};
    terminal_process terminal{f.review_command(), 80, 40};
    terminal.wait_for("q quit");
    CHECK_THAT(f.take_in("accept,,,extract,r1,1,\n").out, SMELT_CONTAINS("1 accepted"));
    terminal.type("rwrong\n");
    CHECK_THAT(terminal.wait_for("q quit"), SMELT_CONTAINS("your verdict was not kept"));
    terminal.type("q");
    terminal.wait();
    CHECK(f.verdicts() == "r1 accepted ann");
    f.check();
}

TEST_CASE("answers are judged in a table, and what is wrong in it is named by its line") {
    reviewed f{12};
    const auto written = f.smelt({"review", "pipeline.yaml", "--export", "doubtful.csv"});
    CHECK_THAT(written.err, SMELT_CONTAINS("6 answers to judge in doubtful.csv"));
    CHECK_THAT(
        f.files().read("doubtful.csv"),
        SMELT_CONTAINS(
            "verdict,reason,edited_output,reviewer,task,key,batch,score,warnings,repairs,earlier,output,id,title,"));
    CHECK_THAT(f.files().read("doubtful.csv"), SMELT_CONTAINS(",,,,extract,r1,1,0.5,\"not_odd: odd (title is"));
    const auto done = f.take_in("accept,,,extract,r1,1,\n"
                                "edit,,\"{\"\"title\"\": \"\"Note 30\"\"}\",extract,r3,1,\n"
                                "edit,,\"{\"\"title\"\": 30}\",extract,r5,1,\n"
                                "reject,,,extract,r7,1,\n"
                                "maybe,,,extract,r9,1,\n"
                                "accept,,,extract,r99,1,\n"
                                "accept,,,other,r9,1,\n"
                                "accept,,\"{\"\"title\"\": \"\"x\"\"}\",extract,r9,1,\"{\"\"title\"\": \"\"y\"\"}\"\n"
                                "accept,,,extract,r9,,\n"
                                "accept,,,extract,r9,77,\n"
                                ",,,extract,r11,1,\n,odd,,extract,r11,1,\n");
    CHECK(done.status == 1);
    CHECK_THAT(done.out, SMELT_CONTAINS("Kept 2 verdicts: 1 accepted, 1 edited, 0 rejected, 0 failed."));
    CHECK_THAT(done.out, SMELT_CONTAINS("1 row left out"));
    CHECK_THAT(done.out, SMELT_CONTAINS("1 row has no verdict."));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 4 (r5): the edited output is not valid: at /title: expected a string"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 5 (r7): a rejection needs a reason"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 6 (r9): maybe is no verdict"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 7 (r99): no record has this key"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 8 (r9): there is no task called other"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 9 (r9): accept, and edited_output is another than output"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 10 (r9): the column batch"));
    CHECK_THAT(done.err, SMELT_CONTAINS("line 13 (r11): a reason or an edited output, but no verdict"));
    const auto again = f.take_in("accept,,,extract,r1,1,\nreject,why,,extract,r3,1,\n");
    CHECK(again.status == 0);
    CHECK_THAT(again.out, SMELT_CONTAINS("Kept 0 verdicts"));
    CHECK_THAT(again.out, SMELT_CONTAINS("1 verdict was kept before."));
    CHECK_THAT(again.out, SMELT_CONTAINS("1 row left out"));
    CHECK(f.verdicts() == "r1 accepted ann, r3 edited ann");
    f.check();
}

TEST_CASE("answers are judged in JSON lines and in Label Studio") {
    reviewed f{6};
    REQUIRE(f.smelt({"review", "pipeline.yaml", "--export", "doubtful.jsonl"}).status == 0);
    std::string lines;
    std::istringstream in{f.files().read("doubtful.jsonl")};
    for (std::string line; std::getline(in, line);) {
        auto row = json::parse(line);
        if (row["key"] == "r1") {
            row["verdict"] = "edit";
            row["edited_output"] = row["output"];
            row["edited_output"]["title"] = "Note 41";
        }
        lines += row.dump() + "\n";
    }
    f.files().write("judged.jsonl", lines);
    CHECK_THAT(f.smelt({"review", "pipeline.yaml", "--import", "judged.jsonl"}).out, SMELT_CONTAINS("1 edited"));
    REQUIRE(f.smelt({"review", "pipeline.yaml", "--export", "tasks.json"}).status == 0);
    auto tasks = json::parse(f.files().read("tasks.json"));
    REQUIRE(tasks.size() == 2);
    CHECK(tasks[0]["data"]["key"] == "r3");
    const auto output = tasks[0]["data"]["output"].get<std::string>();
    CHECK_THAT(output, SMELT_CONTAINS("\"title\": \"Note 3\"\n}"));
    CHECK(tasks[0]["predictions"][0]["result"][0]["value"]["text"][0] == output);
    const auto result = [](const char *name, const char *type, const char *member, const std::string &value) {
        return json{{"from_name", name}, {"to_name", "record"}, {"type", type}, {"value", {{member, {value}}}}};
    };
    tasks[0]["annotations"] = {
        {{"was_cancelled", false},
         {"lead_time", 12.5},
         {"completed_by", {{"email", "bo@example.org"}}},
         {"result",
          {result("verdict", "choices", "choices", "accept"), result("edited_output", "textarea", "text", output)}}}};
    tasks[1]["annotations"] = {
        {{"was_cancelled", false},
         {"result",
          {result("verdict", "choices", "choices", "reject"), result("reason", "textarea", "text", "too short")}}},
        {{"was_cancelled", true}, {"result", json::array()}}};
    f.files().write("judged.json", tasks.dump());
    const auto done = f.smelt({"review", "pipeline.yaml", "--reviewer", "ann", "--import", "judged.json"});
    CHECK_THAT(done.out, SMELT_CONTAINS("1 accepted, 0 edited, 1 rejected"));
    CHECK(f.sql("SELECT reviewer || ' ' || seconds FROM smelt.reviews WHERE key = 'r3'") == "bo@example.org 12.5");
    CHECK(f.sql("SELECT reviewer || ' ' || reason FROM smelt.reviews WHERE key = 'r5'") == "ann too short");
    f.check();
}

TEST_CASE("approve accepts by score what nobody has judged") {
    reviewed f{10};
    CHECK_THAT(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.5", "--dry-run"}).out,
               SMELT_CONTAINS("Would approve 10 answers, 5 of them doubtful."));
    CHECK_THAT(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.5", "--where", "key in ('r1', 'r2', 'r3')"}).out,
               SMELT_CONTAINS("Approved 3 answers, 2 of them doubtful."));
    CHECK(f.doubtful() == "3");
    CHECK_THAT(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.6"}).out, SMELT_CONTAINS("Approved 4 answers."));
    CHECK_THAT(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.6"}).out, SMELT_CONTAINS("Nothing to approve"));
    CHECK(f.smelt({"approve", "pipeline.yaml", "--min-score", "60"}).status == 1);
    CHECK(f.sql("SELECT string_agg(DISTINCT verdict, ',') FROM smelt.reviews") == "approved");
    CHECK_THAT(f.smelt({"status"}).out,
               SMELT_CONTAINS("not enough reviews of answers from score 0.70 on to tell their precision: 0 of 30"));
    f.check();
}

TEST_CASE("a judged answer is not replaced by itself, and --replace-reviewed asks again") {
    reviewed f{4};
    REQUIRE(f.take_in("accept,,,extract,r1,1,\nedit,,\"{\"\"title\"\": \"\"Note 30\"\"}\",extract,r3,1,\n").status ==
            0);
    f.write(4, 0, " anew");
    REQUIRE(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    CHECK(f.status("extract", "pending, extracted, reviewed, overtaken") == "2 2 2 2");
    CHECK(f.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM smelt.results WHERE superseded") == "r1 r2 r3 r4");
    CHECK_THAT(f.smelt({"status"}).out,
               SMELT_CONTAINS("2 reviewed answers stay although what they rest on has changed"));
    f.run_to_end();
    CHECK(f.counters()["requests_billed"].dump() == "6");
    CHECK_THAT(f.redo().out, SMELT_CONTAINS("2 answers that a person has judged stay"));
    CHECK(f.status("extract", "pending, overtaken") == "0 2");
    const auto done = f.smelt({"redo", "pipeline.yaml", "--changed", "--replace-reviewed"});
    CHECK_THAT(done.out, SMELT_CONTAINS("2 items are pending again"));
    f.run_to_end();
    CHECK(f.counters()["requests_billed"].dump() == "8");
    CHECK(f.status("extract", "extracted, overtaken, to_review") == "4 0 2");
    CHECK(f.sql("SELECT count(*) FROM smelt.results WHERE superseded OR model = 'human'") == "0");
    f.check();
}

TEST_CASE("what an edit changes is asked again where it was used, and judged answers stay") {
    graph_fixture f{4, classify() + extract("true")};
    f.run_to_end();
    const auto take_in = [&](const std::string &lines) {
        f.files().write("verdicts.csv", "verdict,reason,edited_output,task,key,batch\n" + lines);
        const auto done = f.smelt({"review", "pipeline.yaml", "--import", "verdicts.csv"});
        INFO(done.err);
        REQUIRE(done.status == 0);
    };
    take_in("accept,,,extract,r2," + f.sql("SELECT batch_id FROM smelt.results WHERE task = 'extract' AND key = 'r2'") +
            "\n");
    take_in("edit,,\"{\"\"topic\"\": \"\"peat\"\"}\",classify,r1,1\nedit,,\"{\"\"topic\"\": "
            "\"\"peat\"\"}\",classify,r2,1\nreject,no,,classify,r3,1\n");
    CHECK(f.status("extract", "waiting, extracted, overtaken") == "2 2 1");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(output->>'topic', ' ' ORDER BY key) FROM smelt.results WHERE task = 'extract'") ==
          "peat even odd even");
    CHECK(f.sql("SELECT string_agg(key, ' ') FROM smelt.results WHERE superseded") == "r2");
    CHECK(f.attempts("extract") == "5"); // r1 once more; r3 got the same topic again
    const auto deep = f.smelt({"doctor", "--deep"});
    INFO(deep.out);
    CHECK(deep.status == 0);
    REQUIRE(f.smelt({"redo", "pipeline.yaml", "--changed", "--replace-reviewed"}).status == 0);
    f.run_to_end();
    CHECK(f.sql("SELECT output->>'topic' FROM smelt.results WHERE task = 'extract' AND key = 'r2'") == "peat");
}

TEST_CASE("verdicts are told to the user's tables") {
    graph_fixture f{8, half_doubtful + "    write_back: {accepted: log.sql, doubtful: log.sql, failed: log.sql, "
                                       "reopened: log.sql}\n"};
    f.execute("CREATE TABLE public.log (n bigserial, entry text)");
    f.files().write("log.sql", "INSERT INTO public.log (entry) SELECT concat_ws(' ', key, event, reviewed_by, reason, "
                               "message, output->>'title') FROM rows ORDER BY key");
    f.run_to_end();
    f.execute("DELETE FROM public.log");
    f.files().write("verdicts.csv", "verdict,reason,edited_output,reviewer,task,key,batch\naccept,,,ann,extract,r1,1\n"
                                    "edit,,\"{\"\"title\"\": \"\"Note 33\"\"}\",ann,extract,r3,1\n"
                                    "reject,bad,,ann,extract,r5,1\nfail,worse,,ann,extract,r7,1\n");
    REQUIRE(f.smelt({"review", "pipeline.yaml", "--import", "verdicts.csv"}).status == 0);
    REQUIRE(f.smelt({"approve", "pipeline.yaml", "--min-score", "0.9", "--where", "key = 'r2'", "--reviewer", "bo"})
                .status == 0);
    REQUIRE(f.smelt({"write-back", "pipeline.yaml"}).status == 0);
    CHECK(f.sql("SELECT string_agg(entry, ', ' ORDER BY entry) FROM public.log") ==
          "r1 accepted ann Note 1, r2 accepted bo Note 2, r3 accepted ann Note 33, r5 reopened ann, r7 failed ann "
          "rejected worse");
    f.execute("DELETE FROM public.log");
    f.run_to_end();
    CHECK(f.sql("SELECT string_agg(entry, ', ') FROM public.log") == "r5 doubtful Note 5");
    f.execute("DELETE FROM public.log");
    REQUIRE(f.smelt({"write-back", "pipeline.yaml", "--all"}).status == 0);
    CHECK(f.sql("SELECT string_agg(entry, ', ' ORDER BY entry) FROM public.log") ==
          "r1 accepted ann Note 1, r2 accepted bo Note 2, r3 accepted ann Note 33, r4 accepted Note 4, r5 doubtful "
          "Note 5, "
          "r6 accepted Note 6, r7 failed ann rejected worse, r8 accepted Note 8");
    const auto deep = f.smelt({"doctor", "--deep"});
    INFO(deep.out);
    CHECK(deep.status == 0);
}

TEST_CASE("verdicts say how good scores are, and choose what is to be judged") {
    reviewed f{200};
    std::string lines;
    for (int i = 2; i <= 200; i += 2)
        lines += fmt::format("{},,extract,r{},1,\n", i == 2 ? "fail,no" : "accept,", i);
    for (int i = 1; i <= 199; i += 4)
        lines += fmt::format("{},extract,r{},1,\n", i % 8 == 1 ? "accept,," : "reject,no,", i);
    CHECK(f.take_in(lines).status == 0);
    CHECK_THAT(f.smelt({"status"}).out, SMELT_CONTAINS("precision from score 0.70 on: 0.99 ± 0.03 from 100 reviews"));
    const auto status = json::parse(f.smelt({"status", "--json"}).out);
    CHECK(status[0]["precision"]["reviews"] == 100);
    const auto written = f.smelt({"review", "pipeline.yaml", "--target-precision", "0.9", "--export", "left.csv"});
    CHECK_THAT(written.err, SMELT_CONTAINS("50 answers to judge in left.csv"));
    const auto refused = f.smelt({"review", "pipeline.yaml", "--target-precision", "0.99", "--export", "more.csv"});
    CHECK(refused.status == 1);
    CHECK_THAT(refused.err, SMELT_CONTAINS("the reviews so far promise a precision of 0.99 for no score"));
}

TEST_CASE("eval says what it does not find, and what it does not compare") {
    reviewed f{4};
    f.files().write("gold.csv", "key,title,remark\nr1,NOTE 1,x\nr2,Note 3,\nr9,Note 9,\n");
    const auto done = f.smelt({"eval", "pipeline.yaml", "--gold", "gold.csv", "--mismatches", "wrong.csv"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK_THAT(done.out, SMELT_CONTAINS("extract against gold.csv: 3 rows, 1 without such a record"));
    CHECK_THAT(done.out, SMELT_CONTAINS("line 4: r9"));
    CHECK_THAT(done.out, SMELT_CONTAINS("no field of the answers is called so: remark"));
    CHECK(f.files().read("wrong.csv") ==
          "key,field,expected,answered,answer_score,part,line\r\nr2,title,note 3,note 2,1,,3\r\n");
    CHECK(json::parse(
              f.smelt({"eval", "pipeline.yaml", "--gold", "gold.csv", "--json"}).out)["fields"][0]["accuracy"] == 0.5);
    const auto fails = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"eval", "pipeline.yaml"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto refused = f.smelt(arguments);
        CHECK(refused.status == 1);
        return refused.err;
    };
    CHECK_THAT(fails({}), SMELT_CONTAINS("--gold FILE, --reviewed or --tasks"));
    CHECK_THAT(fails({"--gold", "none.csv"}), SMELT_CONTAINS("none.csv"));
    CHECK_THAT(fails({"--gold", "gold.csv", "--by-key", "kye"}),
               SMELT_CONTAINS("no column kye") && SMELT_CONTAINS("did you mean \"key\""));
    CHECK_THAT(fails({"--gold", "gold.csv", "--by-text", "title=titel"}), SMELT_CONTAINS("has a field titel"));
    CHECK_THAT(fails({"--gold", "gold.csv", "--parts", "tpic"}), SMELT_CONTAINS("has a field tpic"));
    CHECK_THAT(fails({"--gold", "gold.csv", "--field", "titel"}), SMELT_CONTAINS("have no field titel"));
    CHECK_THAT(fails({"--tasks", "extract"}), SMELT_CONTAINS("it compares two"));
    CHECK_THAT(fails({"--tasks", "extract,extract"}), SMELT_CONTAINS("twice"));
    CHECK_THAT(fails({"--gold", "gold.csv", "--mismatches", "wrong.txt"}), SMELT_CONTAINS("end it in .csv"));
    CHECK_THAT(f.smelt({"eval", "pipeline.yaml", "--reviewed"}).out, SMELT_CONTAINS("There is nothing to compare."));
}

TEST_CASE("keys that were typed before an answer is shown judge nothing") {
    reviewed f{8};
    terminal_process terminal{f.review_command(), 80, 40};
    terminal.wait_for("q quit");
    terminal.type("aaaa");
    CHECK_THAT(terminal.wait_for("q quit"), SMELT_CONTAINS("   r3   "));
    terminal.type("r");
    terminal.wait_for("(empty: back) ");
    terminal.type("first line\naf\n");
    CHECK_THAT(terminal.wait_for("q quit"), SMELT_CONTAINS("   r5   "));
    terminal.type("q");
    CHECK_THAT(terminal.wait().out, SMELT_CONTAINS("2 verdicts kept, 2 left."));
    CHECK(f.verdicts() == "r1 accepted ann, r3 rejected ann first line");
}

TEST_CASE("a review that is told to end puts the terminal right and leaves nothing behind") {
    reviewed f{4};
    auto wanted = f.review_command();
    wanted.program = "/bin/sh";
    wanted.arguments.insert(wanted.arguments.begin(),
                            {"-c", "echo $$; exec \"$0\" \"$@\"", SMELT_BINARY_DIR "/bin/smelt"});
    terminal_process terminal{wanted, 80, 40};
    const auto pid = std::stoi(terminal.wait_for("\n"));
    terminal.wait_for("q quit");
    ::kill(pid, SIGTERM);
    CHECK(terminal.wait().status == 130);
    CHECK(f.sql("SELECT count(*) FROM smelt.review_lease") == "0");
}

TEST_CASE("an editor that cannot have a file ends no review") {
    reviewed f{4};
    auto wanted = f.review_command();
    wanted.environment["TMPDIR"] = "/nonexistent";
    terminal_process terminal{wanted, 80, 40};
    terminal.wait_for("q quit");
    terminal.type("e");
    CHECK_THAT(terminal.wait_for("q quit"), SMELT_CONTAINS("there is no folder for a file to edit"));
    terminal.type("q");
    CHECK(terminal.wait().status == 0);
}

TEST_CASE("a judged answer whose need is rejected is overtaken until that is as it was") {
    graph_fixture f{4, classify() + extract("true")};
    f.run_to_end();
    const auto take_in = [&](const std::string &lines) {
        f.files().write("verdicts.csv", "verdict,reason,edited_output,task,key,batch\n" + lines);
        REQUIRE(f.smelt({"review", "pipeline.yaml", "--import", "verdicts.csv"}).status == 0);
    };
    take_in("accept,,,extract,r2," + f.sql("SELECT batch_id FROM smelt.results WHERE task = 'extract' AND key = 'r2'") +
            "\n");
    take_in("reject,no,,classify,r2,1\n");
    CHECK(f.status("extract", "extracted, waiting, overtaken") == "4 0 1");
    f.check_graph();
    f.run_to_end(); // the same topic again
    CHECK(f.status("extract", "extracted, overtaken, reviewed") == "4 0 1");
    CHECK(f.attempts("extract") == "4");
    f.write(4, 0, " anew");
    REQUIRE(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    CHECK(f.status("extract", "overtaken") == "1");
    f.run_to_end();
    f.write(4);
    REQUIRE(f.smelt({"load", "pipeline.yaml", "--accept-changes"}).status == 0);
    f.run_to_end();
    CHECK(f.status("extract", "extracted, overtaken, reviewed") == "4 0 1");
    CHECK(f.sql("SELECT superseded FROM smelt.results WHERE task = 'extract' AND key = 'r2'") == "f");
    const auto deep = f.smelt({"doctor", "--deep"});
    INFO(deep.out);
    CHECK(deep.status == 0);
}
