#pragma once

#include "smelt/actions/agreement.hpp"
#include "smelt/actions/calibration.hpp"
#include "smelt/actions/table_writer.hpp"
#include "smelt/db/connection.hpp"
#include "smelt/store/catalog.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// How good answers are: beside labels of people (gold), verdicts of reviews, or another task's answers.
namespace smelt::actions {

/// A field of the answer, and the column of the gold file that holds its label. Its path: a.b for a member of a
/// member.
struct compared_field {
    std::string field, column;
};

struct eval_request {
    std::string task;                    ///< empty: the only one
    std::filesystem::path gold;          ///< a CSV, JSON or JSONL file of labels
    std::string key_column;              ///< of the gold file; empty: `key`, or what is called like the source's key
    std::string text_column, text_field; ///< instead: joined by a text, normalised on both sides
    bool reviewed = false;               ///< instead of gold: verdicts of people
    std::string first_task, second_task; ///< instead of gold: answers of the first, against the second's
    std::vector<compared_field> fields;  ///< empty: those that both sides have
    std::string part;                    ///< a field of the records, for figures by its values
};

struct field_figures {
    std::string field;
    agreement all;
    std::map<std::string, agreement> parts; ///< by value of request.part
};

struct evaluation_report {
    std::string task, against;
    std::int64_t rows = 0;              ///< of the gold file, or records that both have
    std::int64_t things = 0;            ///< that they are about
    std::int64_t unanswered = 0;        ///< of these, such as have no answer
    std::int64_t labelled_twice = 0;    ///< things with several rows
    std::int64_t rejected = 0;          ///< answers that a person has rejected without saying what is right
    std::vector<std::string> not_found; ///< what no record is, with a line
    std::vector<std::string> unused;    ///< columns of the gold file that are called like no field
    std::vector<std::string> ties;      ///< labels that are left out, with their lines
    std::vector<std::string> disagreed; ///< that a majority decided
    std::vector<field_figures> fields;
    std::vector<score_band> bands; ///< with reviewed
};

/// Fewer records with a value of `part` say too little.
inline constexpr std::int64_t least_of_part = 11;

/// A pair of labels that differ.
struct mismatch {
    std::string key, field, expected, answered;
    double score = 0;
    std::string part;
    std::int64_t line = 0; ///< of the gold file, the first that says so; 0: there is none
};

/// Throws usage_error for fields and columns that there are not, and file_error for a gold file that cannot be read.
/// key_field: what the source's key is called, where it is one field.
evaluation_report evaluate(db::connection &c, const store::pipeline_row &pipeline, const eval_request &request,
                           const std::string &key_field, const std::function<void(const mismatch &)> &each_mismatch);

} // namespace smelt::actions
