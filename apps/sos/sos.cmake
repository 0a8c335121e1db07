# SOS: a root task that carries an archive of programs, each in an ELF file of its own. The programs
# are built for configurations with and without MCS; debug and release kernels run the same.

set(SOS ${CMAKE_CURRENT_LIST_DIR})
set(SOS_PROGRAMS badcalls calc cat cp crash date echo echod frames free httpd kill ls mkdir mv nc ping
    ps rm shell sleep stress sum sync thrash time victim wc)
set(SOS_SERVERS block file net)
set(SOS_SOURCES_shell ${SOS}/programs/line.c)
set(SOS_SOURCES_httpd ${SOS}/programs/http.c)
set(SOS_SOURCES_sum ${SEL4UX_SERVERS}/lib/crc.c)
# What of the servers the root task is linked with: their manager, clients, and of the console's its
# line discipline and drivers.
set(SOS_SHARED ${SEL4UX_MANAGER} ${SEL4UX_SERVERS}/lib/client.c ${SEL4UX_SERVERS}/file/client.c
    ${SEL4UX_SERVERS}/console/discipline.c ${SEL4UX_SERVERS}/console/serial.c
    ${SEL4UX_SERVERS}/console/terminal.c)
file(GLOB SOS_LIB CONFIGURE_DEPENDS ${SOS}/lib/*.c)
file(GLOB SOS_ROOT CONFIGURE_DEPENDS ${SOS}/root/*.c)
file(GLOB SOS_HEADERS CONFIGURE_DEPENDS ${SOS}/*.h ${SOS}/*/*.h
    ${SEL4UX_SERVERS}/*/*.h)

# One file from sources and objects of the runtime, made anew when `needs` change; flags in ARGN.
function(sos_link output form config objects sources needs)
    get_filename_component(folder ${output} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    sel4ux_guest_shared(sources "${form}" ${config} ${sources})
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_C_COMPILER} ${SEL4UX_GUEST_FORM_${form}} ${SEL4UX_GUEST_FLAGS}
            -I${SEL4UX_GUEST_GEN}/guest/${config} -I${SOS} -I${SEL4UX_SERVERS} ${ARGN} -nostdlib
            ${sources} ${objects} -o ${output}
        DEPENDS ${sources} ${objects} ${needs} ${SOS_HEADERS} ${SEL4UX_GUEST_${form}LIB_${config}}
            ${SEL4UX_GUEST_ROOT}/apps/lib/guest.ld ${SEL4UX_GUEST_HEADERS}
        VERBATIM)
endfunction()

# The archive of programs in one form.
function(sos_archive archive form config)
    set(folder ${SEL4UX_GUEST_DIR}/${form}lib/${config}/sos)
    set(entries motd=${SOS}/motd)
    set(objects ${SEL4UX_GUEST_${form}COMMON_${config}})
    list(FILTER objects EXCLUDE REGEX "/(start.S|tls.c).o$")
    sos_link(${folder}/libsos.o "${form}" ${config} "" "${SOS_LIB}" "" -I${SOS}/lib -r)
    list(APPEND objects ${folder}/libsos.o)
    foreach(program ${SOS_PROGRAMS})
        sos_link(${folder}/${program} "${form}" ${config} "${objects}"
            "${SOS}/programs/${program}.c;${SOS_SOURCES_${program}}" ""
            -I${SOS}/lib ${SEL4UX_GUEST_LINK} -Wl,--strip-debug)
        list(APPEND entries ${program}=${folder}/${program})
    endforeach()
    sel4ux_servers(servers "${form}" ${config} ${SOS_SERVERS})
    sel4ux_archive(${archive} ${entries} ${servers})
endfunction()

# The root task, for sel4ux_guest_images; its own console.c takes the place of the runtime's.
function(sos_image out name form config)
    string(REPLACE release debug programs ${config})
    set(archive ${SEL4UX_GUEST_DIR}/${form}lib/${programs}/sos.cpio)
    if(config STREQUAL programs)
        sos_archive(${archive} "${form}" ${config})
    endif()
    set(objects ${SEL4UX_GUEST_${form}COMMON_${config}} ${SEL4UX_GUEST_${form}OF_ROOT_${config}})
    list(FILTER objects EXCLUDE REGEX "/console.c.o$")
    set(entry)
    if(form)
        set(entry -Wl,-e,_sel4ux_start)
    endif()
    sel4ux_guest_image_path(path ${name} "${form}" ${config})
    sos_link(${SEL4UX_GUEST_DIR}/${path} "${form}" ${config} "${objects}"
        "${SOS_ROOT};${SOS_SHARED};${SEL4UX_GUEST_ROOT}/apps/lib/archive.S" "${archive}"
        ${SEL4UX_GUEST_LINK} ${entry} -I${SOS}/root "-DGUEST_ARCHIVE=\"${archive}\"")
    set(${out} ${path} PARENT_SCOPE)
endfunction()

sel4ux_guest_images(sos_image sos
    "debug;link/debug;release;mcs-debug;link/mcs-debug;mcs-release" "")
