#include "fetched_staging.hpp"

#include "orchestrator/fetch/read_lists.hpp"
#include "stager.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/source/http_pages.hpp"

#include <algorithm>
#include <memory>

namespace smelt::orchestrator {
namespace {

/// Why a record waits for its source. Nothing: it has all.
std::optional<std::string> lack_of(const std::optional<store::stored_detail> &detail) {
    if (!detail)
        return "its entry does not say where its detail is";
    if (detail->error.empty())
        return detail->status == 0 ? std::optional<std::string>{"not fetched yet"} : std::nullopt;
    return detail->error + (detail->next_try.empty() ? "" : ", next try " + detail->next_try + " UTC");
}

void remember_names(const std::string &object, std::vector<std::string> &columns) {
    json_text::json_tree tree;
    if (json_text::read_json(object, tree).error != json_text::read_error::none)
        return;
    for (const auto &member : tree.root().children())
        if (std::ranges::find(columns, member.name) == columns.end())
            columns.emplace_back(member.name);
}

/// Origins say where a record was found, not what it is.
std::set<std::string> content_without_origins(const std::vector<std::string> &fields) {
    std::set<std::string> content{fields.begin(), fields.end()};
    if (content.contains("*"))
        content.insert("-" + std::string{source::origins_field});
    return content;
}

} // namespace

staged_query stage_fetched(store::records &records, db::connection &rules, const registered_pipeline &p,
                           const load_plan &plan, run_pass &pass) {
    records.expect_more();
    stager staging{records, rules, p, plan};
    const auto &source = p.config->source;
    // The load's own connection is busy with the rows.
    db::connection reader{pass.run.conninfo, "smelt load fetched"};
    const db::pool::guest stoppable{pass.run.db, reader};
    db::transaction tx{reader, {.read_only = true, .durable = false, .bounds = {}}};
    store::fetches table{tx, p.id};
    staged_query staged;
    const auto content = content_without_origins(plan.fields);
    std::unique_ptr<source::query_rows> maker; // of one page
    std::string place;
    for_each_listed(table, *p.config, [&](const listed_record &record) {
        std::optional<source::detail_text> text;
        std::optional<std::string> lack;
        try {
            if (source.http->detail) {
                const auto detail = table.detail(record.key);
                lack = lack_of(detail);
                text = source::read_detail(lack ? "" : detail->body.value_or(""), record.json, *source.http->detail);
            }
            if (!maker || record.place != place) {
                place = record.place;
                maker = std::make_unique<source::query_rows>(source, content, place);
            }
            auto row = maker->read(source::with_fetched(record.json, *source.http, text, record.origins));
            row.line = record.number;
            row.incomplete = lack;
            remember_names(row.fields, staged.columns);
            staging.add(std::move(row), 0, place);
        } catch (const file_error &) {
            throw;
        } catch (const usage_error &e) {
            throw file_error{record.place, static_cast<int>(record.number), e.what(), e.hint()};
        }
    });
    staging.finish();
    staged.notes = staging.notes();
    if (staging.rows() > 0)
        staged.has_whole_keys = staging.has_whole_keys();
    return staged;
}

} // namespace smelt::orchestrator
