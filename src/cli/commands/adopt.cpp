#include "smelt/actions/adopt.hpp"

#include "cli/open_database.hpp"
#include "cli/options.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/progress.hpp"
#include "smelt/orchestrator/run.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(A batch is unknown when the answer to its create was lost: the provider may have it or not.
Smelt looks for it by itself where the provider's listing allows it, and waits otherwise. Look
at the provider's console for a batch with the nonce that smelt batches --json shows.

Examples:
  smelt adopt 17 batch_68c1f0      it is there, under this id: its results are collected
  smelt adopt 17 --absent          it is not there: its items are sent again with a new nonce

  smelt adopt --from-provider papers   after the database was restored from a backup

The next run checks that the job there carries the batch's nonce, and forgets the id when it
does not. Say --absent only when you are sure: if the provider does have the batch, you pay twice.

--from-provider lists the batches of this installation that the database does not know and takes
each in whose requests are waited for here, word for word; what has ended is collected at once.
While there is one that it does not know, smelt run sends nothing (exit code 4). --dismiss lets
those of this pipeline go that cannot be taken in: they are cancelled, and what they cost is
lost. Batches of other pipelines are left alone; each is taken in by its own pipeline.

--absent also says of an ended batch that the provider has its results no more, and of an open one
that smelt cancel was called for and that the provider never ends.

)";

exit_code adopt_unrecognised_jobs(const adopt_arguments &a, context &c) {
    if (!a.batch.empty() || a.absent)
        throw usage_error{"--from-provider goes without a batch", "see: smelt adopt --help"};
    auto database = open_database(c, "adopt", schema_need::existing, {a.from_provider});
    const auto pipeline = actions::load_named_pipeline(*database.connection, a.from_provider);
    database.connection.reset();
    std::vector<orchestrator::adopted_job> jobs;
    {
        progress_bar bar{c.err, c.err_terminal};
        jobs = orchestrator::adopt_from_provider(database.settings, pipeline, a.dismiss, bar.sink());
    }
    bool left_alone = false;
    if (jobs.empty())
        c.out << "The provider has no batch of this installation that the database does not know.\n";
    for (const auto &job : jobs) {
        left_alone = left_alone || job.batch == 0;
        c.out << printable(job.remote_id) << ": ";
        if (job.taken > 0)
            c.out << "batch " << job.batch << ", " << job.taken << " of " << count_of(job.requests, "request")
                  << " taken in\n";
        else
            c.out << printable(job.note) << '\n';
    }
    if (left_alone)
        c.out << "While one of them is left alone, smelt run sends nothing.\n";
    return left_alone ? exit_code::needs_person : exit_code::ok;
}

} // namespace

void describe(option_set &command, adopt_arguments &a) {
    command.positional("BATCH", a.batch, "The number of an unknown batch, or the provider's id of a known one");
    const auto remote = command.positional("REMOTE_ID", a.remote_id, "The provider's id of it");
    command.flag("--absent", a.absent, "The provider does not have it").excludes(remote);
    command.text("--from-provider", "PIPELINE", a.from_provider,
                 "Take in what the provider has and this database does not know");
    command.flag("--dismiss", a.dismiss, "With --from-provider: let go what cannot be taken in of this pipeline");
    command.footer(footer);
}

exit_code execute(const adopt_arguments &a, context &c) {
    if (!a.from_provider.empty())
        return adopt_unrecognised_jobs(a, c);
    if (a.batch.empty() || a.absent != a.remote_id.empty())
        throw usage_error{"say which batch, and either the provider's id of it or --absent", "see: smelt adopt --help"};
    auto database = open_database(c, "adopt", schema_need::existing, {});
    const auto number = actions::find_batch(*database.connection, a.batch);
    const auto batch = a.absent ? actions::declare_absent(*database.connection, number)
                                : actions::adopt(*database.connection, number, a.remote_id);
    if (a.absent)
        c.out << "Batch " << number.value << " is abandoned; " << count_of(batch.sent, "item")
              << " can be sent again.\n";
    else
        c.out << "Batch " << number.value << " is open as " << printable(a.remote_id)
              << "; the next smelt run collects it.\n";
    return exit_code::ok;
}

} // namespace smelt::cli
