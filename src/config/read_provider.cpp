#include "read.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace smelt::config {
namespace {

/// Messages never show the URL: it may hold a password.
std::string checked_url(const view &at, std::string text, bool allow_plain_http) {
    url address;
    try {
        address = parse_url(text);
    } catch (const usage_error &e) {
        if (text.find('@') != std::string::npos)
            at.fail("a user name or password in the URL is refused", "use api_key: {env: NAME} for the key");
        at.fail("must be a URL such as https://api.openai.com/v1: " + std::string{e.what()});
    }
    if (address.target.find('?') != std::string::npos)
        at.fail("must not have a query (?...)", "end the URL with the API's version, such as /v1");
    if (!address.tls && !allow_plain_http && !address.loopback())
        at.fail("plain http would show key and texts to the network",
                "use https://, or set allow_plain_http: true if that network is yours");
    while (text.back() == '/')
        text.pop_back();
    return text;
}

} // namespace

/// What stands behind the scheme is read by the client; it may hold a password, so no message shows it.
std::string checked_proxy(const view &at, std::string text) {
    const auto scheme = lower_ascii(text.substr(0, std::min(text.find("://"), text.size())));
    if (text.empty() || (scheme.size() < text.size() && scheme != "http"))
        at.fail("must be http://[user:password@]host[:port], or none",
                "https and socks proxies are not supported; none: the environment's proxy is not used either");
    return text;
}

secret_spec read_secret(const view &section) {
    secret_spec spec;
    section.read("env", spec.env);
    section.read("file", spec.file);
    section.read("command", spec.command);
    if (section.has("command") && spec.command.front().empty())
        section.at("command").fail("the program's name is empty");
    return spec;
}

namespace {

/// The shortest decimal that reads back as the same number, never with an exponent.
std::string decimal(const json &number) {
    if (number.is_string())
        return number.get<std::string>();
    std::array<char, 400> text{}; // the largest double has 309 digits
    const auto [end, ec] =
        std::to_chars(text.data(), text.data() + text.size(), number.get<double>(), std::chars_format::fixed);
    return {text.data(), end};
}

/// What bounds the requests of a synchronous service means nothing for batches.
void read_pool(const view &section, provider_spec &spec) {
    for (const char *name : {"concurrency", "requests_per_minute", "tokens_per_minute", "timeout"})
        if (section.has(name) && !spec.synchronous)
            section.at(name).fail("provider " + spec.name + " answers batches, which have no such limit",
                                  "remove it, or name a synchronous provider, such as direct");
    for (const char *name : {"upload_purpose", "upload_type", "wait_for_upload", "completion_window", "metadata",
                             "list", "pages", "line", "states", "inline_requests"})
        if (spec.synchronous && section.at("quirks").has(name))
            section.at("quirks").at(name).fail("provider " + spec.name + " has no batches", "remove it");
    if (spec.synchronous && section.has("delete_files"))
        section.at("delete_files").fail("provider " + spec.name + " keeps no files", "remove it");
    section.read("concurrency", spec.pool.concurrency);
    section.read("requests_per_minute", spec.pool.requests_per_minute);
    section.read("tokens_per_minute", spec.pool.tokens_per_minute);
    section.read_duration("timeout", spec.pool.timeout);
}

picousd read_amount(const view &section, const std::string &key) {
    const auto amount = picousd_per_token(section.value().at(key));
    if (!amount)
        section.at(key).fail("must be USD per million tokens with at most 6 decimals, below 1,000,000");
    return *amount;
}

} // namespace

