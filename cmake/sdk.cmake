# The SDK: what sel4ux-cc, pkg-config and find_package(sel4ux) give to seL4 programs.
#
# It is a folder that works where it stands, build/sdk, and that `cmake --install` copies into the
# prefix: include/sel4ux, lib/sel4ux/CONFIG with the libraries of each configuration, and
# share/sel4ux with what sel4ux-cc needs to make those of another configuration. sel4ux-cc itself
# compiles them: one recipe for all.
include(GNUInstallDirs)

set(SEL4UX_SDK ${CMAKE_BINARY_DIR}/sdk)
set(SEL4UX_SDK_CONFIGS debug release mcs-debug mcs-release debug-api)
set(SEL4UX_CC ${CMAKE_BINARY_DIR}/sel4ux-cc)

# Files of the source tree, and where they are in the SDK; a folder at a time.
set(SDK_FILES)
macro(sel4ux_sdk_files from to)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/${from}
        ${CMAKE_SOURCE_DIR}/${from}/${ARGN})
    set(folders)
    foreach(file ${found})
        get_filename_component(folder ${to}/${file} DIRECTORY)
        list(APPEND folders ${folder})
        list(APPEND SDK_FROM_${folder} ${CMAKE_SOURCE_DIR}/${from}/${file})
        list(APPEND SDK_TO_${folder} ${SEL4UX_SDK}/${to}/${file})
    endforeach()
    list(REMOVE_DUPLICATES folders)
    foreach(folder ${folders})
        file(MAKE_DIRECTORY ${SEL4UX_SDK}/${folder})
        add_custom_command(OUTPUT ${SDK_TO_${folder}}
            COMMAND ${CMAKE_COMMAND} -E copy ${SDK_FROM_${folder}} ${SEL4UX_SDK}/${folder}
            DEPENDS ${SDK_FROM_${folder}} VERBATIM)
        list(APPEND SDK_FILES ${SDK_TO_${folder}})
    endforeach()
endmacro()
sel4ux_sdk_files(include include/sel4ux *.h)
sel4ux_sdk_files(abi share/sel4ux/abi *.json)
sel4ux_sdk_files(tools share/sel4ux/tools abi*.py)
sel4ux_sdk_files(lib share/sel4ux/lib *.[chS])
sel4ux_sdk_files(apps/lib share/sel4ux/apps/lib *.[chSl]*)
sel4ux_sdk_files(src/hosted share/sel4ux/src/hosted configuration.c)
sel4ux_sdk_files(src/abi share/sel4ux/src/abi config.h)
sel4ux_sdk_files(sdk/kernel share/sel4ux/kernel *)

# The script, beside sel4ux and in the SDK; as sel4ux-c++ it runs the C++ compiler.
set(SDK_PROGRAMS)
foreach(program ${SEL4UX_CC} ${CMAKE_BINARY_DIR}/sel4ux-c++ ${SEL4UX_SDK}/bin/sel4ux-cc
        ${SEL4UX_SDK}/bin/sel4ux-c++)
    get_filename_component(folder ${program} DIRECTORY)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${program}
        COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/tools/sel4ux-cc.py ${program}
        DEPENDS ${CMAKE_SOURCE_DIR}/tools/sel4ux-cc.py VERBATIM)
    list(APPEND SDK_PROGRAMS ${program})
endforeach()

set(SDK_LIBRARIES)
foreach(config ${SEL4UX_SDK_CONFIGS})
    set(folder ${SEL4UX_SDK}/lib/sel4ux/${config})
    set(made ${folder}/hosted.o)
    set(monitor)
    if(TARGET sel4ux)
        list(APPEND made ${folder}/libsel4.a ${folder}/libsel4ux-runtime.a)
        set(monitor --monitor $<TARGET_FILE:sel4ux>)
    endif()
    add_custom_command(OUTPUT ${made}
        COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER} ${Python3_EXECUTABLE} -B ${SEL4UX_CC}
            --make-config ${folder} --config ${config} ${monitor}
        DEPENDS ${SDK_FILES} ${SDK_PROGRAMS}
        COMMENT "SDK: ${config}" VERBATIM)
    list(APPEND SDK_LIBRARIES ${made})
endforeach()
foreach(file ${SEL4UX_HOSTED_LIBRARY} ${SEL4UX_HOSTED_MARKS})
    get_filename_component(name ${file} NAME)
    add_custom_command(OUTPUT ${SEL4UX_SDK}/lib/sel4ux/${name}
        COMMAND ${CMAKE_COMMAND} -E copy ${file} ${SEL4UX_SDK}/lib/sel4ux/${name}
        DEPENDS ${file} VERBATIM)
    list(APPEND SDK_LIBRARIES ${SEL4UX_SDK}/lib/sel4ux/${name})
endforeach()

foreach(file lib/pkgconfig/sel4ux.pc lib/cmake/sel4ux/sel4ux-config.cmake
        lib/cmake/sel4ux/sel4ux-config-version.cmake)
    get_filename_component(name ${file} NAME)
    configure_file(${CMAKE_SOURCE_DIR}/cmake/sdk/${name}.in ${SEL4UX_SDK}/${file} @ONLY)
endforeach()

add_custom_target(sdk ALL DEPENDS ${SDK_FILES} ${SDK_PROGRAMS} ${SDK_LIBRARIES})

# The libraries name sel4ux's place, so they are made again where they are installed.
install(DIRECTORY ${SEL4UX_SDK}/ DESTINATION . USE_SOURCE_PERMISSIONS)
if(NOT TARGET sel4ux)
    return()
endif()
add_dependencies(sdk sel4ux)
install(CODE "
    set(ENV{CC} \"${CMAKE_C_COMPILER}\")
    foreach(config ${SEL4UX_SDK_CONFIGS})
        execute_process(
            COMMAND ${Python3_EXECUTABLE} -B
                \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/sel4ux-cc\"
                --make-config \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/sel4ux/\${config}\"
                --monitor \"\${CMAKE_INSTALL_PREFIX}/bin/sel4ux\"
            COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
")
