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

find_path(SMELT_VALIJSON_DIR valijson/validator.hpp REQUIRED)
find_path(SMELT_RAPIDJSON_DIR rapidjson/document.h REQUIRED)
find_path(SMELT_MUSTACHE_DIR kainjow/mustache.hpp REQUIRED)
find_path(SMELT_CSV_DIR csv.h REQUIRED)
find_library(SMELT_CSV_LIBRARY csv REQUIRED)

# Debian 12's RapidJSON and valijson have template members that nobody uses and that can't be compiled; newer versions of clang
# look at them anyway, and get a copy without the mistakes.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(corrected ${CMAKE_BINARY_DIR}/corrected)
  file(COPY ${SMELT_RAPIDJSON_DIR}/rapidjson ${SMELT_VALIJSON_DIR}/valijson DESTINATION ${corrected})
  function(correct file wrong right)
    file(READ ${corrected}/${file} text)
    string(REPLACE "${wrong}" "${right}" text "${text}")
    file(WRITE ${corrected}/${file} "${text}")
  endfunction()
  correct(rapidjson/document.h "{ s = rhs.s; length = rhs.length; }" "= delete;")
  correct(valijson/adapters/rapidjson_adapter.hpp "other.itr" "other.m_itr")
  include_directories(BEFORE SYSTEM ${corrected})
endif()

# Without exceptions a bad schema ends the process; RapidJSON is the only DOM that valijson reads on both Debian releases.
add_library(smelt_valijson INTERFACE)
target_include_directories(smelt_valijson SYSTEM INTERFACE ${SMELT_VALIJSON_DIR} ${SMELT_RAPIDJSON_DIR} ${SMELT_MUSTACHE_DIR})
target_compile_definitions(smelt_valijson INTERFACE VALIJSON_USE_EXCEPTIONS=1 RAPIDJSON_HAS_STDSTRING=1)

add_library(smelt_csv INTERFACE)
target_include_directories(smelt_csv SYSTEM INTERFACE ${SMELT_CSV_DIR})
target_link_libraries(smelt_csv INTERFACE ${SMELT_CSV_LIBRARY})

# Asio and Beast are compiled once, in src/http/asio_impl.cpp; everybody else sees declarations.
add_library(smelt_asio INTERFACE)
target_link_libraries(smelt_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
target_compile_definitions(smelt_asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                           BOOST_ASIO_NO_DEPRECATED)
