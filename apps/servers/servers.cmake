# The servers, each a program of its own, and how a root task carries them.
#
#   sel4ux_servers(OUT FORM CONFIG NAME...)
#
# puts "servers/NAME=FILE" for each into ${OUT}, for tools/mkarchive.py. A server is a folder here;
# its sources are all that lies in it but what clients are linked with (client.c). Servers and their
# clients are built for debug kernels without MCS and with it; release kernels run the same.

set(SEL4UX_SERVERS ${CMAKE_CURRENT_LIST_DIR})
set(SEL4UX_SERVER_NAMES console file block timer random net)
# What a root task that manages servers is linked with.
set(SEL4UX_MANAGER ${SEL4UX_SERVERS}/lib/manager.c ${SEL4UX_SERVERS}/lib/standard.c
    ${SEL4UX_SERVERS}/lib/network.c ${SEL4UX_SERVERS}/lib/guard.c)
set(SEL4UX_SERVER_CLIENT ${SEL4UX_SERVERS}/lib/client.c ${SEL4UX_SERVERS}/console/client.c
    ${SEL4UX_SERVERS}/file/client.c ${SEL4UX_SERVERS}/net/client.c)

sel4ux_guest_share(${SEL4UX_MANAGER} ${SEL4UX_SERVER_CLIENT} ${SEL4UX_SERVERS}/lib/server.c
    ${SEL4UX_SERVERS}/lib/crc.c ${SEL4UX_SERVERS}/console/discipline.c
    ${SEL4UX_SERVERS}/console/serial.c
    ${SEL4UX_SERVERS}/console/terminal.c)

foreach(form IN LISTS SEL4UX_GUEST_FORMS)
    foreach(config debug mcs-debug)
        foreach(name ${SEL4UX_SERVER_NAMES})
            file(GLOB sources CONFIGURE_DEPENDS ${SEL4UX_SERVERS}/${name}/*.c
                ${SEL4UX_SERVERS}/${name}/*/*.c)
            list(FILTER sources EXCLUDE REGEX "/client.c$")
            sel4ux_guest_program(${SEL4UX_GUEST_DIR}/${form}lib/${config}/servers/${name}
                "${form}" ${config} CHILD SOURCES ${sources} ${SEL4UX_SERVERS}/lib/server.c)
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

# An archive of NAME=FILE entries.
function(sel4ux_archive file)
    set(files ${ARGN})
    list(TRANSFORM files REPLACE "^[^=]*=" "")
    add_custom_command(OUTPUT ${file}
        COMMAND ${Python3_EXECUTABLE} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py ${file} ${ARGN}
        DEPENDS ${files} ${SEL4UX_GUEST_ROOT}/tools/mkarchive.py
        VERBATIM)
endfunction()

# A root task NAME that carries servers (all by default) and one client program, for KERNELS. Its own
# output takes the place of the runtime's console.c unless CONSOLE is given.
#
#   sel4ux_add_served_guest(NAME SOURCES file... CLIENT file... [CONSOLE] [SERVERS name...]
#                           KERNELS kernel... [ON_DEMAND kernel...])
function(sel4ux_add_served_guest name)
    cmake_parse_arguments(ARG "CONSOLE" "" "SOURCES;CLIENT;SERVERS;KERNELS;ON_DEMAND" ${ARGN})
    if(NOT ARG_SERVERS)
        set(ARG_SERVERS ${SEL4UX_SERVER_NAMES})
    endif()
    sel4ux_guest_images(sel4ux_served_image ${name} "${ARG_KERNELS}" "${ARG_ON_DEMAND}")
endfunction()

# For sel4ux_guest_images, of sel4ux_add_served_guest's arguments.
function(sel4ux_served_image out name form config)
    string(REPLACE release debug programs ${config})
    set(folder ${SEL4UX_GUEST_DIR}/${form}lib/${programs})
    if(config STREQUAL programs)
        sel4ux_guest_program(${folder}/${name}-client.elf "${form}" ${config} CHILD
            SOURCES ${ARG_CLIENT} ${SEL4UX_SERVER_CLIENT} OPTIONS -I${SEL4UX_SERVERS})
        sel4ux_servers(entries "${form}" ${config} ${ARG_SERVERS})
        sel4ux_archive(${folder}/${name}.cpio client=${folder}/${name}-client.elf ${entries})
    endif()
    if(NOT ARG_CONSOLE)
        list(FILTER SEL4UX_GUEST_${form}OF_ROOT_${config} EXCLUDE REGEX "/console.c.o$")
    endif()
    sel4ux_guest_image_path(path ${name} "${form}" ${config})
    sel4ux_guest_program(${SEL4UX_GUEST_DIR}/${path} "${form}" ${config} ROOT
        SOURCES ${ARG_SOURCES} ${SEL4UX_MANAGER} ${SEL4UX_SERVER_CLIENT}
            ${SEL4UX_GUEST_ROOT}/apps/lib/archive.S
        OPTIONS "-DGUEST_NAME=\"${name}\"" "-DGUEST_ARCHIVE=\"${folder}/${name}.cpio\""
            -I${SEL4UX_SERVERS}
        DEPENDS ${folder}/${name}.cpio)
    set(${out} ${path} PARENT_SCOPE)
endfunction()

sel4ux_add_served_guest(servers
    SOURCES ${SEL4UX_SERVERS}/demo/main.c ${SEL4UX_SERVERS}/demo/stress.c
        ${SEL4UX_SERVERS}/demo/output.c
    CLIENT ${SEL4UX_SERVERS}/demo/client.c ${SEL4UX_SERVERS}/demo/commands.c
        ${SEL4UX_SERVERS}/demo/victim.c ${SEL4UX_SERVERS}/demo/hostile.c
        ${SEL4UX_SERVERS}/lib/crc.c
    KERNELS debug link/debug release mcs-debug mcs-release)
