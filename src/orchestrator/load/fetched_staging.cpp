#include "fetched_staging.hpp"

#include "orchestrator/fetch/read_lists.hpp"
#include "stager.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/source/http_pages.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace smelt::orchestrator {
namespace {

/// Why a record waits for its source. Nothing: it has all.
std::optional<std::string> lack_of(const std::optional<store::stored_detail> &detail, const std::string &record,
                                   const config::http_detail_spec &spec) {
    if (!detail) {
        const auto missing = source::missing_of_url(record, spec);
        return missing.empty() ? "not fetched yet" : "its entry has no " + missing + ", which detail.url names";
    }
    if (detail->error.empty())
        return detail->status == 0 ? std::optional<std::string>{"not fetched yet"} : std::nullopt;
    return detail->error + (detail->next_try.empty() ? "" : ", next try " + detail->next_try + " UTC");
}

/// What a load sees of paths and fields that lead nowhere in any record.
class path_watch {
  public:
    explicit path_watch(const config::http_source_spec &spec) : spec_{spec} {
        if (spec.detail)
            unseen_ = spec.detail->others;
    }

    void see(const listed_record &record, const source::detail_text &detail) {
        parts_ += detail.parts;
        texts_ += detail.texts;
        ++records_;
        std::erase_if(unseen_, [&](const std::string &field) {
            return record.json.find('"' + field.substr(0, field.find('.')) + '"') != std::string::npos;
        });
    }

    [[nodiscard]] std::vector<std::string> notes(const differing_entries &differing) const {
        std::vector<std::string> notes;
        if (parts_ > 0 && texts_ == 0)
            notes.push_back(fmt::format("none of the {} fetched with the records has a text at {} (detail.text)",
                                        count_of_parts(), fmt::join(spec_.detail->text, " or ")));
        if (records_ > 0)
            for (const auto &field : unseen_)
                notes.push_back("no record of the lists has the field " + field + " (detail.else)");
        if (differing.count > 0)
            notes.push_back(fmt::format(
                "{} of the lists {} the key of an earlier one and {} something else, for "
                "example {}; the first counts",
                differing.count == 1 ? "an entry" : std::to_string(differing.count) + " entries",
                differing.count == 1 ? "has" : "have", differing.count == 1 ? "says" : "say", differing.key));
        return notes;
    }

  private:
    [[nodiscard]] std::string count_of_parts() const {
        return parts_ == 1 ? "part" : std::to_string(parts_) + " parts";
    }

    const config::http_source_spec &spec_;
    std::vector<std::string> unseen_;
    std::int64_t parts_ = 0, texts_ = 0, records_ = 0;
};

/// The text of a record, and why it waits.
struct fetched_text {
    source::detail_text text;
    std::optional<std::string> lack;
    bool is_removed = false; ///< it was old (retention): the record stays as it was loaded
};

fetched_text text_of(store::fetches &table, const listed_record &record, const config::http_detail_spec &spec) {
    fetched_text found;
    const auto detail = table.detail(record.key);
    found.lack = lack_of(detail, record.json, spec);
    constexpr int ok = 200;
    found.is_removed = !found.lack && detail && detail->status == ok && !detail->body;
    try {
        found.text = source::read_detail(found.lack ? "" : detail->body.value_or(""), record.json, spec);
    } catch (const usage_error &e) {
        found.lack = e.what(); // the file says another path than when it was fetched
        found.text = source::read_detail("", record.json, spec);
    }
    return found;
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
    path_watch watch{*source.http};
    std::int64_t removed = 0;
    const auto differing = for_each_listed(table, *p.config, [&](const listed_record &record) {
        std::optional<source::detail_text> text;
        std::optional<std::string> lack;
        bool stays = false;
        try {
            if (source.http->detail) {
                auto found = text_of(table, record, *source.http->detail);
                lack = std::move(found.lack);
                stays = found.is_removed;
                if (!stays)
                    watch.see(record, found.text);
                text = std::move(found.text);
            }
            if (!maker || record.place != place) {
                place = record.place;
                maker = std::make_unique<source::query_rows>(source, content, place);
            }
            auto row = maker->read(source::with_fetched(record.json, *source.http, text, record.origins));
            row.line = record.number;
            row.incomplete = lack;
            row.same = stays;
            removed += stays ? 1 : 0;
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
    if (removed > 0 && plan.everything)
        staged.notes.push_back(fmt::format("what was fetched of {} was removed (retention.fetched), so {} as {} loaded",
                                           removed == 1 ? "a record" : std::to_string(removed) + " records",
                                           removed == 1 ? "it stays" : "they stay",
                                           removed == 1 ? "it was" : "they were"));
    std::ranges::move(watch.notes(differing), std::back_inserter(staged.notes));
    if (staging.rows() > 0)
        staged.has_whole_keys = staging.has_whole_keys();
    return staged;
}

} // namespace smelt::orchestrator
