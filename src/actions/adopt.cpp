#include "smelt/actions/adopt.hpp"

#include "smelt/base/error.hpp"

namespace smelt::actions {
namespace {

store::batch_row find_unknown(store::batches &batches, batch_id id, bool absent) {
    const auto found = batches.find(id);
    const auto name = "batch " + std::to_string(id.value);
    if (!found)
        throw usage_error{"there is no " + name, "smelt batches lists them"};
    const bool never_ends = found->state == batch_state::open && found->cancel_requested;
    if (absent && never_ends && !found->asked_since_cancel)
        throw usage_error{
            name + " was cancelled, and its provider was not asked since: it may have answers that are paid for",
            "call smelt run --collect-only first; if the batch is still open then, say --absent"};
    if (found->state == batch_state::unknown || (absent && (found->state == batch_state::ended || never_ends)))
        return *found;
    if (absent && found->state == batch_state::open)
        throw usage_error{name + " is open: its provider has it",
                          "cancel it first (smelt cancel); if its provider never ends it, say --absent then"};
    throw usage_error{name + " is " + std::string{to_string(found->state)} + ", not unknown",
                      "only a batch whose fate is unknown can be adopted or declared absent"};
}

[[noreturn]] void refuse_resolved(batch_id batch) {
    throw usage_error{"batch " + std::to_string(batch.value) + " was resolved just now by somebody else",
                      "see: smelt batches"};
}

} // namespace

store::batch_row adopt(db::connection &c, batch_id batch, const std::string &remote_id) {
    db::transaction tx{c, {.durable = true}};
    store::batches batches{tx};
    auto row = find_unknown(batches, batch, false);
    if (const auto owner = batches.of_remote(remote_id); owner && *owner != row.id)
        throw usage_error{remote_id + " is batch " + std::to_string(owner->value) + " already",
                          "look at the provider for the job with the nonce " + row.nonce};
    if (!batches.adopt(row.id, remote_id))
        refuse_resolved(batch);
    tx.commit();
    return row;
}

store::batch_row declare_absent(db::connection &c, batch_id batch) {
    db::transaction tx{c, {.durable = true}};
    store::batches batches{tx};
    auto row = find_unknown(batches, batch, true);
    if (!batches.declare_absent(row.id))
        refuse_resolved(batch);
    tx.commit();
    return row;
}

} // namespace smelt::actions
