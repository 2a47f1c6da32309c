#include "smelt/actions/redo.hpp"

#include "cli/key_list.hpp"
#include "cli/open_database.hpp"
#include "cli/options.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/progress.hpp"

#include <optional>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(After a change of prompt, model, parameters, schema or rules finished items keep their results.
--changed puts those back to pending whose task version or record content is not the current
one; --key, --keys, --where and --all put back what you choose. Their results stay, marked
superseded, until new ones are accepted. Items of tasks that need them wait, and are sent again
only where the answers that they were made from come out different; how many they are is said
first. Answers that a person has judged (smelt review, smelt approve) stay; --replace-reviewed asks
those again, too. The pipeline's file and its source are read before, as smelt load does, so an edit just
made counts. What ended without a result is made pending again by smelt retry. --skipped reads
the whole source again and looks anew at what filters and conditions have skipped, for
expressions whose truth changes with time.

Examples:
  smelt redo papers --changed && smelt run papers --dry-run
  smelt redo papers --task classify --keys doubtful.txt
  smelt redo papers --where "score < 0.6"

)";

} // namespace

void describe(option_set &command, redo_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    const auto changed = command.flag("--changed", a.changed, "Items whose task version or record content is old");
    command.flag("--all", a.all, "All finished items").excludes(changed);
    const auto skipped =
        command.flag("--skipped", a.skipped, "What was skipped: evaluate filters and conditions again");
    skipped.excludes(changed);
    command.flag("--replace-reviewed", a.replace_reviewed, "Also answers that a person has judged").excludes(skipped);
    describe(command, a.keys);
    command.text("--task", "TASK", a.task, "Items of this task only");
    command.footer(footer);
}

exit_code execute(const redo_arguments &a, context &c) {
    const actions::redo_choice choice{a.task, a.changed, a.replace_reviewed, a.skipped, records_of(a.keys)};
    if (!a.changed && !a.all && !a.skipped && choice.records.is_all())
        throw usage_error{"say what to do again",
                          "items whose task or record has changed: smelt redo " + a.pipeline +
                              " --changed; chosen ones: --key, --keys, --where; everything: --all"};
    if (a.skipped && (a.all || !choice.records.is_all()))
        throw usage_error{"--skipped looks at everything that was skipped", "leave the other choice out"};
    auto database = open_database(c, "redo", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    const auto file = actions::load_named_pipeline(*database.connection, a.pipeline);
    actions::redone done;
    {
        std::optional<progress_bar> bar{std::in_place, c.err, c.err_terminal};
        const auto say = [&](const actions::asked_again &again) {
            bar.reset();
            write_again(c.out, again);
        };
        done = actions::redo(database.settings, *database.connection, pipeline, file, choice, say, bar->sink());
    }
    const auto [again, failed, unskipped] = done;
    const auto n = again.items;
    if (a.skipped) {
        c.out << (unskipped == 0 ? std::string{"Nothing that was skipped is sent."}
                                 : count_of(unskipped, "item") + (unskipped == 1 ? " is" : " are") +
                                       " not skipped any more, or looked at by the next smelt run.")
              << "\n";
        return exit_code::ok;
    }
    if (n == 0 && again.kept > 0)
        c.out << "Nothing is asked again.\n";
    else if (n == 0 && a.changed)
        c.out << "Nothing to redo: every result is of the current version and content.\n";
    else if (n == 0)
        c.out << "Nothing to redo: no such item has a result, or it is asked again already.\n";
    else
        c.out << count_of(n, "item")
              << (n == 1 ? " is pending again; the next smelt run sends it.\n"
                         : " are pending again; the next smelt run sends them.\n");
    if (again.kept > 0)
        c.out << count_of(again.kept, "answer") << " that a person has judged " << (again.kept == 1 ? "stays" : "stay")
              << "; --replace-reviewed asks also for these again.\n";
    if (failed > 0)
        c.out << "Items without a result, which only `smelt retry " << pipeline.name
              << "` makes pending again: " << group_digits(failed) << ".\n";
    return exit_code::ok;
}

} // namespace smelt::cli
