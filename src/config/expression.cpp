#include "smelt/config/expression.hpp"

#include "smelt/config/suggest.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace smelt::config {
namespace {

struct token {
    enum class kind { word, text, number, sign, open, close, end } type = kind::end;
    std::string text; ///< a word in small letters, a string decoded
};

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// PostgreSQL's lexical rules as far as they matter here.
class scanner {
  public:
    explicit scanner(std::string_view sql) : in_{sql} {}

    std::vector<token> run() {
        std::vector<token> tokens;
        for (skip(); at_ < in_.size(); skip())
            tokens.push_back(next());
        tokens.emplace_back();
        return tokens;
    }

  private:
    using kind = token::kind;

    [[nodiscard]] bool starts(std::string_view text) const { return in_.substr(at_).starts_with(text); }

    void skip() {
        for (;;) {
            while (at_ < in_.size() && std::isspace(static_cast<unsigned char>(in_[at_])) != 0)
                ++at_;
            if (starts("--"))
                at_ = std::min(in_.find('\n', at_), in_.size());
            else if (starts("/*"))
                comment();
            else
                return;
        }
    }

    void comment() {
        for (int depth = 0; at_ < in_.size();) {
            depth += starts("/*") ? 1 : starts("*/") ? -1 : 0;
            at_ += starts("/*") || starts("*/") ? 2 : 1;
            if (depth == 0)
                return;
        }
    }

    token next() {
        const char c = in_[at_];
        if ((c == 'e' || c == 'E') && at_ + 1 < in_.size() && in_[at_ + 1] == '\'')
            return ++at_, quoted('\'', kind::text, true);
        if (c == '\'')
            return quoted('\'', kind::text, false);
        if (c == '"')
            return quoted('"', kind::word, false);
        if (c == '$' && in_.find('$', at_ + 1) != std::string_view::npos)
            return dollar_quoted();
        if (is_letter(c))
            return word();
        if (is_digit(c))
            return number();
        if (c == '(' || c == ')')
            return ++at_, token{c == '(' ? kind::open : kind::close, {}};
        return sign();
    }

    token quoted(char quote, kind type, bool escapes) {
        token made{type, {}};
        for (++at_; at_ < in_.size(); ++at_) {
            if (in_[at_] == quote) {
                if (at_ + 1 >= in_.size() || in_[at_ + 1] != quote)
                    break;
                ++at_;
            } else if (escapes && in_[at_] == '\\' && at_ + 1 < in_.size()) {
                ++at_;
            }
            made.text += in_[at_];
        }
        at_ = std::min(at_ + 1, in_.size());
        return made;
    }

    token dollar_quoted() {
        const auto tag = in_.substr(at_, in_.find('$', at_ + 1) + 1 - at_);
        const auto begin = at_ + tag.size();
        const auto end = std::min(in_.find(tag, begin), in_.size());
        at_ = std::min(end + tag.size(), in_.size());
        return {kind::text, std::string{in_.substr(begin, end - begin)}};
    }

    token word() {
        token made{kind::word, {}};
        for (; at_ < in_.size() && (is_letter(in_[at_]) || is_digit(in_[at_]) || in_[at_] == '$'); ++at_)
            made.text += static_cast<char>(std::tolower(static_cast<unsigned char>(in_[at_])));
        return made;
    }

    token number() {
        token made{kind::number, {}};
        for (; at_ < in_.size() && (is_digit(in_[at_]) || in_[at_] == '.'); ++at_)
            made.text += in_[at_];
        return made;
    }

    /// A sign ends before a comment, and not in + or - unless that is all of it.
    token sign() {
        constexpr std::string_view of_signs = "+-*/<>=~!@#%^&|`?";
        if (of_signs.find(in_[at_]) == std::string_view::npos)
            return {kind::sign, std::string{in_[at_++]}};
        auto end = std::min(in_.find_first_not_of(of_signs, at_), in_.size());
        end = std::min({end, in_.find("--", at_), in_.find("/*", at_)});
        auto text = in_.substr(at_, end - at_);
        while (text.size() > 1 && (text.back() == '-' || text.back() == '+') &&
               text.find_first_of("~!@%^&|`?") == std::string_view::npos)
            text.remove_suffix(1);
        at_ += text.size();
        return {kind::sign, std::string{text}};
    }

