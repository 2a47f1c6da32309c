#include "key_list.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"

#include <fstream>
#include <iostream>

namespace smelt::cli {

void describe(option_set &command, key_options &a) {
    const auto key = command.text("--key", "KEY", a.key, "Items of the record with this key only").not_empty();
    const auto keys =
        command.text("--keys", "FILE", a.file, "Items of these records: one key a line; - reads standard input")
            .not_empty();
    keys.excludes(key);
    command
        .text("--where", "SQL", a.where,
              "Items for which this holds: SQL over fields, output,\nscore, status, skip_reason and key")
        .not_empty()
        .excludes(key)
        .excludes(keys);
}

namespace {

std::vector<std::string> keys_in(const key_options &a) {
    std::ifstream file;
    if (a.file != "-") {
        file.open(a.file);
        if (!file)
            throw usage_error{"cannot read the keys in " + a.file, "it is a text file with one key a line"};
    }
    std::istream &in = a.file == "-" ? std::cin : file;
    std::vector<std::string> keys;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r'))
            line.pop_back();
        if (keys.empty() && line.starts_with("\xEF\xBB\xBF"))
            line.erase(0, 3);
        if (!line.empty())
            keys.push_back(std::move(line));
    }
    if (keys.empty())
        throw usage_error{(a.file == "-" ? std::string{"standard input"} : a.file) +
                              " holds no key; nothing was changed",
                          "it holds one key a line"};
    return keys;
}

} // namespace

void write_again(std::ostream &out, const actions::asked_again &again) {
    if (again.items == 0)
        return;
    out << count_of(again.items, "item") << (again.items == 1 ? " is" : " are") << " to be sent again";
    if (again.dependents > 0)
        out << ", and up to " << group_digits(again.dependents)
            << (again.dependents == 1 ? " that depends" : " that depend") << (again.items == 1 ? " on it" : " on them");
    out << "." << std::endl; // before anything of it happens
}

actions::record_choice records_of(const key_options &a) {
    if (!a.key.empty())
        return {std::vector{a.key}, {}};
    if (!a.file.empty())
        return {keys_in(a), {}};
    return {std::nullopt, a.where};
}

} // namespace smelt::cli
