#pragma once

#include "orchestrator/run_pass.hpp"

#include "smelt/source/reader.hpp"
#include "smelt/store/forgetting.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace smelt::orchestrator {

/// What a load reads, and what it knows without reading.
struct load_plan {
    std::vector<source::input_file> read;
    std::set<std::string> given;      ///< of these, the paths that are no files of the source: loaded by hand
    std::vector<std::int32_t> lost;   ///< of `gone`, those that were files of the source
    std::vector<std::int32_t> unread; ///< known, in the source and unchanged: their keys are taken
    std::vector<std::int32_t> gone; ///< known and not in the source any more: their records may be in another file now
    std::map<std::int32_t, std::int64_t> touched; ///< files that are at another ctime what they were
    bool is_due = true;                           ///< else nothing is read this time
    bool everything = false;                      ///< the content fields or the prefilters changed, or it is wished
    std::vector<std::string> fields;
    std::vector<std::vector<std::string>> evidence_parts; ///< paths into the evidence that templates name
    bool same_fields = true;
    std::string filters;
    std::vector<std::string> columns; ///< of the source, as far as the last load knew
    std::string file;                 ///< the pipeline's own, absolute
    std::string last_file;            ///< the one that loaded last
    store::forgotten_keys forgotten;  ///< rows with these are passed over
};

/// The columns of a source in their order, from those known before and those just seen. None is lost: a record that was
/// loaded before may have it.
std::vector<std::string> merge_columns(const std::vector<std::string> &known, const std::vector<std::string> &seen);

/// The fields that make the content hash, as source::is_content reads them.
std::set<std::string> content_fields(const registered_pipeline &p);

/// What the templates name of the evidence of a rule pack: {"families", "amc"}; {} for all of it.
std::vector<std::vector<std::string>> evidence_parts(const registered_pipeline &p);

/// Throws usage_error when a pattern matches no file.
load_plan make_plan(db::transaction &tx, const registered_pipeline &p, const load_choice &choice);

} // namespace smelt::orchestrator
