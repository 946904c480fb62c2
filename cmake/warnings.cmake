# One interface target with the flags every file of ours is compiled with.
add_library(cambist_flags INTERFACE)
target_compile_options(cambist_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
    -Wformat=2 -Werror=format-security -Werror
    -fno-strict-overflow -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
    -ftrivial-auto-var-init=zero -g1)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(cambist_flags INTERFACE -Wthread-safety)
endif()
target_compile_definitions(cambist_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT CAMBIST_SANITIZE)
    target_compile_options(cambist_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
# All libraries of ours go into programs, so that a call of a function of ours need not be one that
# another library could replace, and our calls of others go through no table of jumps.
target_compile_options(cambist_flags INTERFACE -fPIE -fno-plt)
target_link_options(cambist_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
if(CAMBIST_SANITIZE)
    target_compile_options(cambist_flags INTERFACE
        -fsanitize=${CAMBIST_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(cambist_flags INTERFACE -fsanitize=${CAMBIST_SANITIZE})
endif()
if(CAMBIST_COVERAGE)
    target_compile_options(cambist_flags INTERFACE --coverage)
    target_link_options(cambist_flags INTERFACE --coverage)
endif()
find_program(CAMBIST_MOLD mold)
if(CAMBIST_MOLD)
    target_link_options(cambist_flags INTERFACE -fuse-ld=mold)
endif()
find_program(CAMBIST_CCACHE ccache)
if(CAMBIST_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CAMBIST_CCACHE})
endif()
