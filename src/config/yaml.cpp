#include "document.hpp"
#include "scalar.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <sstream>

namespace smelt::config {
namespace {

constexpr int deepest = 64;
constexpr std::string_view standard_tags = "tag:yaml.org,2002:";

/// What a file may unfold into. Aliases may refer to what holds them, and a few lines of them can stand for billions of
/// nodes, or repeat a long text or key without end; what a file holds itself is never too much.
class allowance {
  public:
    explicit allowance(std::size_t file_size) : nodes_{20'000 + file_size}, bytes_{16'000'000 + 32 * file_size} {}

    /// Takes one node of so many bytes; false when it is one too many.
    bool take(std::size_t bytes) {
        if (nodes_ == 0 || bytes_ < bytes)
            return false;
        --nodes_;
        bytes_ -= bytes;
        return true;
    }

  private:
    std::size_t nodes_;
    std::size_t bytes_;
};

class converter {
  public:
    /// dotenv: null where a ${ is ordinary text everywhere.
    converter(document &into, const variables *dotenv, std::size_t file_size)
        : into_{into}, dotenv_{dotenv}, allowance_{file_size} {}

    json convert(const YAML::Node &node, const std::string &pointer, int depth = 0) {
        note_line(node, pointer);
        take(node, pointer, depth);
        const std::string_view tag = node.Tag();
        if (tag.size() > 1 && tag.substr(0, standard_tags.size()) != standard_tags)
            into_.fail(pointer, "the tag " + std::string{tag} + " means nothing here", "${VAR} stands for a variable");
        switch (node.Type()) {
        case YAML::NodeType::Scalar:
            return scalar(node, pointer);
        case YAML::NodeType::Sequence:
            return sequence(node, pointer, depth);
        case YAML::NodeType::Map:
            return mapping(node, pointer, depth);
        default:
            return nullptr;
        }
    }

  private:
    void take(const YAML::Node &node, const std::string &pointer, int depth) {
        if (depth > deepest || !allowance_.take(pointer.size() + (node.IsScalar() ? node.Scalar().size() : 0)))
            into_.fail(pointer, "too deeply nested or too large",
                       "an alias (*name) may refer to a node that contains it");
    }

    void note_line(const YAML::Node &node, const std::string &pointer) {
        if (node.Mark().line >= 0)
            into_.lines.emplace(pointer, node.Mark().line + 1);
    }

    json scalar(const YAML::Node &node, const std::string &pointer) {
        const bool quoted = node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
        std::string text = node.Scalar();
        if (text.find('\0') != std::string::npos)
            into_.fail(pointer, "NUL character", "PostgreSQL cannot store it");
        if (dotenv_ != nullptr && !keeps_references(pointer))
            text = resolved(text, pointer);
        return quoted ? json(text) : plain_scalar(text);
    }

    std::string resolved(const std::string &text, const std::string &pointer) {
        try {
            return resolve(text, *dotenv_);
        } catch (const reference_error &e) {
            into_.fail(pointer, e.what(), e.hint());
        }
    }

    json sequence(const YAML::Node &node, const std::string &pointer, int depth) {
        json list = json::array();
        for (const auto &element : node)
            list.push_back(convert(element, join(pointer, std::to_string(list.size())), depth + 1));
        return list;
    }

    json mapping(const YAML::Node &node, const std::string &pointer, int depth) {
        json object = object_with_room(node.size());
        std::optional<YAML::Node> merged;
        for (const auto &entry : node) {
            const auto key = key_of(entry.first, pointer);
            const auto place = join(pointer, key);
            const bool is_merge = is_merge_key(entry.first);
            if (object.contains(key) || (is_merge && merged)) {
                const int line = entry.first.Mark().line + 1;
                throw file_error{into_.file, line,
                                 dotted(place) + ": this key is already there on line " +
                                     std::to_string(into_.line(place)),
                                 "remove one of the two"};
            }
            note_line(entry.first, place);
            if (is_merge)
                merged = entry.second;
            else
                object[key] = convert(entry.second, place, depth + 1);
        }
        if (merged)
            merge(object, *merged, pointer, depth);
        return object;
    }

    std::string key_of(const YAML::Node &key, const std::string &pointer) {
        if (key.IsScalar() && key.Scalar().find('\0') == std::string::npos)
            return key.Scalar();
        if (key.Mark().line >= 0)
            throw file_error{into_.file, key.Mark().line + 1, "a key must be text",
                             "put a value that begins with { or [ into quotes"};
        into_.fail(pointer, "a key must be text");
    }

