#include "json_elements.hpp"

#include "file_bytes.hpp"

#include "smelt/base/json.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/json/text_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace smelt::source {
namespace {

constexpr std::string_view blanks = " \t\r\n";

/// The characters of a document.
class characters {
  public:
    explicit characters(const input_file &file) : bytes_{file}, block_(block_size) { fill(); }

    /// NUL at the end, and where the file holds one.
    [[nodiscard]] char peek() const { return at_ == end_ ? '\0' : block_[at_]; }
    char take() {
        const char c = peek();
        line_ += c == '\n' ? 1 : 0;
        if (at_ < end_ && ++at_ == end_)
            fill();
        return c;
    }
    char peek_behind_blanks() {
        while (at_ < end_ && blanks.find(peek()) != std::string_view::npos)
            take();
        return peek();
    }
    [[nodiscard]] bool is_at_end() const { return at_ == end_; }
    [[nodiscard]] std::int64_t line() const { return line_; }
    [[nodiscard]] std::uint64_t digest() const { return bytes_.digest(); }
    [[noreturn]] void fail(const std::string &message, const std::string &hint = {}) const {
        bytes_.fail(line_, message, hint);
    }
    /// The document ends, or goes on in another way than it may.
    [[noreturn]] void fail_syntax(const std::string &expected) const {
        if (is_at_end())
            fail("the document ends in the middle: " + expected + " is missing", "was the file copied whole?");
        if (peek() == '\0')
            fail("NUL in the document", "is this a text file?");
        fail(fmt::format("{} is expected, and not {}", expected, printable(std::string{peek()})),
             "a json source is one JSON document");
    }

  private:
    static constexpr std::size_t block_size = 256 * 1024;
    void fill() {
        at_ = 0;
        end_ = bytes_.read(block_.data(), block_.size(), line_);
    }

    file_bytes bytes_;
    std::vector<char> block_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    std::int64_t line_ = 1;
};

std::string shown(const std::vector<json_text::path_step> &path, std::size_t steps) {
    std::string out = "$";
    for (std::size_t i = 0; i < steps; ++i)
        out += path[i].is_each() ? "[*]" : path[i].index ? fmt::format("[{}]", *path[i].index) : "." + path[i].name;
    return out;
}

} // namespace

/// Walks the document as far as the next element: RapidJSON 1.1 cannot pause, and a document may be larger than memory.
/// A container on the way to the elements is a level. Elements are judged by whoever reads them; of what stands beside
/// the way only strings and brackets are looked at.
class json_elements::document {
  public:
    document(const input_file &file, std::optional<std::vector<json_text::path_step>> path)
        : in_{file}, is_default_{!path}, path_{path ? std::move(*path) : std::vector{json_text::path_step{}}} {}

    bool next(element &into) {
        while (go_on()) {
            if (levels_.size() == path_.size() && is_on_the_way()) {
                read_element(into);
                return true;
            }
            if (!is_on_the_way())
                skip_value();
            else if (in_.peek() == '{' || in_.peek() == '[')
                enter();
            else
                block();
        }
        check_path();
        return false;
    }

    [[nodiscard]] std::uint64_t digest() const { return in_.digest(); }

  private:
    struct level {
        bool is_array = false;
        std::size_t values = 0; ///< that have begun
    };

    /// To the begin of the next value; closes levels that end. False at the end of the document.
    bool go_on() {
        while (!levels_.empty()) {
            auto &top = levels_.back();
            const char c = in_.peek_behind_blanks();
            if (c == (top.is_array ? ']' : '}')) {
                in_.take();
                levels_.pop_back();
                continue;
            }
            if (top.values > 0)
                expect(',', top.is_array ? "a comma or ]" : "a comma or }");
            if (!top.is_array)
                read_name();
            ++top.values;
            require_value();
            return true;
        }
        if (std::exchange(has_begun_, true))
            return false;
        if (in_.peek_behind_blanks() == '\0' && in_.is_at_end())
            in_.fail("the file is empty", "a json source is one JSON document");
        require_value();
        return true;
    }

    void require_value() {
        if (std::string_view{"{[\"-0123456789tfn"}.find(in_.peek_behind_blanks()) == std::string_view::npos)
            in_.fail_syntax("a value");
    }

    void expect(char wanted, const std::string &words) {
        if (in_.peek_behind_blanks() != wanted)
            in_.fail_syntax(words);
        in_.take();
    }

    void read_name() {
        if (in_.peek_behind_blanks() != '"')
            in_.fail_syntax("a name in quotes");
        std::string quoted;
        copy_string(&quoted);
        if (json_text::find_unstorable(quoted) != std::string::npos)
            in_.fail("a name that is not UTF-8", "convert the file, for example: iconv -f WINDOWS-1252 -t UTF-8");
        const auto name = json::parse(quoted, nullptr, false);
        if (!name.is_string())
            in_.fail("a name that is no JSON string: " + printable(clip_utf8(quoted, 80)));
        name_ = name.get<std::string>();
        expect(':', "a colon");
        remember_name();
    }

    /// Whether the value that begins here stands on the way to the elements, or is one.
    [[nodiscard]] bool is_on_the_way() const {
        if (levels_.empty())
            return true;
        if (is_object_without_path_)
            return false;
        const auto &parent = levels_.back();
        const auto &step = path_[levels_.size() - 1];
        if (step.is_each())
            return true;
        return parent.is_array ? step.index == parent.values - 1 : !step.index && step.name == name_;
    }

