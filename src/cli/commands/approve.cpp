#include "cli/key_list.hpp"
#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/reviewer_name.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/actions/review.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Accepts every answer with at least this score that nobody has judged yet, as if a person had looked
at each: it is not doubtful any more, write_back says accepted, and nothing replaces it by itself
(smelt redo --replace-reviewed does). smelt.reviews says approved of such answers; they do not count
where the precision of scores is measured.

Examples:
  smelt approve papers --min-score 0.85 --dry-run
  smelt approve papers --min-score 0.5 --where "output->>'topic' = 'optics'"

)";

} // namespace

void describe(option_set &command, approve_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.share("--min-score", a.least, "Answers with at least this score").required();
    command.text("--task", "TASK", a.task, "Answers of this task only").not_empty();
    describe(command, a.keys);
    command.text("--reviewer", "NAME", a.reviewer, "Whose verdicts they are; otherwise your user name").not_empty();
    command.flag("--dry-run", a.dry_run, "Only say how many there are");
    command.footer(footer);
}

exit_code execute(const approve_arguments &a, context &c) {
    auto database = open_database(c, "approve", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    const auto done =
        actions::approve(*database.connection, pipeline,
                         {a.task, a.least.value_or(1), records_of(a.keys), reviewer_name(a.reviewer), a.dry_run});
    if (done.answers == 0) {
        c.out << "Nothing to approve: no answer that nobody has judged has such a score.\n";
        return exit_code::ok;
    }
    c.out << (a.dry_run ? "Would approve " : "Approved ") << count_of(done.answers, "answer");
    if (done.doubtful > 0)
        c.out << ", " << group_digits(done.doubtful) << " of them doubtful";
    c.out << ".\n";
    return exit_code::ok;
}

} // namespace smelt::cli
