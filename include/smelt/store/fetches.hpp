#pragma once

#include "smelt/db/connection.hpp"
#include "smelt/domain/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smelt::store {

/// What a run has taken over to fetch.
struct fetch_round {
    int round = 0;
    bool is_listed = false; ///< only details are left
    std::string problem;    ///< of its lists
};

/// How far a source is.
struct fetch_state {
    std::int64_t version = 0;
    bool is_new = false;      ///< something was fetched since the last load
    bool is_complete = false; ///< the lists were read to their ends
};

enum class fetched_kind { page = 0, detail = 1 };

/// An address, and what is known of it.
struct fetched_page {
    int round = 0, status = 0, tries = 0;
    std::string url, etag, last_modified, error;
    std::optional<std::string> body;
    std::optional<std::chrono::milliseconds> wait; ///< before it may be tried again; nothing: not in this round
};

struct due_detail {
    std::string key, url, etag, last_modified;
    int tries = 0;
    bool has_body = false;
};

/// A record's detail, for its load.
struct stored_detail {
    int status = 0;
    std::string error, next_try; ///< next_try: UTC; empty: at once, or never
    std::optional<std::string> body;
};

/// One answer.
struct fetch_answer {
    fetched_kind kind = fetched_kind::page;
    std::string name; ///< the list's id, or the record's key
    int page = 0;
    std::string url; ///< without keys
    int status = 0;
    std::string etag, last_modified;
    std::optional<std::string> body;               ///< nothing: as before, or none
    std::string error;                             ///< not empty: it has failed
    std::optional<std::chrono::milliseconds> wait; ///< of a failure: until the next try; nothing: not in this round
};

/// Another run fetches this source now.
class fetch_taken_over : public error {
  public:
    fetch_taken_over() : error{"another run fetches this source now"} {}
};

/// The tables of what is fetched from web services. Everything that stores is done by the run that has taken the source
/// (fetch_taken_over else).
class fetches {
  public:
    fetches(db::transaction &tx, pipeline_id p) : tx_{tx}, pipeline_{p} {}

    /// Nothing: another run fetches. definition: a hash of what the file says. every, may_begin: whether a round that
    /// is over may be followed by another one.
    std::optional<fetch_round> take(runner_id r, const std::string &definition, std::chrono::milliseconds every,
                                    bool may_begin);
    void release(runner_id r);
    fetch_state state();
    /// The records were loaded from what was there at this version.
    void set_loaded(std::int64_t version);

    std::optional<fetched_page> page(const std::string &list, int number);
    struct page_name {
        std::string list;
        int page = 0;
    };
    std::vector<page_name> pages();
    std::optional<std::string> page_body(const page_name &name);
    void drop_pages_after(const std::string &list, int last);
    void drop_lists_but(const std::vector<std::string> &lists);
    void set_listed(bool listed, bool complete, const std::string &problem);

    // After require:

    void store(int round, const fetch_answer &answer);
    /// Details of these records are wanted, each for its list entry (a hash).
    void want(int round, const std::vector<std::string> &keys, const std::vector<std::string> &urls,
              const std::vector<std::string> &entries);
    void drop_details_but(const std::vector<std::string> &keys);
    std::vector<due_detail> due_details(std::int64_t most);
    std::optional<stored_detail> detail(const std::string &key);
    /// Until something can be tried again; nothing: nothing waits for that.
    std::optional<std::chrono::milliseconds> next_try();

    /// Throws fetch_taken_over where another run fetches now, or something was forgotten. Nothing is forgotten between
    /// this and the end of the transaction.
    void require(runner_id r);

  private:
    db::transaction &tx_;
    pipeline_id pipeline_;
};

/// The slots of a host: so many requests at once, over all runs.
class host_slots {
  public:
    host_slots(db::transaction &tx, std::string host) : tx_{tx}, host_{std::move(host)} {}

    void make(int slots);
    /// A slot for so long at most, or until the run is over. Nothing: all are in use.
    std::optional<int> take(int slots, runner_id r, std::chrono::milliseconds longest);
    std::chrono::milliseconds wait(int slots);
    void release(int slot, std::chrono::milliseconds pause);
    /// The host has asked for a rest.
    void rest(std::chrono::milliseconds how_long);

  private:
    db::transaction &tx_;
    std::string host_;
};

} // namespace smelt::store
