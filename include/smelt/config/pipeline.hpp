#pragma once

#include "smelt/config/rule_pack.hpp"
#include "smelt/domain/budget.hpp"
#include "smelt/domain/status.hpp"
#include "smelt/domain/task_definition.hpp"
#include "smelt/domain/usage.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The pipeline file as values. Nothing in here does I/O beyond reading the file and what it names.
namespace smelt::config {

using std::chrono::milliseconds;

enum class source_kind { csv, jsonl, json, text, sql, http };

/// What identifies a record.
struct key_spec {
    enum class kind {
        fields, ///< their values, with | between them
        hash,   ///< of their values; equal rows are numbered in the order of files and lines
        row,    ///< the file, and which of its records it is
    } type = kind::fields;
    std::vector<std::string> fields;
    friend bool operator==(const key_spec &, const key_spec &) = default;

    /// A row's key follows from the row alone, so a row that was loaded before need not be looked at again.
    [[nodiscard]] bool follows_from_row() const { return type == kind::fields; }
    /// Equal rows are numbered, over all files.
    [[nodiscard]] bool numbers_equal_rows() const { return type == kind::hash; }
};

/// A field that is cut out of another one when the record is read.
struct derived_field {
    std::string name;
    std::string from;
    std::string match;         ///< regular expression; its first group is the value, without a group the whole match
    bool may_be_empty = false; ///< where it does not match; else that is an error
    friend bool operator==(const derived_field &, const derived_field &) = default;
};

/// The text of a record is in a file that the record names.
struct text_file_spec {
    std::string column;          ///< the field that holds the path
    std::string base;            ///< the folder that the files are below, relative to the pipeline's
    std::string field = "text";  ///< that gets the text
    std::int64_t max_bytes = 0;  ///< larger files are skipped; 0: no limit
    std::int64_t max_tokens = 0; ///< the same, estimated as bytes / 4
};

/// When a row of a query asks to be sent again.
struct again_spec {
    std::string when;    ///< SQL boolean over the columns of the query
    std::string version; ///< the column whose value tells one wish from the next
    int times = 3;       ///< how often a record is sent again so
};

/// Where an API key comes from. At most one is set; none is right for servers that need no key.
struct secret_spec {
    std::string env;
    std::string file;
    std::vector<std::string> command; ///< argv; its first line of output is the key
    [[nodiscard]] bool empty() const { return env.empty() && file.empty() && command.empty(); }
};

/// Lists of records at a web service, in pages.
struct http_list_spec {
    std::string url;                    ///< {{id}} and {{page}} stand in it
    std::string ids;                    ///< a file with an id a line; empty: there is one list
    std::vector<std::string> names{""}; ///< those ids; one without a name where there is no file
    std::string records;                ///< the path to the records of a page
    std::int64_t from = 1;
    std::string last;      ///< the path to the number of the last page; empty: see next
    std::string next;      ///< the path to the address of the next page; both empty: one page
    std::int64_t most = 0; ///< pages of a list that are read; 0: all
};

/// What is fetched for each record beside its list.
struct http_detail_spec {
    std::string url;                 ///< fields of the record stand in it
    std::string records;             ///< the path to the parts of the answer
    std::vector<std::string> text;   ///< paths within a part: the first that is there is its text
    std::string title;               ///< the path within a part to its name; empty: parts have none
    std::vector<std::string> others; ///< `else`: fields of the list, whose texts are taken when no part has any
    std::string field = "text";      ///< that gets the text
    std::int64_t max_bytes = 0;      ///< of the text; 0: no limit
    bool missing_is_empty = false;   ///< a 404 means that there are no parts
};

/// A key that goes with each request.
struct http_auth_spec {
    enum class place { query, header, bearer } where = place::query;
    std::string name; ///< of the parameter or header
    secret_spec secret;
};

struct http_source_spec {
    http_list_spec list;
    std::optional<http_detail_spec> detail;
    std::vector<http_auth_spec> auth;
    milliseconds fetch_time{std::chrono::minutes{2}}; ///< of one pass of a run without --wait
    milliseconds timeout{std::chrono::minutes{1}};    ///< of one request
    milliseconds pause{0};                            ///< after each request, on each of the connections
    milliseconds backoff{std::chrono::seconds{30}};   ///< before a failed request is tried again; doubles each time
    int concurrency = 2;                              ///< requests to one host at once, over all runs
    std::string ca_file;                              ///< extra trusted certificates (PEM); an absolute path
    std::string proxy;                                ///< as provider_spec::proxy
    bool allow_plain_http = false;
};

struct source_spec {
    source_kind kind = source_kind::csv;
    std::vector<std::string> patterns; ///< globs relative to the pipeline's folder; empty for sql
    std::string query;                 ///< sql only
    key_spec key;                      ///< for text the file's name
    std::string records;               ///< json only: the path to the records; empty: the elements of the document
    std::string member = "member";     ///< json only: the field for the name of a member that is a record
    char delimiter = ',';              ///< csv only
    bool quotes = true;                ///< csv only: false where a quote is a character like any other
    std::vector<derived_field> derive;
    std::optional<text_file_spec> text_file;
    std::optional<again_spec> again;      ///< sql only
    bool skips_gone = false;              ///< what waits of records that the source has no more is skipped
    std::optional<milliseconds> every;    ///< it is not read again before so long is over
    std::optional<http_source_spec> http; ///< http only
    [[nodiscard]] bool is_files() const { return kind != source_kind::sql && kind != source_kind::http; }
    std::vector<std::string> content; ///< fields that make the content hash; empty: those that the templates name
};

/// A free filter: records for which the SQL boolean over `fields` holds get no request.
struct prefilter {
    std::string name;
    std::string skip_if;
    friend bool operator==(const prefilter &, const prefilter &) = default;
};

/// What is done in the user's tables when something has happened to an item.
struct write_back_statement {
    std::string file; ///< for errors
    std::string sql;  ///< one statement over the relation `rows`
};

struct task_spec {
    task_definition definition;
    std::vector<std::string> needs; ///< tasks whose accepted outputs it waits for
    std::string when;               ///< SQL boolean over `fields` and `tasks`; empty: always
    int priority = 0;               ///< smaller goes first
    bool constant_prompt = false;   ///< its prompts may name no field
    std::map<write_back_event, std::vector<write_back_statement>> write_back; ///< by what has happened
    /// Who is asked, by rung: places in pipeline::providers. As many as rungs_of(definition).
    std::vector<std::size_t> rungs;
    int line = 0; ///< where the file defines it
};

/// Records that are equal in what `by` says are asked once.
struct dedupe_spec {
    std::string by;                  ///< SQL text over `fields`; null: the record is nobody's copy
    bool keeps_last = false;         ///< which of equal records is asked: the last, else the first
    std::vector<std::string> ignore; ///< fields that prompts and rules may name although `by` does not
};

/// A parameter that models of a service refuse.
struct param_rule {
    std::vector<std::string> models; ///< shell patterns; empty: all models
    std::string name;
    std::string use; ///< what stands in its place; empty: nothing does
};

/// How a service that speaks OpenAI's protocol is given an output schema: as OpenAI's strict structured outputs want it
/// where they can express it, or as it is written.
enum class schema_form { strict, plain };

/// How a service differs from OpenAI's batch API (data/providers.json, provider.quirks).
struct quirks_spec {
    std::string key_header = "Authorization"; ///< there the key follows "Bearer ", elsewhere it stands alone
    std::map<std::string, std::string> headers;
    std::string query; ///< added to every URL; percent-encoded already
    std::string upload_purpose = "batch";
    std::string upload_type = "application/jsonl";
    bool wait_for_upload = false; ///< a file is used when its status says that it was processed
    std::string completion_window = "24h";
    bool metadata = true;   ///< a batch keeps metadata
    bool list = true;       ///< batches can be listed
    bool pages = true;      ///< listings come in pages; else whole
    bool full_lines = true; ///< request lines hold method and url
    schema_form schema = schema_form::strict;
    std::int64_t inline_requests = 0; ///< a batch of at most so many travels inside its create, where that is a choice
    std::map<std::string, std::string> states; ///< its word -> OpenAI's
    std::vector<param_rule> params;
};

/// How much a synchronous service is asked at once. The rates are those of an account, whoever asks there.
struct pool_spec {
    int concurrency = 8;                            ///< requests under way, of one run
    std::int64_t requests_per_minute = 0;           ///< 0: no limit
    std::int64_t tokens_per_minute = 0;             ///< of requests and answers, estimated as bytes / 4; 0: no limit
    milliseconds timeout{std::chrono::minutes{10}}; ///< of one request
};

/// Bounds of one batch and of what is under way; zero is never valid.
struct limits_spec {
    std::int64_t requests_per_batch = 50'000;
    std::int64_t bytes_per_batch = 190'000'000;
    std::int64_t tokens_per_batch = 0; ///< 0: no limit (estimated as bytes / 4)
    std::int64_t enqueued_tokens = 0;  ///< of all unfinished batches of an account and model, estimated; 0: no limit
    int open_batches = 20;
};

/// What may be spent at most in a period.
struct budget_spec {
    picousd limit = 0;
    budget_period per = budget_period::total;
};

/// Who answers. Made from data/providers.json and what the file says.
struct provider_spec {
    std::string label; ///< its name in `providers`; empty where it is written in place
    std::string name = "openai";
    std::string dialect = "openai"; ///< the wire protocol that the service speaks
    std::string base_url = "https://api.openai.com/v1";
    std::int64_t max_requests = 50'000; ///< that one batch may have at this service
    std::int64_t max_bytes = 200'000'000;
    std::map<std::string, std::string> facts; ///< for people: how long a batch may take, price, how long results stay
    quirks_spec quirks;
    bool synchronous = false; ///< the answer to each request is its response: no batches, list prices
    pool_spec pool;           ///< of a synchronous service
    secret_spec api_key;
    std::string organization;
    std::string project;
    std::string ca_file;                 ///< extra trusted certificates (PEM); an absolute path
    std::string proxy;                   ///< a URL, "none", or empty: the environment decides; never shown
    bool allow_plain_http = false;       ///< http:// to a host that is not loopback
    bool delete_files = false;           ///< a closed batch's files are deleted at the provider
    std::map<std::string, price> prices; ///< by model or shell pattern of models, in picousd per token at batch rates;
                                         ///< overrides data/prices.json
    limits_spec limits;                  ///< the file's, and what its entry in `providers` says instead
    std::vector<budget_spec> budgets;    ///< of the account; no two of one period
};

/// Who is asked instead of a task's own service: a synchronous one for what is not worth a batch, and anyone when the
/// own one cannot be reached, or does not answer, for too long.
struct fallback_spec {
    std::size_t provider = 0;          ///< a place in pipeline::providers
    std::int64_t below = 0;            ///< fewer than so many that could be sent are no batch; 0: all are
    std::optional<milliseconds> after; ///< so long is too long
};

/// When the answers of a task version fail too often, nothing more is sent for it.
struct circuit_breaker_spec {
    int failed_percent = 50;  ///< more than this share of the recent answers
    std::int64_t after = 200; ///< once there are so many
};

/// Durations of the protocol with the design's defaults; tests and demos shorten them.
struct timing_spec {
    milliseconds send_window{std::chrono::minutes{10}};       ///< a create is under way no longer than this
    milliseconds list_grace{std::chrono::minutes{5}};         ///< how far a provider's listing may lag
    milliseconds missing_wait{std::chrono::minutes{10}};      ///< least time over which three downloads are spread
    milliseconds late_duplicates{std::chrono::hours{24 * 7}}; ///< abandoned nonces are compared for this long
    milliseconds lease{std::chrono::seconds{60}};
    milliseconds connect_timeout{std::chrono::seconds{15}};
    milliseconds idle_timeout{std::chrono::seconds{60}};
    milliseconds answer_timeout{std::chrono::minutes{2}};
    milliseconds queue_full_hold{std::chrono::minutes{5}}; ///< when the provider names no Retry-After
};

struct slice_spec {
    std::int64_t lines = 10'000;
    std::int64_t bytes = 4 << 20; ///< keeps memory flat: two appliers hold a few of these
};

/// How long content is kept that no result shows; nothing: for ever.
struct retention_spec {
    std::optional<std::chrono::milliseconds> raw;      ///< raw texts of answers
    std::optional<std::chrono::milliseconds> fetched;  ///< bodies of web services, since they were fetched last
    std::optional<std::chrono::milliseconds> rejected; ///< answers that were not accepted
    std::optional<std::chrono::milliseconds> replaced; ///< accepted answers, since another one took their place

