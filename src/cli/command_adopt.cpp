#include "open_database.hpp"
#include "options.hpp"

#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/store/batches.hpp"

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

The next run checks that the job there carries the batch's nonce, and forgets the id when it
does not. Say --absent only when you are sure: if the provider does have the batch, you pay twice.

)";

store::batch_row find_unknown(store::batches &batches, batch_id id) {
    const auto found = batches.find(id);
    const auto name = "batch " + std::to_string(id.value);
    if (!found)
        throw usage_error{"there is no " + name, "smelt batches lists them"};
    if (found->state != batch_state::unknown)
        throw usage_error{name + " is " + std::string{to_string(found->state)} + ", not unknown",
                          "only a batch whose fate is unknown can be adopted or declared absent"};
    return *found;
}

} // namespace

void describe(option_set &command, adopt_arguments &a) {
    command.positional("BATCH", a.batch, "The number of an unknown batch, as smelt batches shows it").required();
    const auto remote = command.positional("REMOTE_ID", a.remote_id, "The provider's id of it");
    command.flag("--absent", a.absent, "The provider does not have it").excludes(remote);
    command.footer(footer);
}

exit_code execute(const adopt_arguments &a, context &c) {
    if (a.absent != a.remote_id.empty())
        throw usage_error{"say either the provider's id of the batch or --absent", "see: smelt adopt --help"};
    auto database = open_database(c, "adopt", schema_need::existing);
    db::transaction tx{*database.connection, {.durable = true}};
    store::batches batches{tx};
    const auto batch = find_unknown(batches, {a.batch});
    if (const auto owner = a.absent ? std::nullopt : batches.of_remote(a.remote_id); owner && *owner != batch.id)
        throw usage_error{a.remote_id + " is batch " + std::to_string(owner->value) + " already",
                          "look at the provider for the job with the nonce " + batch.nonce};
    const bool done = a.absent ? batches.declare_absent(batch.id) : batches.adopt(batch.id, a.remote_id);
    if (!done)
        throw usage_error{"batch " + std::to_string(a.batch) + " was resolved just now by somebody else",
                          "see: smelt batches"};
    tx.commit();
    if (a.absent)
        c.out << "Batch " << a.batch << " is abandoned; " << count_of(batch.sent, "item") << " can be sent again.\n";
    else
        c.out << "Batch " << a.batch << " is open as " << printable(a.remote_id)
              << "; the next smelt run collects it.\n";
    return exit_code::ok;
}

} // namespace smelt::cli
