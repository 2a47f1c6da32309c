# smelt_embed(TARGET NAME FILES...): puts files into the binary as smelt::embedded::NAME(), a span of {name, content}.
# NAME of a file is its path below the project's root folder FOLDER.
function(smelt_embed target name folder)
  set(output ${CMAKE_BINARY_DIR}/embedded/${name}.cpp)
  list(JOIN ARGN "|" joined)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DNAME=${name} -DBASE=${folder} "-DFILES=${joined}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