    [[nodiscard]] bool of_answers() const { return raw || rejected || replaced; }
};

struct pipeline {
    std::string name;
    std::filesystem::path file;
    std::filesystem::path folder; ///< paths in the file are relative to it
    source_spec source;
    std::vector<prefilter> prefilters;
    std::optional<rule_pack> rules; ///< `rules_file`
    std::optional<dedupe_spec> dedupe;
    std::vector<provider_spec> providers; ///< all that the file names; no two of one account
    std::optional<fallback_spec> fallback;
    std::vector<task_spec> tasks; ///< in an order in which needs come first
    /// Until a task version has so many answers it has one batch of at most so many; 0: no such limit.
    std::int64_t first_batch = 0;
    std::vector<budget_spec> budgets; ///< no two of one period
    retention_spec retention;
    circuit_breaker_spec circuit_breaker;
    timing_spec timing;
    slice_spec slice;
    std::map<std::string, std::string> dotenv; ///< of the .env beside the file; answers ${VAR} and api_key.env only

    [[nodiscard]] const task_spec *task(std::string_view wanted) const;
    /// Whether any of its tasks has write_back.
    [[nodiscard]] bool writes_back() const;
    /// Whether a family of the rule pack may answer the task.
    [[nodiscard]] bool is_ruled(const task_spec &task) const;
    /// Whether the fallback may be asked instead of the task's own service.
    [[nodiscard]] bool has_fallback(const task_spec &task) const;
    /// Who is asked on a rung of the task's ladder, or who its fallback is (fallback_rung); then there is one.
    [[nodiscard]] const provider_spec &provider_of(const task_spec &task, int rung = 0) const;
    /// The same for every way to write the path.
    [[nodiscard]] std::filesystem::path absolute_file() const { return folder / file.filename(); }
};

/// Reads and checks a pipeline file: YAML, schemas/pipeline.schema.json, named files, cross references, templates and
/// schemas are not compiled here (extraction does). Throws file_error with file, line and hint.
pipeline load_pipeline(const std::filesystem::path &file);

/// The key itself, read when a provider is made; never stored, logged or put into a message. Throws usage_error that
/// names the variable, file or command (not the value) when it yields nothing.
std::string resolve_secret(const secret_spec &spec, const pipeline &p);

/// What a model costs there, from provider_spec::prices, else from data/prices.json: at batch rates, or at list prices
/// where the service is synchronous. Nothing when unknown.
std::optional<price> price_of(const provider_spec &provider, const std::string &model);

/// Whether data/providers.json knows the service of that name as one that answers request by request.
bool is_synchronous(const std::string &provider);

/// The models, and patterns of models, whose prices are known there.
std::vector<std::string> priced_models(const provider_spec &provider);

/// The day on which data/prices.json was looked through last, YYYY-MM-DD.
std::string prices_as_of();

/// What an answer costs: the model that it names says so, because the one that was asked for may be a deployment's name
/// or an alias. What the pipeline file says of either of them comes before data/prices.json.
std::optional<price> price_of_answer(const provider_spec &provider, const std::string &asked,
                                     const std::string &answered);

} // namespace smelt::config