std::optional<picousd> picousd_per_token(const json &usd_per_million) {
    const auto text = decimal(usd_per_million);
    const auto point = std::min(text.find('.'), text.size());
    std::string digits = text.substr(0, point);
    std::string decimals = point < text.size() ? text.substr(point + 1) : "";
    while (!decimals.empty() && decimals.back() == '0')
        decimals.pop_back();
    if (digits.empty() || digits.size() > 6 || decimals.size() > 6)
        return std::nullopt;
    digits += decimals + std::string(6 - decimals.size(), '0');
    if (digits.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    return std::stoll(digits);
}

std::vector<budget_spec> read_budgets(const view &section) {
    std::vector<budget_spec> budgets;
    for (const auto &at : section.elements()) {
        budget_spec one;
        std::string per;
        at.read("per", per);
        one.per = budget_period_named(per).value();
        if (std::ranges::find(budgets, one.per, &budget_spec::per) != budgets.end())
            at.at("per").fail("there is an amount for this period already", "keep the smaller one");
        // A millionth of a USD is as many of its own as a USD per million tokens is per token.
        one.limit = picousd_per_token(at.value().at("usd")).value_or(0) * 1'000'000;
        if (one.limit <= 0)
            at.at("usd").fail("must be an amount of USD above 0 with at most 6 decimals, such as 25 or 0.50");
        budgets.push_back(one);
    }
    return budgets;
}

provider_spec read_provider(const view &section, const std::filesystem::path &folder) {
    std::string name = provider_spec{}.name;
    section.read("name", name);
    auto spec = known_provider(name);
    if (spec.base_url.empty() && !section.has("base_url"))
        section.fail("provider " + name + " has no address of its own", "add base_url: " + address_example(name));
    section.read("base_url", spec.base_url);
    if (section.has("quirks"))
        apply_quirks(section.at("quirks").value(), spec.quirks);
    section.read("organization", spec.organization);
    section.read("project", spec.project);
    section.read("ca_file", spec.ca_file);
    if (!spec.ca_file.empty())
        spec.ca_file = (folder / spec.ca_file).string();
    section.read("proxy", spec.proxy);
    if (section.has("proxy"))
        spec.proxy = checked_proxy(section.at("proxy"), std::move(spec.proxy));
    section.read("allow_plain_http", spec.allow_plain_http);
    section.read("delete_files", spec.delete_files);
    read_pool(section, spec);
    spec.base_url = checked_url(section.at("base_url"), spec.base_url, spec.allow_plain_http);
    spec.api_key = read_secret(section.at("api_key"));
    spec.budgets = read_budgets(section.at("budget"));
    const auto prices = section.at("prices");
    for (const auto &[model, unused] : prices.value().items()) {
        const auto entry = prices.at(model);
        price one{read_amount(entry, "input"), 0, read_amount(entry, "output")};
        one.cached = entry.has("cached") ? read_amount(entry, "cached") : one.input;
        if (entry.has("written"))
            one.written = read_amount(entry, "written");
        spec.prices.emplace(model, one);
    }
    return spec;
}

namespace {

/// Two entries would have limits, holds and listings of one account, and each would take it for its own.
void add_provider(pipeline &p, const view &at, provider_spec one) {
    const auto is_same = [&](const provider_spec &other) {
        return other.name == one.name && other.base_url == one.base_url && other.organization == one.organization &&
               other.project == one.project;
    };
    if (const auto twin = std::ranges::find_if(p.providers, is_same); twin != p.providers.end())
        at.fail("the same account (name, base_url, organization and project) as " +
                    (twin->label.empty() ? "provider" : "providers." + twin->label),
                "use one entry for both");
    p.providers.push_back(std::move(one));
}

void read_fallback(pipeline &p, const view &section, const limits_spec &limits) {
    if (section.value().is_null())
        return;
    auto &spec = p.fallback.emplace();
    const auto at = section.at("provider");
    if (at.value().is_object()) {
        auto one = read_provider(at, p.folder);
        one.limits = limits;
        add_provider(p, at, std::move(one));
        spec.provider = p.providers.size() - 1;
    } else {
        spec.provider = provider_named(p, at);
    }
    constexpr std::int64_t usual_below = 50;
    if (section.has("after"))
        section.read_duration("after", spec.after.emplace());
    else
        spec.below = usual_below;
    section.read("below", spec.below);
    const auto &asked = p.providers[spec.provider];
    if (!asked.synchronous && spec.below > 0)
        at.fail("provider " + asked.name + " answers batches only",
                "name a synchronous one, such as direct or openai-direct, or say `after` instead of `below`");
}

} // namespace

std::size_t provider_named(const pipeline &p, const view &at) {
    const auto name = at.value().get<std::string>();
    const auto found = std::ranges::find(p.providers, name, &provider_spec::label);
    if (found != p.providers.end() && !name.empty())
        return static_cast<std::size_t>(found - p.providers.begin());
    std::vector<std::string> known;
    for (const auto &one : p.providers)
        if (!one.label.empty())
            known.push_back(one.label);
    if (known.empty())
        at.fail("this file has no `providers` to choose from",
                "providers: {" + (name.empty() ? "NAME" : name) + ": {name: openai, ...}}");
    at.fail("there is no \"" + name + "\" in `providers`", did_you_mean(name, known));
}

void read_providers(pipeline &p, const view &root) {
    const auto limits = read_limits(root.at("limits"), {});
    const auto in_place = root.at("provider");
    const auto several = root.at("providers");
    if (several.value().is_null()) {
        auto only = in_place.value().is_string() ? provider_spec{} : read_provider(in_place, p.folder);
        if (in_place.value().is_string())
            provider_named(p, in_place);
        if (in_place.has("limits"))
            in_place.at("limits").fail("the limits of the only service are those of the file",
                                       "write them below `limits:`");
        only.limits = limits;
        p.providers.push_back(std::move(only));
    } else if (in_place.value().is_object()) {
        in_place.fail("a file has the settings of one provider or `providers`, not both",
                      "move them into `providers` and name the entry here");
    }
    for (const auto &[name, unused] : several.value().items()) {
        const auto entry = several.at(name);
        auto one = read_provider(entry, p.folder);
        one.label = name;
        one.limits = read_limits(entry.at("limits"), limits);
        add_provider(p, entry, std::move(one));
    }
    read_fallback(p, root.at("fallback"), limits);
}

} // namespace smelt::config
