#include "read.hpp"

#include "smelt/base/embedded.hpp"
#include "smelt/config/pipeline.hpp"

#include <cmath>
#include <fnmatch.h>
#include <stdexcept>

namespace smelt::config {
namespace {

using price_table = std::map<std::string, price>;

picousd amount(const json &value) {
    const auto result = picousd_per_token(value);
    if (!result)
        throw std::logic_error{"data/prices.json: not a price: " + value.dump()};
    return *result;
}

struct price_file {
    price_table batch, list;
};

/// batch_discount is a share of the list price; both are exact in picousd for a half.
price list_price(const price &batch, double discount) {
    const auto whole = [&](picousd amount) {
        return static_cast<picousd>(std::llround(static_cast<double>(amount) / (1.0 - discount)));
    };
    return {whole(batch.input), whole(batch.cached), whole(batch.output),
            batch.written ? std::optional{whole(*batch.written)} : std::nullopt};
}

price_file read_table() {
    const auto file = json::parse(embedded::find(embedded::config_files(), "data/prices.json"));
    const auto discount = file.at("batch_discount").get<double>();
    price_file table;
    for (const auto &[model, row] : file.at("models").items()) {
        price one{amount(row.at("input")), 0, amount(row.at("output"))};
        one.cached = row.contains("cached") ? amount(row.at("cached")) : one.input;
        if (row.contains("written"))
            one.written = amount(row.at("written"));
        table.batch.emplace(model, one);
        table.list.emplace(model, list_price(one, discount));
    }
    return table;
}

bool all_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "gpt-5-mini" for gpt-5-mini-2025-08-07 and for gpt-5-mini-20250807; the name itself when it bears no date.
std::string_view base_name(std::string_view model) {
    const auto size = model.size();
    if (size > 11 && model[size - 11] == '-' && model[size - 6] == '-' && model[size - 3] == '-' &&
        all_digits(model.substr(size - 10, 4)) && all_digits(model.substr(size - 5, 2)) &&
        all_digits(model.substr(size - 2)))
        return model.substr(0, size - 11);
    if (size > 9 && model[size - 9] == '-' && all_digits(model.substr(size - 8)))
        return model.substr(0, size - 9);
    return model;
}

/// By name, by the name without its date, or by the longest pattern that fits.
std::optional<price> find(const price_table &table, const std::string &model) {
    for (const auto &name : {model, std::string{base_name(model)}})
        if (const auto found = table.find(name); found != table.end())
            return found->second;
    const auto *longest = static_cast<const price_table::value_type *>(nullptr);
    for (const auto &entry : table)
        if (entry.first.find_first_of("*?[") != std::string::npos &&
            fnmatch(entry.first.c_str(), model.c_str(), 0) == 0 &&
            (longest == nullptr || entry.first.size() > longest->first.size()))
            longest = &entry;
    return longest == nullptr ? std::nullopt : std::optional{longest->second};
}

} // namespace

namespace {

const price_file &built_in() {
    static const price_file table = read_table();
    return table;
}

} // namespace

std::optional<price> price_of(const provider_spec &provider, const std::string &model) {
    if (const auto own = find(provider.prices, model))
        return own;
    return find(provider.synchronous ? built_in().list : built_in().batch, model);
}

std::vector<std::string> priced_models(const provider_spec &provider) {
    std::vector<std::string> names;
    for (const auto &[name, unused] : provider.prices)
        names.push_back(name);
    for (const auto &[name, unused] : built_in().batch)
        names.push_back(name);
    return names;
}

std::string prices_as_of() {
    return json::parse(embedded::find(embedded::config_files(), "data/prices.json")).at("as_of").get<std::string>();
}

std::optional<price> price_of_answer(const provider_spec &provider, const std::string &asked,
                                     const std::string &answered) {
    for (const auto *model : {&answered, &asked})
        if (const auto own = find(provider.prices, *model))
            return own;
    const auto by_answer = price_of(provider, answered);
    return by_answer ? by_answer : price_of(provider, asked);
}

} // namespace smelt::config
