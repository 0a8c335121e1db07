# The servers, each a program of its own, and how a root task carries them.
#
#   sel4ux_servers(OUT FORM CONFIG NAME...)
#
# puts "servers/NAME=FILE" for each into ${OUT}, for tools/mkarchive.py. A server is a folder here;
# its sources are all that lies in it but what clients are linked with (client.c).

set(SEL4UX_SERVERS ${CMAKE_CURRENT_LIST_DIR})
set(SEL4UX_SERVER_NAMES console file block timer random net)
# What a root task that manages servers is linked with.
set(SEL4UX_MANAGER ${SEL4UX_SERVERS}/lib/manager.c ${SEL4UX_SERVERS}/lib/standard.c
    ${SEL4UX_SERVERS}/lib/network.c)
set(SEL4UX_SERVER_CLIENT ${SEL4UX_SERVERS}/lib/client.c ${SEL4UX_SERVERS}/console/client.c
    ${SEL4UX_SERVERS}/file/client.c ${SEL4UX_SERVERS}/net/client.c)

foreach(form IN LISTS SEL4UX_GUEST_FORMS)
    foreach(config ${SEL4UX_GUEST_CONFIGS})
        foreach(name ${SEL4UX_SERVER_NAMES})
            file(GLOB sources CONFIGURE_DEPENDS ${SEL4UX_SERVERS}/${name}/*.c
                ${SEL4UX_SERVERS}/${name}/*/*.c)
            list(FILTER sources EXCLUDE REGEX "/client.c$")
            sel4ux_guest_program(${SEL4UX_GUEST_DIR}/${form}lib/${config}/servers/${name}
                server-${name} "${form}" ${config} CHILD
                SOURCES ${sources} ${SEL4UX_SERVERS}/lib/server.c)
        endforeach()
    endforeach()
endforeach()

function(sel4ux_servers out form config)
    set(entries)
    foreach(name ${ARGN})
        list(APPEND entries
            servers/${name}=${SEL4UX_GUEST_DIR}/${form}lib/${config}/servers/${name})
    endforeach()
    set(${out} ${entries} PARENT_SCOPE)
endfunction()

# An archive of NAME=FILE entries; its file in ${out}.
function(sel4ux_archive out file)
    set(files ${ARGN})
    list(TRANSFORM files REPLACE "^[^=]*=" "")
    add_custom_command(OUTPUT ${file}
        COMMAND ${Python3_EXECUTABLE} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py ${file} ${ARGN}
        DEPENDS ${files} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py
        VERBATIM)
    set(${out} ${file} PARENT_SCOPE)
endfunction()

# A root task NAME that carries servers (all by default) and one client program, in all forms. Its own
# output takes the place of the runtime's console.c unless CONSOLE is given.
#
#   sel4ux_add_served_guest(NAME SOURCES file... CLIENT file... [CONSOLE] [SERVERS name...]
#                           [CONFIGS config...])
function(sel4ux_add_served_guest name)
    cmake_parse_arguments(ARG "CONSOLE" "" "SOURCES;CLIENT;SERVERS;CONFIGS" ${ARGN})
    if(NOT ARG_SERVERS)
        set(ARG_SERVERS ${SEL4UX_SERVER_NAMES})
    endif()
    if(NOT ARG_CONFIGS)
        set(ARG_CONFIGS ${SEL4UX_GUEST_CONFIGS})
    endif()
    set(outputs)
    foreach(form IN LISTS SEL4UX_GUEST_FORMS)
        foreach(config ${ARG_CONFIGS})
            set(folder ${SEL4UX_GUEST_DIR}/${form})
            set(client ${folder}lib/${config}/${name}-client.elf)
            sel4ux_guest_program(${client} ${name}-client "${form}" ${config} CHILD
                SOURCES ${ARG_CLIENT} ${SEL4UX_SERVER_CLIENT} OPTIONS -I${SEL4UX_SERVERS})
            sel4ux_servers(entries "${form}" ${config} ${ARG_SERVERS})
            sel4ux_archive(archive ${folder}lib/${config}/${name}.cpio client=${client} ${entries})
            set(output ${folder}${config}/images/${name}.elf)
            if(config STREQUAL debug)
                set(output ${folder}${name}.elf)
            endif()
            if(NOT ARG_CONSOLE)
                set(SEL4UX_GUEST_${form}OF_ROOT_${config}
                    ${SEL4UX_GUEST_${form}OF_ROOT_${config}})
                list(FILTER SEL4UX_GUEST_${form}OF_ROOT_${config} EXCLUDE REGEX "/console.c.o$")
            endif()
            sel4ux_guest_program(${output} ${name} "${form}" ${config} ROOT
                SOURCES ${ARG_SOURCES} ${SEL4UX_MANAGER} ${SEL4UX_SERVER_CLIENT}
                    ${SEL4UX_GUEST_ROOT}/apps/lib/archive.S
                OPTIONS "-DGUEST_ARCHIVE=\"${archive}\"" -I${SEL4UX_SERVERS} DEPENDS ${archive})
            list(APPEND outputs ${output})
        endforeach()
    endforeach()
    add_custom_target(guest-${name} DEPENDS ${outputs})
    add_dependencies(guests guest-${name})
endfunction()

sel4ux_add_served_guest(servers
    SOURCES ${SEL4UX_SERVERS}/demo/main.c ${SEL4UX_SERVERS}/demo/stress.c
        ${SEL4UX_SERVERS}/demo/output.c
    CLIENT ${SEL4UX_SERVERS}/demo/client.c ${SEL4UX_SERVERS}/demo/commands.c
        ${SEL4UX_SERVERS}/demo/victim.c ${SEL4UX_SERVERS}/demo/hostile.c
        ${SEL4UX_SERVERS}/lib/crc.c)
