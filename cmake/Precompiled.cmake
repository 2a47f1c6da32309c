# Headers that cost seconds in every file are parsed once. Each file still includes what it uses: scripts/lint reads the
# sources without this. CMAKE_DISABLE_PRECOMPILE_HEADERS turns it off.
set(SMELT_PCH_BASE <algorithm> <array> <charconv> <chrono> <cstdint> <filesystem> <fstream> <functional> <map> <memory>
                   <optional> <set> <span> <string> <string_view> <unordered_map> <vector>
                   <fmt/format.h> <nlohmann/json.hpp>)
set(SMELT_PCH_ASIO <boost/asio/any_io_executor.hpp> <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp>
                   <boost/asio/co_spawn.hpp> <boost/asio/error.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp>
                   <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/thread_pool.hpp>
                   <boost/asio/use_awaitable.hpp>)

# smelt_precompile_as(OTHER TARGETS...): what OTHER has precompiled serves TARGETS too; they have the same flags.
function(smelt_precompile_as other)
  foreach(target IN LISTS ARGN)
    target_precompile_headers(${target} REUSE_FROM ${other})
  endforeach()
endfunction()
