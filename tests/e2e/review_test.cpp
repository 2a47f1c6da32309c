// A person judges answers at a terminal.

#include "review_fixture.hpp"
#include "terminal_process.hpp"

#include <csignal>
#include <memory>

using namespace smelt;
using namespace smelt::test;

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
