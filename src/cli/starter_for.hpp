#pragma once

#include "smelt/source/sketch.hpp"

#include <string>
#include <vector>

namespace smelt::cli {

/// A file to write, below the folder that smelt init was given.
struct starter_file {
    std::string name;
    std::string content;
};

/// A pipeline for a file of the user's. source_path: of the file, as the pipeline names it.
std::vector<starter_file> starter_for(const source::sketch &sketch, const std::string &pipeline,
                                      const std::string &source_path);

} // namespace smelt::cli
