#include "smelt/actions/table_rows.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/writer.hpp"
#include "smelt/source/reader.hpp"
#include "smelt/source/sketch.hpp"

#include <filesystem>

namespace smelt::actions {

std::string table_row::text(std::string_view name) const {
    const auto *member = object->find(name);
    if (member == nullptr || member->is(json_text::node_kind::null))
        return {};
    if (member->is(json_text::node_kind::string))
        return std::string{member->text};
    std::string out;
    json_text::append_json(out, *member);
    return out;
}

std::vector<std::string> for_each_row(const std::filesystem::path &file,
                                      const std::function<void(const table_row &)> &each) {
    auto spec = source::sketch_file(file).source;
    spec.key = {.type = config::key_spec::kind::row, .fields = {}};
    source::input_file input;
    input.path = file;
    input.absolute = std::filesystem::absolute(file);
    const auto reader = source::open_reader(spec, input, {});
    source::row next;
    json_text::json_tree tree;
    while (reader->next(next)) {
        if (json_text::read_json(next.fields, tree).error != json_text::read_error::none)
            throw file_error{file.string(), static_cast<int>(next.line), "this row cannot be read", ""};
        each({next.line, &tree.root()});
    }
    return reader->columns();
}

} // namespace smelt::actions
