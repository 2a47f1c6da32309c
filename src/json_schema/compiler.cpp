#include "compiler.hpp"

#include "smelt/base/error.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json_schema/source.hpp"

#include <unordered_map>

namespace smelt::json_schema {

using namespace json_text;
namespace {

/// Keywords that may stand beside $ref: draft 7 ignores all others there, later drafts do not.
bool may_stand_beside_reference(const std::string &name) {
    for (const char *note :
         {"$ref", "$id", "$schema", "$comment", "definitions", "$defs", "title", "description", "default", "examples",
          "example", "readOnly", "writeOnly", "deprecated", "markdownDescription"})
        if (name == note)
            return true;
    return name.rfind("x-", 0) == 0;
}

bool reaches_itself(const schema_node &from, std::unordered_map<const schema_node *, int> &seen) {
    int &mark = seen[&from];
    if (mark != 0)
        return mark == 1;
    mark = 1;
    for (const schema_node *next : from.in_place())
        if (reaches_itself(*next, seen))
            return true;
    seen[&from] = 2;
    return false;
}

} // namespace

const schema_node *schema_compiler::compile() {
    if (!document_.is_object() && !document_.is_boolean())
        refuse_schema("", "a schema is an object (or true or false)");
    const schema_node *root = schema(document_, "");
    if (!first_reference_.empty() && !first_inner_id_.empty())
        refuse_schema(first_inner_id_, "with $id below the root, references would mean something else",
                      "remove this $id");
    refuse_endless(nodes_);
    return root;
}

const schema_node *schema_compiler::schema(const json &source, const std::string &pointer) {
    if (const auto done = made_.find(&source); done != made_.end())
        return done->second;
    if (++depth_ > most_schema_levels)
        refuse_schema(pointer, "schemas are nested more than " + std::to_string(most_schema_levels) + " deep");
    schema_node &made = *nodes_.emplace_back(std::make_unique<schema_node>());
    made_[&source] = &made;
    made.pointer = pointer;
    if (source.is_boolean()) {
        made.never = !source.get<bool>();
    } else {
        check_keywords(source, pointer);
        if (!pointer.empty() && source.contains("$id") && first_inner_id_.empty())
            first_inner_id_ = pointer + "/$id";
        definitions(source, pointer);
        if (source.contains("$ref"))
            reference(made, source, pointer);
        else
            fill(made, source, pointer);
    }
    --depth_;
    return &made;
}

void schema_compiler::reference(schema_node &node, const json &source, const std::string &pointer) {
    for (const auto &[name, value] : source.items())
        if (!may_stand_beside_reference(name))
            refuse_schema(pointer + '/' + pointer_token(name),
                          "draft 7 ignores what stands beside $ref, later drafts do not",
                          "write \"allOf\": [{\"$ref\": ...}, {...}]");
    const std::string at = pointer + "/$ref";
    if (first_reference_.empty())
        first_reference_ = at;
    const auto target = resolve_reference(document_, source["$ref"].get_ref<const std::string &>(), at);
    node.ref = schema(*target.schema, target.pointer);
}

void schema_compiler::fill(schema_node &node, const json &source, const std::string &pointer) {
    values(node, source, pointer);
    strings(node, source, pointer);
    arrays(node, source, pointer);
    objects(node, source, pointer);
    combinations(node, source, pointer);
}

void schema_compiler::combinations(schema_node &node, const json &source, const std::string &pointer) {
    node.all_of = children(source, pointer, "allOf");
    node.any_of = children(source, pointer, "anyOf");
    node.one_of = children(source, pointer, "oneOf");
    node.negated = child(source, pointer, "not");
    node.condition = child(source, pointer, "if");
    node.then_branch = child(source, pointer, "then");
    node.else_branch = child(source, pointer, "else");
}

void schema_compiler::definitions(const json &source, const std::string &pointer) {
    for (const char *keyword : {"definitions", "$defs"}) {
        if (!source.contains(keyword))
            continue;
        for (const auto &[name, value] : source[keyword].items())
            schema(value, pointer + '/' + keyword + '/' + pointer_token(name));
    }
}

const schema_node *schema_compiler::child(const json &source, const std::string &pointer, const char *keyword) {
    const auto found = source.find(keyword);
    return found == source.end() ? nullptr : schema(*found, pointer + '/' + keyword);
}

std::vector<const schema_node *> schema_compiler::children(const json &source, const std::string &pointer,
                                                           const char *keyword) {
    std::vector<const schema_node *> made;
    const auto found = source.find(keyword);
    if (found != source.end())
        for (std::size_t i = 0; i < found->size(); ++i)
            made.push_back(schema((*found)[i], pointer + '/' + keyword + '/' + std::to_string(i)));
    return made;
}

void refuse_endless(const std::vector<std::unique_ptr<schema_node>> &nodes) {
    std::unordered_map<const schema_node *, int> seen;
    for (const auto &node : nodes)
        if (reaches_itself(*node, seen))
            throw usage_error{
                "output schema: a $ref leads back to itself without going down into the value, so checking would "
                "never end"};
}

std::vector<const schema_node *> schema_node::in_place() const {
    std::vector<const schema_node *> all;
    for (const auto *list : {&all_of, &any_of, &one_of})
        all.insert(all.end(), list->begin(), list->end());
    for (const auto *one : {ref, negated, condition, then_branch, else_branch})
        if (one != nullptr)
            all.push_back(one);
    for (const dependency &d : dependencies)
        if (d.schema != nullptr)
            all.push_back(d.schema);
    return all;
}

} // namespace smelt::json_schema
