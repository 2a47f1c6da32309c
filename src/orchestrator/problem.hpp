#pragma once

#include "smelt/base/error.hpp"

#include <exception>

namespace smelt::orchestrator {

/// What a problem ends the command with when nothing worse happens.
exit_code code_of_problem(const std::exception_ptr &problem);

/// The one that is told at the end: by the order of exit codes, and of two alike the one that came first. Either may be
/// empty.
std::exception_ptr worse_problem(const std::exception_ptr &first, const std::exception_ptr &second);

/// Whether no other batch or pipeline would fare better: the run ends, the database cannot be reached, or there is no
/// memory.
bool concerns_all(const std::exception_ptr &problem);

/// Throws a problem as the sentence that a user is told: problems of a provider or of PostgreSQL become errors
/// with their exit code.
[[noreturn]] void rethrow_problem(const std::exception_ptr &problem);

} // namespace smelt::orchestrator