    std::string_view in_;
    std::size_t at_ = 0;
};

/// '{a,"b c",0}'
std::optional<member_path> array_literal(std::string_view text) {
    if (!text.starts_with('{') || !text.ends_with('}'))
        return std::nullopt;
    member_path path;
    std::string element;
    bool in_quotes = false;
    const auto finish = [&] {
        path.push_back(std::move(element));
        element.clear();
    };
    for (const char c : text.substr(1, text.size() - 2))
        if (c == '"')
            in_quotes = !in_quotes;
        else if (c == ',' && !in_quotes)
            finish();
        else if (in_quotes || std::isspace(static_cast<unsigned char>(c)) == 0)
            element += c;
    if (text.size() > 2)
        finish();
    return path;
}

/// A chain of -> from `output` on, with the parentheses around its beginning.
class chain {
  public:
    chain(const std::vector<token> &tokens, std::size_t output) : tokens_{tokens}, left_{output}, right_{output + 1} {}

    member_path run() {
        while (step() || leave_parentheses()) {
        }
        return path_;
    }

  private:
    using kind = token::kind;

    bool step() {
        if (is_text_ || tokens_[right_].type != kind::sign)
            return false;
        const auto &sign = tokens_[right_].text;
        if (sign == "#>" || sign == "#>>")
            return by_path(sign == "#>>");
        if (sign != "->" && sign != "->>")
            return false;
        const bool negative = tokens_[right_ + 1].type == kind::sign && tokens_[right_ + 1].text == "-";
        const auto &name = tokens_[right_ + (negative ? 2 : 1)];
        if (name.type != kind::number && (name.type != kind::text || negative))
            return false;
        path_.push_back(name.text);
        is_text_ = sign == "->>";
        right_ += negative ? 3 : 2;
        return true;
    }

    bool by_path(bool as_text) {
        const auto more =
            tokens_[right_ + 1].type == kind::text ? array_literal(tokens_[right_ + 1].text) : std::nullopt;
        if (!more)
            return false;
        path_.insert(path_.end(), more->begin(), more->end());
        is_text_ = as_text;
        right_ += 2;
        return true;
    }

    /// Not those of a call: what a function makes of the value is not known.
    bool leave_parentheses() {
        if (left_ == 0 || tokens_[left_ - 1].type != kind::open || tokens_[right_].type != kind::close)
            return false;
        if (left_ > 1 && tokens_[left_ - 2].type == kind::word) {
            static constexpr std::string_view before[] = {"and",  "or", "not",     "in",   "when",   "then",  "else",
                                                          "case", "is", "between", "from", "select", "where", "like"};
            if (std::ranges::find(before, tokens_[left_ - 2].text) == std::end(before))
                return false;
        }
        --left_;
        ++right_;
        return true;
    }

    const std::vector<token> &tokens_;
    std::size_t left_, right_;
    member_path path_;
    bool is_text_ = false;
};

bool is_index(const std::string &name) {
    return !name.empty() && std::ranges::all_of(name, is_digit);
}

/// Schemas that a value at some place can have.
class place {
  public:
    explicit place(const json &document) : document_{document} { add(document, 0); }

    [[nodiscard]] bool can_be_anything() const { return anything_; }
    [[nodiscard]] bool is_possible() const { return anything_ || !schemas_.empty(); }

    /// known: names that would have been possible.
    void go_to(const std::string &name, std::vector<std::string> &known) {
        const auto before = std::exchange(schemas_, {});
        for (const auto *schema : before) {
            member_of(*schema, name, known);
            if (is_index(name))
                element_of(*schema);
        }
    }

