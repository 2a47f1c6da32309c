// sql_statements FILE.sql HEADER: makes a C++ header of a file of named statements, as a step of the build.
//
//     -- name: batch_release(batch_id, epoch)           a long list of parameters goes on after -- in the next line
//     -- A comment becomes the doc comment.
//     UPDATE smelt.batch SET runner_id = NULL WHERE id = :batch_id AND epoch = :epoch AND state < :closed
//
// becomes smelt::store::sql::batch_release, a db::statement<2>. :batch_id and :epoch are its parameters, in the order
// of the first line; any other :word is a state, status, outcome, cause_…, effect_…, verdict_…, kind_… or review_… of
// smelt/domain/status.hpp and becomes its number, or its letter in quotes.
#include "smelt/domain/status.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct statement {
    int line = 0; ///< of its name
    std::string name;
    std::vector<std::string> parameters;
    std::vector<std::string> comments;
    std::string text;
};

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

[[noreturn]] void fail(int line, const std::string &message) {
    throw std::runtime_error{std::to_string(line) + ": " + message};
}

using value_map = std::map<std::string, std::string, std::less<>>;

template <class Enum>
void add_names(value_map &into, const std::string &prefix) {
    for (int i = 0;; ++i) {
        const auto name = smelt::to_string(static_cast<Enum>(i));
        if (name == "invalid")
            return;
        into.emplace(prefix + std::string{name}, std::to_string(i));
    }
}

value_map named_values() {
    value_map names;
    add_names<smelt::batch_state>(names, "");
    add_names<smelt::item_status>(names, "");
    add_names<smelt::outcome_kind>(names, "");
    add_names<smelt::cause_kind>(names, "cause_");
    add_names<smelt::effect_kind>(names, "effect_");
    add_names<smelt::verdict_kind>(names, "verdict_");
    add_names<smelt::batch_kind>(names, "kind_");
    for (const char letter : {'n', 'w', 'g', 'o'})
        names.emplace("review_" + std::string{smelt::to_string(static_cast<smelt::review_state>(letter))},
                      std::string{'\''} + letter + '\'');
    return names;
}

/// "batch_release(batch_id, epoch)"
statement parse_name(const std::string &declaration, int line) {
    statement out;
    out.line = line;
    const auto open = declaration.find('(');
    if (open == std::string::npos || declaration.back() != ')')
        fail(line, "expected -- name: STATEMENT(PARAMETERS)");
    out.name = declaration.substr(0, open);
    std::stringstream list{declaration.substr(open + 1, declaration.size() - open - 2)};
    for (std::string parameter; std::getline(list, parameter, ',');) {
        parameter.erase(0, parameter.find_first_not_of(' '));
        out.parameters.push_back(parameter);
    }
    for (const auto &word : out.parameters)
        if (word.empty() || !std::ranges::all_of(word, is_word) || std::ranges::count(out.parameters, word) != 1)
            fail(line, "parameter '" + word + "' is no word, or there twice");
    return out;
}

std::vector<statement> read(std::istream &in) {
    constexpr std::string_view name_mark = "-- name: ";
    std::vector<statement> out;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.starts_with(name_mark)) {
            const int begin = number;
            std::string declaration = line.substr(name_mark.size());
            while (!declaration.ends_with(')') && std::getline(in, line) && line.starts_with("--")) {
                ++number;
                declaration += line.substr(2);
            }
            out.push_back(parse_name(declaration, begin));
        } else if (out.empty() && !line.empty() && !line.starts_with("--"))
            fail(number, "a statement without -- name:");
        else if (!out.empty() && out.back().text.empty() && line.starts_with("-- "))
            out.back().comments.push_back(line.substr(3));
        else if (!out.empty() && !(line.empty() && out.back().text.empty()))
            out.back().text += line + "\n";
    }
    for (auto &s : out)
        s.text.erase(s.text.find_last_not_of('\n') + 1);
    return out;
}

/// Whether a word's colon begins one of our names: not a cast (::int), and not inside of quotes.
class substitution {
  public:
    substitution(const statement &s, const value_map &values)
        : statement_{s}, values_{values}, used_(s.parameters.size()) {}

    std::string run() {
        const std::string &text = statement_.text;
        bool quoted = false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (!quoted && text.compare(i, 2, "--") == 0) {
                const auto end = std::min(text.find('\n', i), text.size());
                out_ += text.substr(i, end - i);
                i = end - 1;
                continue;
            }
            if (text[i] == '\'')
                quoted = !quoted;
            const bool cast = text[i] == ':' && i + 1 < text.size() && text[i + 1] == ':';
            if (cast)
                out_ += text[i++];
            if (quoted || cast || text[i] != ':' || i + 1 == text.size() || !is_word(text[i + 1])) {
                out_ += text[i];
                continue;
            }
            const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(i) + 1, text.end(), is_word);
            const std::string word{text.begin() + static_cast<std::ptrdiff_t>(i) + 1, end};
            out_ += value_of(word);
            i += word.size();
        }
        for (std::size_t i = 0; i < used_.size(); ++i)
            if (!used_[i])
                fail(statement_.line, statement_.name + " does not use its parameter " + statement_.parameters[i]);
        return out_;
    }

  private:
    std::string value_of(const std::string &word) {
        const auto found = std::ranges::find(statement_.parameters, word);
        const auto value = values_.find(word);
        if (found != statement_.parameters.end() && value != values_.end())
            fail(statement_.line, statement_.name + ": the parameter " + word + " is the name of a state, too");
        if (found != statement_.parameters.end()) {
            const auto index = static_cast<std::size_t>(found - statement_.parameters.begin());
            used_[index] = true;
            return "$" + std::to_string(index + 1);
        }
        if (value == values_.end())
            fail(statement_.line, statement_.name + ": :" + word + " is neither a parameter nor a state");
        return value->second;
    }

    const statement &statement_;
    const value_map &values_;
    std::vector<bool> used_;
    std::string out_;
};

void write(std::ostream &out, const std::string &source, const std::vector<statement> &statements) {
    const auto values = named_values();
    out << "// Made from " << source << ".\n#pragma once\n\n#include \"smelt/db/statement.hpp\"\n\n"
        << "namespace smelt::store::sql {\n";
    for (const auto &s : statements) {
        out << '\n';
        for (const auto &comment : s.comments)
            out << "/// " << comment << '\n';
        out << "inline constexpr db::statement<" << s.parameters.size() << "> " << s.name << "{R\"sql("
            << substitution{s, values}.run() << ")sql\"};\n";
    }
    out << "\n/// All of the file.\ninline constexpr db::named_statement all_of_" << source.substr(0, source.find('.'))
        << "[] = {\n";
    for (const auto &s : statements)
        out << "    {\"" << s.name << "\", " << s.name << ".text, " << s.parameters.size() << "},\n";
    out << "};\n\n} // namespace smelt::store::sql\n";
}

} // namespace

int main(int count, char **arguments) {
    if (count != 3) {
        std::cerr << "usage: sql_statements FILE.sql HEADER\n";
        return 1;
    }
    const std::string source = arguments[1];
    try {
        std::ifstream in{source};
        std::ostringstream made;
        write(made, source.substr(source.rfind('/') + 1), read(in));
        std::ofstream out{arguments[2]};
        out << made.str() << std::flush;
        if (!in.eof() || !out)
            throw std::runtime_error{"0: cannot be read, or the header cannot be written"};
        return 0;
    } catch (const std::exception &e) {
        std::cerr << source << ":" << e.what() << '\n';
        return 1;
    }
}
