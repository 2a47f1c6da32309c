#pragma once

#include "graph_fixture.hpp"

#include <string>
#include <vector>

/// Pipelines that have run, with doubtful answers, and what people say of them.
namespace smelt::test {

/// The simulator answers `title` with the title's words. Those of odd records are doubtful.
inline const std::string half_doubtful = R"(
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

} // namespace smelt::test