    /// `<<: *anchor` or a list of them: what is there already stays, earlier ones win.
    void merge(json &object, const YAML::Node &from, const std::string &pointer, int depth) {
        if (!from.IsSequence())
            return merge_mapping(object, from, pointer, depth);
        for (const auto &element : from)
            merge_mapping(object, element, pointer, depth);
    }

    /// What the mapping merges itself comes after its own keys.
    void merge_mapping(json &object, const YAML::Node &from, const std::string &pointer, int depth) {
        if (!from.IsMap())
            into_.fail(join(pointer, "<<"), "only a mapping, or a list of them, can be merged");
        take(from, pointer, depth);
        std::optional<YAML::Node> merged;
        for (const auto &entry : from) {
            const auto key = key_of(entry.first, pointer);
            const auto place = join(pointer, key);
            if (is_merge_key(entry.first))
                merged = entry.second;
            if (is_merge_key(entry.first) || object.contains(key))
                continue;
            note_line(entry.first, place);
            object[key] = convert(entry.second, place, depth + 1);
        }
        if (merged)
            merge(object, *merged, pointer, depth + 1);
    }

    static bool is_merge_key(const YAML::Node &key) { return key.Scalar() == "<<" && key.Tag() != "!"; }

    document &into_;
    const variables *dotenv_;
    allowance allowance_;
};

/// Whether a tab indents the line, or the one before it, which the parser may mean.
bool has_tab_before(const std::string &text, int line) {
    const auto lines = split(text, '\n');
    const auto indents = [&](int number) {
        if (number < 0 || number >= static_cast<int>(lines.size()))
            return false;
        const auto &one = lines[static_cast<std::size_t>(number)];
        return one.substr(0, one.find_first_not_of(" \t")).find('\t') != std::string::npos;
    };
    return indents(line) || indents(line - 1);
}

[[noreturn]] void refuse(const std::string &file, const std::string &text, const YAML::Exception &e) {
    std::string hint;
    if (e.msg.find("map flow") != std::string::npos)
        hint = "inside of { } text that holds { or }, such as ${VAR}, must be quoted; or write one key per line";
    else if (e.msg.find("tab") != std::string::npos || has_tab_before(text, e.mark.line))
        hint = "indent with spaces: there is a tab";
    else if (e.msg.find("unknown escape") != std::string::npos)
        hint = "between double quotes a backslash begins an escape; put patterns and the like between single quotes";
    else if (e.msg.find("illegal map value") != std::string::npos || e.msg.find("end of map") != std::string::npos)
        hint = "put text that holds ': ' or ' #', or that begins with one of {[*&!%@`, into quotes";
    throw file_error{file, e.mark.line >= 0 ? e.mark.line + 1 : 0, "not valid YAML: " + e.msg, hint};
}

/// Stops where a second document begins. YAML::LoadAll does not come to an end when a token that begins no document
/// stands there, such as a comma: it makes empty documents of it until memory is used up.
class only_document : public YAML::EventHandler {
  public:
    only_document(const std::string &text, const std::string &file) : text_{text}, file_{file} {}

    void OnDocumentStart(const YAML::Mark &mark) override {
        if (++documents_ == 1)
            return;
        const auto here = std::string_view{text_}.substr(std::min(text_.size(), static_cast<std::size_t>(mark.pos)));
        if (here.starts_with("---"))
            throw file_error{file_, mark.line + 1, "a second document begins here",
                             "one document per file: remove the ---"};
        throw file_error{file_, mark.line + 1, "not valid YAML: this belongs to nothing that stands before it",
                         "put text that begins with one of ,{}[]&*!%@` into quotes; write keys as NAME: value"};
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark &, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark &, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark &, const std::string &, YAML::anchor_t, const std::string &) override {}
    void OnSequenceStart(const YAML::Mark &, const std::string &, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark &, const std::string &, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

  private:
    const std::string &text_;
    const std::string &file_;
    int documents_ = 0;
};

void require_one_document(const std::string &text, const std::string &file) {
    std::istringstream stream{text};
    YAML::Parser parser{stream};
    only_document handler{text, file};
    while (parser.HandleNextDocument(handler)) {
    }
}

document parse(const std::string &text, const std::string &file, const variables *dotenv) {
    document result;
    result.file = file;
    try {
        require_one_document(text, file);
        const auto root = YAML::Load(text);
        if (root && !root.IsNull())
            result.value = converter{result, dotenv, text.size()}.convert(root, "");
    } catch (const YAML::Exception &e) {
        refuse(file, text, e);
    }
    return result;
}

} // namespace

document parse_yaml(const std::string &text, const std::string &file, const variables &dotenv) {
    return parse(text, file, &dotenv);
}

document parse_yaml(const std::string &text, const std::string &file) {
    return parse(text, file, nullptr);
}

} // namespace smelt::config
