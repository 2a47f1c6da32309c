#include "smelt/actions/retry.hpp"

#include "cli/key_list.hpp"
#include "cli/open_database.hpp"
#include "cli/options.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Items that ended without a result become pending with fresh attempts and deliveries. What was
tried before stays in smelt.attempt; with feedback, the next request carries the last answer.
What a person has rejected for good (smelt review, f) is asked again only when it is chosen.

Examples:
  smelt retry papers
  smelt retry papers --task extract --key 10.1000/182
  smelt retry papers --where "fields->>'lang' = 'fr'"
  smelt db psql -- -qAtc "SELECT key FROM smelt.failures WHERE cause = 'refused'" \
    | smelt retry papers --keys -

)";

} // namespace

void describe(option_set &command, retry_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.text("--task", "TASK", a.task, "Items of this task only");
    describe(command, a.keys);
    command.footer(footer);
}

exit_code execute(const retry_arguments &a, context &c) {
    auto database = open_database(c, "retry", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    const auto task = actions::find_task(*database.connection, pipeline, a.task);
    const auto say = [&c](const actions::asked_again &again) { write_again(c.out, again); };
    const auto n = actions::retry(*database.connection, pipeline, task, records_of(a.keys), say).items;
    if (n == 0)
        c.out << "Nothing to retry: no such item ended without a result.\n";
    else
        c.out << count_of(n, "item")
              << (n == 1 ? " is pending again; the next smelt run sends it.\n"
                         : " are pending again; the next smelt run sends them.\n");
    return exit_code::ok;
}

} // namespace smelt::cli
