# cambist_module(<name> [LINK <modules and libraries>...] [TEST_BESIDE <server>]): declares src/<name>/
# as the static library cambist_<name> from every .cc in the folder, and its unit tests from every
# *_test.cc. Tests that need a server are run by tests/support/<server>.py, which starts one.
# Which module may include which is checked by tools/lint/layers.py.
function(cambist_module name)
    cmake_parse_arguments(arg "" "TEST_BESIDE" "LINK;TEST_LINK" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
    set(tests ${sources})
    list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
    list(FILTER tests INCLUDE REGEX "_test\\.cc$")
    string(REPLACE "/" "_" target ${name})
    if(sources)
        add_library(cambist_${target} STATIC ${sources})
        target_include_directories(cambist_${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(cambist_${target} PUBLIC cambist_flags ${arg_LINK})
    else()
        add_library(cambist_${target} INTERFACE)
        target_include_directories(cambist_${target} INTERFACE ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(cambist_${target} INTERFACE cambist_flags ${arg_LINK})
    endif()
    if(CAMBIST_TESTS AND tests)
        add_executable(${target}_test ${tests})
        target_include_directories(${target}_test PRIVATE ${CMAKE_SOURCE_DIR})
        # Only those that read files of the tree know where it is: the compiler cache can serve all
        # others to another clone.
        foreach(test ${tests})
            file(STRINGS ${test} reads REGEX "CAMBIST_SOURCE_DIR|/test_files.h")
            if(reads)
                set_source_files_properties(${test} PROPERTIES
                    COMPILE_DEFINITIONS CAMBIST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
            endif()
        endforeach()
        target_link_libraries(${target}_test PRIVATE
            cambist_${target} ${arg_TEST_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
        set(command ${target}_test)
        set(timeout 300)
        if(arg_TEST_BESIDE)
            set(command /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/support/${arg_TEST_BESIDE}.py
                -- $<TARGET_FILE:${target}_test>)
            set(timeout 600)
        endif()
        add_test(NAME ${target} COMMAND ${command})
        set_tests_properties(${target} PROPERTIES TIMEOUT ${timeout})
    endif()
endfunction()