  private:
    void add(const json &schema, int depth) {
        if (depth > 16 || !schema.is_object()) {
            anything_ = anything_ || schema != false;
            return;
        }
        if (schema.contains("$ref"))
            return add_target(schema["$ref"], depth);
        bool combined = false;
        for (const char *keyword : {"allOf", "anyOf", "oneOf"})
            if (schema.contains(keyword) && schema[keyword].is_array())
                for (const auto &part : schema[keyword]) {
                    combined = true;
                    add(part, depth + 1);
                }
        for (const char *keyword : {"if", "then", "else", "dependencies", "dependentSchemas", "$dynamicRef"})
            anything_ = anything_ || schema.contains(keyword);
        if (!combined || schema.contains("properties") || schema.contains("items"))
            schemas_.push_back(&schema);
    }

    void add_target(const json &reference, int depth) {
        try {
            const auto text = reference.get<std::string>();
            if (text.starts_with('#'))
                return add(document_.at(json::json_pointer{text.substr(1)}), depth + 1);
        } catch (const json::exception &) {
            // what it names is checked where schemas are
        }
        anything_ = true;
    }

    static bool may_be(const json &schema, const char *type) {
        if (!schema.contains("type"))
            return true;
        const auto &types = schema["type"];
        return types == type || (types.is_array() && std::ranges::find(types, json(type)) != types.end());
    }

    void member_of(const json &schema, const std::string &name, std::vector<std::string> &known) {
        if (!may_be(schema, "object"))
            return;
        const bool listed = schema.contains("properties") && schema["properties"].is_object();
        if (listed && schema["properties"].contains(name))
            return add(schema["properties"][name], 0);
        if (schema.contains("additionalProperties"))
            add(schema["additionalProperties"], 0);
        const bool says_type = schema.contains("type") || schema.contains("items") || schema.contains("prefixItems");
        anything_ = anything_ || schema.contains("patternProperties") ||
                    (!listed && !schema.contains("additionalProperties") &&
                     (may_be(schema, "object") && (schema.contains("type") || !says_type)));
        if (listed)
            for (const auto &[other, unused] : schema["properties"].items())
                known.push_back(other);
    }

    void element_of(const json &schema) {
        if (!may_be(schema, "array"))
            return;
        bool listed = false;
        for (const char *keyword : {"items", "prefixItems", "additionalItems"}) {
            if (!schema.contains(keyword))
                continue;
            listed = true;
            if (schema[keyword].is_array())
                for (const auto &part : schema[keyword])
                    add(part, 0);
            else
                add(schema[keyword], 0);
        }
        anything_ = anything_ || (!listed && schema.contains("type"));
    }

    const json &document_;
    std::vector<const json *> schemas_;
    bool anything_ = false;
};

} // namespace

std::vector<member_path> members_of(std::string_view sql, std::string_view name) {
    std::vector<member_path> paths;
    const auto tokens = scanner{sql}.run();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].type != token::kind::word || tokens[i].text != name)
            continue;
        auto path = chain{tokens, i}.run();
        if (!path.empty() && std::ranges::find(paths, path) == paths.end())
            paths.push_back(std::move(path));
    }
    return paths;
}

std::string to_text(const member_path &path) {
    std::string text;
    for (const auto &name : path)
        text += is_index(name) ? "[" + name + "]" : (text.empty() ? "" : ".") + name;
    return text;
}

std::optional<impossible_member> why_impossible(const json &schema, const member_path &path) {
    if (schema.is_null())
        return impossible_member{"the task has no output schema, so its output is a text without members",
                                 "write output #>> '{}' for the text, or add output:"};
    place at{schema};
    for (const auto &name : path) {
        std::vector<std::string> known;
        at.go_to(name, known);
        if (at.can_be_anything())
            return std::nullopt;
        if (!at.is_possible())
            return impossible_member{"the output schema has no property \"" + to_text(path) + "\"",
                                     known.empty() ? std::string{} : did_you_mean(name, known)};
    }
    return std::nullopt;
}

} // namespace smelt::config
