# smelt_statements(TARGET): makes sql/FAMILY.hpp of every sql/FAMILY.sql, for TARGET and for tests (tools/sql_statements.cpp).
function(smelt_statements target)
  add_executable(sql_statements ${CMAKE_SOURCE_DIR}/tools/sql_statements.cpp)
  target_link_libraries(sql_statements PRIVATE smelt_base smelt_domain smelt_warnings)
  set(folder ${CMAKE_BINARY_DIR}/statements)
  file(MAKE_DIRECTORY ${folder}/sql)
  file(GLOB families CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sql/*.sql)
  foreach(family IN LISTS families)
    get_filename_component(name ${family} NAME_WE)
    set(header ${folder}/sql/${name}.hpp)
    add_custom_command(
      OUTPUT ${header}
      COMMAND sql_statements ${family} ${header}
      DEPENDS ${family} sql_statements
      VERBATIM)
    target_sources(${target} PRIVATE ${header})
    list(APPEND headers ${header})
  endforeach()
  add_custom_target(statements DEPENDS ${headers}) # what clang-tidy needs beside the sources
  target_include_directories(${target} PUBLIC ${folder})
endfunction()
