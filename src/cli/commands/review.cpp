#include "smelt/actions/review.hpp"

#include "cli/key_list.hpp"
#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/reviewer_name.hpp"
#include "cli/terminal/output_file.hpp"
#include "cli/terminal/review_screen.hpp"

#include "smelt/actions/calibration.hpp"
#include "smelt/actions/named.hpp"
#include "smelt/actions/review_files.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Shows one answer after the other, the lowest score first: those below the task's review_below that
nobody has judged, or those that --below, --sample or --target-precision choose. Beside the record
stand the answer, its warnings, what was repaired in it, and the rules that hold.
  a  accepts the answer: it is not doubtful any more, and nothing replaces it by itself
  e  opens it in $EDITOR; what you save is checked as a model's answer is, and takes its place
  r  rejects it: it is asked again, and the model is told what you say is wrong
  f  rejects it for good: the item failed
  s  leaves it for later    u  takes your last verdict back    m  shows long texts whole    q  quits
Each verdict is kept at once. Two people who review at the same time do not get the same answer.

Without a terminal, or to judge elsewhere: --export FILE writes the answers (.csv, .jsonl, .json for
Label Studio); fill in verdict (accept, edit, reject, fail), reason and edited_output; --import FILE
keeps the verdicts. What was judged already is left out, so a file can be read twice.

Examples:
  smelt review papers
  smelt review papers --task classify --below 0.8 --limit 20
  smelt review papers --sample 100          any score, to find out how good the answers are
  smelt review papers --export doubtful.csv && … && smelt review papers --import doubtful.csv

)";

void tell(const actions::imported_reviews &done, std::ostream &out, std::ostream &err) {
    out << fmt::format("Kept {}: {} accepted, {} edited, {} rejected, {} failed.\n",
                       count_of(done.accepted + done.edited + done.rejected + done.failed, "verdict"), done.accepted,
                       done.edited, done.rejected, done.failed);
    if (done.known > 0)
        out << count_of(done.known, "verdict") << (done.known == 1 ? " was" : " were") << " kept before.\n";
    if (done.overtaken > 0)
        out << count_of(done.overtaken, "row")
            << " left out: the answer was replaced, or judged otherwise, since it was exported.\n";
    if (done.open > 0)
        out << count_of(done.open, "row") << (done.open == 1 ? " has" : " have") << " no verdict.\n";
    constexpr std::size_t most = 20;
    for (std::size_t i = 0; i < std::min(most, done.problems.size()); ++i)
        err << printable(done.problems[i].words) << '\n';
    if (done.problems.size() > most)
        err << "and " << done.problems.size() - most << " more\n";
}

exit_code import_file(const review_arguments &a, context &c, db::connection &connection,
                      const store::pipeline_row &pipeline) {
    const auto done = actions::import_reviews(connection, pipeline, a.import_file, reviewer_name(a.reviewer));
    tell(done, c.out, c.err);
    return done.problems.empty() ? exit_code::ok : exit_code::usage;
}

void export_file(const review_arguments &a, context &c, db::connection &connection, const store::pipeline_row &pipeline,
                 const actions::review_request &request) {
    const auto format = actions::review_format_of(a.export_file);
    std::error_code unknown;
    if (std::filesystem::is_regular_file(a.export_file, unknown))
        throw usage_error{a.export_file + " is there already, and may hold verdicts",
                          "name another file, or remove it"};
    output_file file{c, a.export_file};
    const auto done = actions::export_reviews(connection, pipeline, request, format,
                                              [&](std::string_view piece) { file.write(piece); });
    file.finish();
    if (done.threshold)
        c.err << fmt::format("The reviews so far promise that precision from score {:.2f} on.\n", *done.threshold);
    c.err << count_of(done.answers, "answer") << " to judge in " << a.export_file << "\n";
}

void judge(context &c, db::connection &connection, const store::pipeline_row &pipeline,
           const actions::review_request &request) {
    if (!c.can_ask || !c.out_terminal.is_terminal)
        throw usage_error{"answers are judged at a terminal",
                          "without one: smelt review " + pipeline.name + " --export FILE, and then --import FILE"};
    actions::review_session session{connection, pipeline, request};
    if (session.plan().threshold)
        c.out << fmt::format("The reviews so far promise that precision from score {:.2f} on; what is below is to be "
                             "judged.\n",
                             *session.plan().threshold);
    if (session.current() == nullptr) {
        const auto others = session.with_others();
        c.out << (others == 0 ? std::string{"Nothing to review: no such answer waits for a person"}
                              : "Nothing left to review: others look at " + count_of(others, "answer") + " just now")
              << ".\n";
        if (others == 0 && !request.below && !request.sample && !request.target)
            c.out << "Doubtful are answers below the task's score.review_below. --below S and --sample N choose others "
                     "that "
                     "nobody has judged.\n";
        return;
    }
    std::signal(SIGHUP, SIG_IGN); // a terminal that goes away is the end of the input
    run_review(session, pipeline.name, c);
    const auto left = session.total() - session.given();
    c.out << count_of(session.given(), "verdict") << " kept"
          << (left > 0 ? ", " + group_digits(left) + " left" : std::string{}) << ".\n";
    if (session.rejected() > 0)
        c.out << "The next smelt run asks again what was rejected.\n";
}

} // namespace

void describe(option_set &command, review_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.text("--task", "TASK", a.task, "Answers of this task only").not_empty();
    const auto below = command.share("--below", a.below, "Answers with a lower score, not those below review_below");
    const auto target = command.share("--target-precision", a.target,
                                      "Answers below the score from which on the reviews so far\npromise this share of "
                                      "right answers");
    const auto sample = command.count("--sample", a.sample, "N answers of any score, chosen at random");
    const auto limit = command.count("--limit", a.limit, "At most N answers");
    below.excludes(target).excludes(sample);
    target.excludes(sample);
    limit.excludes(sample);
    describe(command, a.keys);
    command.text("--reviewer", "NAME", a.reviewer, "Whose verdicts they are; otherwise your user name").not_empty();
    const auto out = command.text("--export", "FILE", a.export_file, "Write the answers to judge to FILE").not_empty();
    const auto in = command.text("--import", "FILE", a.import_file, "Keep the verdicts in FILE").not_empty();
    out.excludes(in);
    for (const auto &other : {below, target, sample, limit})
        in.excludes(other);
    command.footer(footer);
}

exit_code execute(const review_arguments &a, context &c) {
    auto database = open_database(c, "review", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    if (!a.import_file.empty() && (!a.task.empty() || !records_of(a.keys).is_all()))
        throw usage_error{"--import keeps every verdict in the file", "leave out --task, --key, --keys and --where"};
    if (!a.import_file.empty())
        return import_file(a, c, *database.connection, pipeline);
    const actions::review_request request{
        a.task, a.below, a.target, a.sample, a.limit, records_of(a.keys), reviewer_name(a.reviewer)};
    if (!a.export_file.empty())
        export_file(a, c, *database.connection, pipeline, request);
    else
        judge(c, *database.connection, pipeline, request);
    return exit_code::ok;
}

} // namespace smelt::cli