    void enter() {
        const bool is_array = in_.take() == '[';
        is_object_without_path_ = levels_.empty() && is_default_ && !is_array;
        levels_.push_back({is_array, 0});
        if (levels_.size() - 1 > reached_) {
            reached_ = levels_.size() - 1;
            names_.clear();
        }
    }

    /// A value that has no inside ends the way.
    void block() {
        std::string value;
        copy_value(&value);
        blocked_ = shown(path_, levels_.size()) + " is " + printable(clip_utf8(value, 40));
    }

    void read_element(element &into) {
        into.text.clear();
        into.line = in_.line();
        into.name.reset();
        if (!levels_.empty() && !levels_.back().is_array && path_.back().is_each())
            into.name = name_;
        copy_value(&into.text);
        if (const auto bad = json_text::find_unstorable(into.text); bad != std::string::npos)
            in_.fail(into.text[bad] == '\0' ? "NUL in a record" : "a record that is not UTF-8",
                     "convert the file, for example: iconv -f WINDOWS-1252 -t UTF-8");
        ++elements_;
    }

    void skip_value() { copy_value(nullptr); }

    /// Null: the value is passed over.
    void copy_value(std::string *into) {
        const char first = in_.peek();
        if (first == '"')
            copy_string(into);
        else if (first == '{' || first == '[')
            copy_container(into);
        else
            while (std::string_view{",]}"}.find(in_.peek()) == std::string_view::npos && !in_.is_at_end() &&
                   blanks.find(in_.peek()) == std::string_view::npos)
                copy(into);
    }

    void copy_container(std::string *into) {
        const auto line = in_.line();
        std::string open;
        do {
            const char c = in_.peek();
            if (in_.is_at_end())
                in_.fail(fmt::format("the document ends in the middle of what begins on line {}", line),
                         "was the file copied whole?");
            if (c == '"') {
                copy_string(into);
                continue;
            }
            if (c == '{' || c == '[')
                open += c == '{' ? '}' : ']';
            else if (c == '}' || c == ']') {
                if (open.back() != c)
                    in_.fail_syntax(std::string{open.back()});
                open.pop_back();
            }
            copy(into);
            check_size(into, line);
        } while (!open.empty());
    }

    void copy_string(std::string *into) {
        const auto line = in_.line();
        copy(into);
        while (in_.peek() != '"') {
            if (in_.is_at_end())
                in_.fail(fmt::format("the document ends in a string that begins on line {}", line),
                         "was the file copied whole?");
            if (in_.peek() == '\\')
                copy(into);
            copy(into);
            check_size(into, line);
        }
        copy(into);
    }

    void copy(std::string *into) {
        const char c = in_.take();
        if (into != nullptr)
            *into += c;
    }

    void check_size(const std::string *into, std::int64_t line) const {
        if (into != nullptr && into->size() > longest_row)
            in_.fail(fmt::format("what begins on line {} is longer than 64 MB", line),
                     "does source.records lead to what is one record?");
    }

    void remember_name() {
        constexpr std::size_t most_names = 12;
        if (levels_.size() - 1 == reached_ && names_.size() < most_names &&
            std::ranges::find(names_, name_) == names_.end())
            names_.push_back(name_);
    }

    /// After the whole document: whether the path led anywhere.
    void check_path() {
        if (in_.peek_behind_blanks() == '\0' && !in_.is_at_end())
            in_.fail("NUL behind the document", "is this a text file?");
        if (!in_.is_at_end())
            in_.fail("text behind the end of the document",
                     "a json source is one JSON document; a file with one object per line is a jsonl source");
        if (is_object_without_path_)
            in_.fail("the document is an object, and not an array of records",
                     fmt::format("say where the records are, for example `records: \"$.NAME[*]\"`; it has {}",
                                 fmt::join(names_, ", ")));
        if (elements_ > 0)
            return;
        if (!blocked_.empty())
            in_.fail("source.records: " + blocked_, "the path has to lead to arrays or objects");
        if (reached_ + 1 < path_.size() || !path_.back().is_each())
            in_.fail(fmt::format("source.records: there is no {} in {}", wanted(), shown(path_, reached_)),
                     config::did_you_mean(path_[reached_].name, names_));
    }

    [[nodiscard]] std::string wanted() const {
        const auto &step = path_[reached_];
        return step.name.empty() ? fmt::format("element {}", step.index.value_or(0)) : "\"" + step.name + "\"";
    }

    characters in_;
    bool is_default_;
    std::vector<json_text::path_step> path_;
    std::vector<level> levels_; ///< open; the first is the document's outermost value
    std::string name_;          ///< of the member that comes
    bool has_begun_ = false;
    std::int64_t elements_ = 0;
    // For errors.
    bool is_object_without_path_ = false;
    std::size_t reached_ = 0;        ///< steps that led to a container
    std::vector<std::string> names_; ///< of members of the deepest container on the way
    std::string blocked_;            ///< says which value ended the way
};

json_elements::json_elements(const input_file &file, std::optional<std::vector<json_text::path_step>> path)
    : document_{std::make_unique<document>(file, std::move(path))} {}

json_elements::~json_elements() = default;

std::uint64_t json_elements::digest() const {
    return document_->digest();
}

bool json_elements::next(element &into) {
    return document_->next(into);
}

} // namespace smelt::source
