#pragma once

#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/pipeline.hpp"

namespace smelt::test {

/// Loads text as pipeline.yaml in a folder of its own.
struct loader {
    temp_folder folder;

    config::pipeline load(const std::string &yaml) const {
        return config::load_pipeline(folder.write("pipeline.yaml", yaml));
    }
    /// "line: message | hint", without the folder's name.
    std::string error(const std::string &yaml) const {
        auto text = error_of<file_error>([&] { load(yaml); });
        const auto name = (folder.path() / "pipeline.yaml").string() + ":";
        if (text.compare(0, name.size(), name) == 0)
            text.erase(0, name.size());
        return text;
    }
};

inline const std::string head = "pipeline: p\nsource: {csv: a.csv, key: id}\n";

inline std::string with_task(const std::string &lines) {
    return head + "tasks:\n  t:\n    model: m\n    user: \"{{x}}\"\n" + lines;
}

} // namespace smelt::test
