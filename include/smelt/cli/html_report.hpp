#pragma once

#include "smelt/actions/report.hpp"

#include <string>

namespace smelt::cli {

/// A page of its own: no script, nothing from elsewhere; light and dark, and for printing. Texts from outside are
/// escaped.
std::string html_of(const actions::pipeline_figures &report);

} // namespace smelt::cli
