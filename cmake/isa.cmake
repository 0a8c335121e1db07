# The processor that everything is built for. What depends on it lies in folders of its name: a list
# of sources is a list of all of them, less the folders of the others.
set(SEL4UX_ISAS x86_64 aarch64)
string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" SEL4UX_ISA)
string(REGEX REPLACE "^amd64$" "x86_64" SEL4UX_ISA "${SEL4UX_ISA}")
string(REGEX REPLACE "^arm64$" "aarch64" SEL4UX_ISA "${SEL4UX_ISA}")
if(NOT SEL4UX_ISA IN_LIST SEL4UX_ISAS)
    message(FATAL_ERROR "sel4ux builds for ${SEL4UX_ISAS}, not for ${CMAKE_SYSTEM_PROCESSOR}")
endif()

function(sel4ux_of_isa list)
    set(sources ${${list}})
    foreach(isa ${SEL4UX_ISAS})
        if(NOT isa STREQUAL SEL4UX_ISA)
            list(FILTER sources EXCLUDE REGEX "/${isa}/[^/]*$")
        endif()
    endforeach()
    set(${list} ${sources} PARENT_SCOPE)
endfunction()
