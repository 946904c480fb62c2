# cambist_migrations(<module>): embeds migrations/<number>_<name>.sql of the module's folder, in order
# of their numbers, as `std::span<const Migration> cambist::<module>::migrations()`.
function(cambist_migrations module)
    set(rows "")
    file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
    list(SORT migrations)
    foreach(migration ${migrations})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration})
        file(READ ${migration} text)
        get_filename_component(name ${migration} NAME)
        string(REGEX MATCH "^[0-9]+" digits ${name})
        math(EXPR number "1${digits} - 10000")
        string(APPEND rows "    {${number}, R\"sql(${text})sql\"},\n")
    endforeach()
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/migrations.cc @ONLY CONTENT
"#include \"${module}/migrate.h\"

namespace cambist::${module} {
namespace {

constexpr Migration kMigrations[] = {
${rows}};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

}  // namespace cambist::${module}
")
    target_sources(cambist_${module} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/migrations.cc)
endfunction()
