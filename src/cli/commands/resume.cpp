#include "smelt/actions/resume.hpp"

#include "cli/open_database.hpp"
#include "cli/options.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/cli/commands.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(A hold stops submitting for a task or a provider account: after smelt cancel, a refused key or
quota, a full queue. smelt status shows the reason. Open batches are served in any case.

Example:
  smelt resume papers && smelt run papers

)";

} // namespace

void describe(option_set &command, resume_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.footer(footer);
}

exit_code execute(const resume_arguments &a, context &c) {
    auto database = open_database(c, "resume", schema_need::existing, {a.pipeline});
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    const auto lifted = actions::resume(*database.connection, pipeline);
    for (const auto &reason : lifted)
        c.out << "Lifted: " << printable(reason) << '\n';
    c.out << (lifted.empty() ? "Nothing holds " + pipeline.name + ".\n" : "The next smelt run submits again.\n");
    return exit_code::ok;
}

} // namespace smelt::cli
