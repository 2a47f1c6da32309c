#pragma once

#include "faults.hpp"
#include "simulator/answers/answer_maker.hpp"

#include <string>

namespace smelt::sim {

/// Corrupts one answer as the faults ask, and spends them: a refusal, a text cut short, with a NUL, 10,000 levels, many
/// megabytes or a wrapping. The line around it stays good JSON.
void corrupt_answer(batch_faults &faults, made_answer &answer);

/// Corrupts a result line or a lone body, which begins at `begin` of `out`: bytes that are no UTF-8, an escape that is
/// none, members that nobody knows.
void corrupt_bytes(batch_faults &faults, std::string &out, std::size_t begin);

/// CR LF instead of LF from `begin` on.
void end_with_crlf(std::string &out, std::size_t begin);

/// Appends lines that are JSON but no result.
void add_foreign_json(batch_faults &faults, std::string &out);

/// Takes one off a count; false when nothing is left of it.
bool spend(std::int64_t &left);

} // namespace smelt::sim
