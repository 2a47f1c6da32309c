#include "file_staging.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace smelt::orchestrator {
namespace {

/// Smaller files cost less to read anew than to look up.
constexpr std::int64_t least_known = 1'000'000;

std::string bytes_of(const source::digest_piece &piece) {
    return {reinterpret_cast<const char *>(piece.data()), piece.size() * sizeof(source::row_digest)};
}

/// On a machine of another byte order no row is known, which costs time only.
source::digest_piece piece_of(const std::string &bytes) {
    source::digest_piece piece(bytes.size() / sizeof(source::row_digest));
    std::memcpy(piece.data(), bytes.data(), piece.size() * sizeof(source::row_digest));
    return piece;
}

} // namespace

file_staging::file_staging(db::transaction &tx, store::records &records, db::connection &rules,
                           const registered_pipeline &p, const load_plan &plan, run_pass &pass)
    : tx_{tx},
      records_{records},
      rules_{rules},
      pipeline_{p},
      plan_{plan},
      pass_{pass},
      fields_{plan.fields.begin(), plan.fields.end()} {
    for (const auto &input : plan.read)
        files_.push_back({&input,
                          records_.upsert_file(p.id, input.path.string(), input.size, input.mtime_ns,
                                               plan.given.contains(input.path.string())),
                          nullptr});
}

void file_staging::stage() {
    stage_all(!plan_.everything && !records_.is_first_load());
}

void file_staging::stage_everything() {
    records_.restage();
    for (const auto &f : files_)
        if (f.known)
            digests_of(f).undo();
    stage_all(false);
}

void file_staging::stage_all(bool pass_over) {
    stager staging{records_, rules_, pipeline_, plan_};
    notes_.clear();
    for (auto &f : files_)
        stage_file(f, staging, pass_over);
    staging.finish();
    std::ranges::copy(staging.notes(), std::back_inserter(notes_));
    if (staging.rows() > 0)
        has_whole_keys_ = staging.has_whole_keys();
    for (const auto &f : files_)
        records_.set_file_read(f.row.id, f.staged + f.skipped(), f.input->ctime_ns, f.digest);
}

void file_staging::stage_file(file &f, stager &staging, bool pass_over) {
    f.known.reset();
    const auto &source = pipeline_.config->source;
    if (f.input->size >= least_known && source.kind != config::source_kind::text && !source.text_file &&
        source.key.follows_from_row())
        f.known = std::make_unique<source::known_rows>(f.row.digest_seed, pieces_of(f, staging, pass_over));
    const auto path = f.input->path.string();
    const auto before = staging.rows();
    const auto reader = source::open_reader(pipeline_.config->source, *f.input, fields_, f.known.get());
    source::row row;
    while (reader->next(row)) {
        staging.add(std::move(row), f.row.id, path);
        row = {};
        if (staging.rows() % 10'000 == 0)
            pass_.run.report({"load", pipeline_.config->name, staging.rows(), 0, path});
    }
    staging.flush();
    if (f.known)
        f.known->finish();
    f.staged = staging.rows() - before;
    f.digest = reader->digest();
    for (const auto &name : reader->columns())
        if (std::ranges::find(columns_, name) == columns_.end())
            columns_.push_back(name);
    std::ranges::copy(reader->notes(), std::back_inserter(notes_));
}

source::piece_store file_staging::pieces_of(const file &f, stager &staging, bool pass_over) {
    const auto read = [this, &f, &staging, pass_over](std::size_t number) {
        if (!pass_over)
            return source::digest_piece{};
        staging.pause();
        return piece_of(digests_of(f).read(number));
    };
    const auto write = [this, &f, &staging](std::size_t number, const source::digest_piece &piece, bool same) {
        staging.pause();
        if (same)
            digests_of(f).keep(number);
        else
            digests_of(f).write(number, bytes_of(piece));
    };
    return {read, write};
}

bool file_staging::may_hide_duplicate() {
    if (skipped() == 0)
        return false;
    bool hides = false;
    records_.for_each_existing(pipeline_.id, [&](std::string_view key, std::int32_t of_file) {
        const auto f = std::ranges::find(files_, of_file, [](const file &one) { return one.row.id; });
        hides = f != files_.end() && f->skipped() > 0 && !f->known->is_vacant(key);
        return !hides;
    });
    return hides;
}

std::vector<std::int64_t> file_staging::gone() {
    std::vector<std::int64_t> ids;
    const auto add = [&](std::int32_t file, const auto &is_gone) {
        const auto some = records_.gone_of_file(pipeline_.id, file, is_gone);
        ids.insert(ids.end(), some.begin(), some.end());
    };
    for (const auto &f : files_)
        if (!plan_.given.contains(f.input->path.string()))
            add(f.row.id, [&](std::string_view key) { return f.skipped() == 0 || f.known->is_vacant(key); });
    for (const auto file : plan_.lost)
        add(file, [](std::string_view) { return true; });
    return ids;
}

void file_staging::finish() {
    for (const auto &f : files_)
        if (f.known)
            digests_of(f).replace();
        else
            digests_of(f).drop();
}

std::int64_t file_staging::skipped() const {
    std::int64_t sum = 0;
    for (const auto &f : files_)
        sum += f.skipped();
    return sum;
}

} // namespace smelt::orchestrator
