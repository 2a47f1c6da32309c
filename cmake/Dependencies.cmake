# Every dependency comes from the distribution; scripts/setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(RE2 REQUIRED re2)

find_path(SMELT_RAPIDJSON_DIR rapidjson/reader.h REQUIRED)
find_path(SMELT_MUSTACHE_DIR kainjow/mustache.hpp REQUIRED)
find_path(SMELT_CSV_DIR csv.h REQUIRED)
find_library(SMELT_CSV_LIBRARY csv REQUIRED)
find_path(SMELT_XLSX_DIR xlsxwriter.h REQUIRED)
find_library(SMELT_XLSX_LIBRARY xlsxwriter REQUIRED)
find_path(SMELT_XXHASH_DIR xxhash.h REQUIRED) # used as a header only

add_library(smelt_rapidjson INTERFACE)
target_include_directories(smelt_rapidjson SYSTEM INTERFACE ${SMELT_RAPIDJSON_DIR})

add_library(smelt_mustache INTERFACE)
target_include_directories(smelt_mustache SYSTEM INTERFACE ${SMELT_MUSTACHE_DIR})

add_library(smelt_csv INTERFACE)
target_include_directories(smelt_csv SYSTEM INTERFACE ${SMELT_CSV_DIR})
target_link_libraries(smelt_csv INTERFACE ${SMELT_CSV_LIBRARY})

# Its -pthread would be another set of flags than that of the precompiled headers.
add_library(smelt_re2 INTERFACE)
target_include_directories(smelt_re2 SYSTEM INTERFACE ${RE2_INCLUDE_DIRS})
target_link_libraries(smelt_re2 INTERFACE ${RE2_LINK_LIBRARIES} Threads::Threads)

add_library(smelt_xlsx INTERFACE)
target_include_directories(smelt_xlsx SYSTEM INTERFACE ${SMELT_XLSX_DIR})
target_link_libraries(smelt_xlsx INTERFACE ${SMELT_XLSX_LIBRARY})

# Asio and Beast are compiled once, in src/http/asio_impl.cpp; everybody else sees declarations.
add_library(smelt_asio INTERFACE)
target_link_libraries(smelt_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
target_compile_definitions(smelt_asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                           BOOST_ASIO_NO_DEPRECATED)
