#include "cli/open_database.hpp"
#include "cli/options.hpp"
#include "cli/terminal/output.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/actions/rule_examples.hpp"
#include "smelt/cli/commands.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/rules_report.hpp"
#include "smelt/store/rule_packs.hpp"

#include <ostream>

namespace smelt::cli {
namespace {

constexpr const char *footer =
    R"(Shows what the families of a pipeline's rule pack (rules_file) have found in the records that are
loaded: in how many records each was found, in how many an exception has lifted it, how many records
it has decided (skipped or answered), and how many matches there are. Families that were never found
are named: their patterns may be wrong.

--test FILE tries the pack on examples instead, a YAML list of records with the families that should
count in each. It says which examples come out otherwise, and ends with 1 when there are any.

Examples:
  smelt rules tenders
  smelt rules tenders.yaml --test packs/triage-examples.yaml

Keys of --json: file, hash, records, without_evidence (records loaded without a pack), incomplete
(records that wait for their source), families (name, category, effect, records, lifted, decided,
hits), former_families; with --test: file, examples, failed (name, line, missing, unexpected,
decided_by, wanted).

)";

json to_json(const std::string &file, std::size_t examples, const std::vector<actions::failed_example> &failed) {
    auto list = json::array();
    for (const auto &one : failed)
        list.push_back({{"name", one.name},
                        {"line", one.line},
                        {"missing", one.missing},
                        {"unexpected", one.unexpected},
                        {"decided_by", text_or_null(one.decided_by)},
                        {"wanted", one.is_decided_otherwise ? text_or_null(one.wanted) : json()}});
    return {{"file", file}, {"examples", examples}, {"failed", std::move(list)}};
}

exit_code test(const rules_arguments &a, const config::rule_pack &pack, db::connection &connection, context &c) {
    const auto examples = config::load_pack_examples(a.examples, pack);
    store::check_rule_pack(connection, pack);
    const auto failed = actions::try_examples(connection, pack, examples);
    if (a.json) {
        print_json(c.out, to_json(a.examples, examples.size(), failed));
    } else {
        c.out << render_failed(a.examples, failed, c.out_terminal);
        const auto good = examples.size() - failed.size();
        if (examples.size() == 1)
            c.out << (failed.empty() ? "The example comes out as it should.\n" : "");
        else
            c.out << (failed.empty() ? "All of " : std::to_string(good) + " of ")
                  << count_of(static_cast<std::int64_t>(examples.size()), "example") << " come out as they should.\n";
    }
    return failed.empty() ? exit_code::ok : exit_code::usage;
}

} // namespace

void describe(option_set &command, rules_arguments &a) {
    command.pipeline(a.pipeline, "A pipeline's name or file").required();
    command.text("--test", "FILE", a.examples, "Try the pack on examples, a YAML file").not_empty();
    command.json(a.json);
    command.footer(footer);
}

exit_code execute(const rules_arguments &a, context &c) {
    // A pack is tried before anything has run.
    const auto need = a.examples.empty() ? schema_need::existing : schema_need::made;
    auto database = open_database(c, "rules", need, {a.pipeline});
    const auto file = actions::load_named_pipeline(*database.connection, a.pipeline);
    if (!file.rules)
        throw usage_error{file.file.string() + " names no rule pack",
                          "rules_file: FILE names one (docs/rule-packs.md)"};
    if (!a.examples.empty())
        return test(a, *file.rules, *database.connection, c);
    const auto pipeline = actions::find_pipeline(*database.connection, a.pipeline);
    db::transaction tx{*database.connection, {.read_only = true}};
    const auto found = store::reports{tx}.rule_pack(pipeline.id);
    if (a.json)
        print_json(c.out, to_json(*file.rules, found));
    else
        c.out << render_rules(*file.rules, found, c.out_terminal);
    return exit_code::ok;
}

} // namespace smelt::cli
