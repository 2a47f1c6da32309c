#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>

namespace smelt {

/// Documents that we make or read whole: definitions, provider objects, reports. Key order is kept, because schemas are
/// sent in the order that the user wrote (models answer in schema order). Answers never go through it: their own text
/// is stored.
using json = nlohmann::ordered_json;

/// An empty object that takes so many members without moving them. When an object of ordered_json grows beyond its
/// room, each member is copied with all that it holds, because its name is const.
inline json object_with_room(std::size_t members) {
    json object = json::object();
    object.get_ref<json::object_t &>().reserve(members);
    return object;
}

} // namespace smelt
