# Every guest under every engine, on the kernels that it is built for (cmake/guests.cmake), against what
# it printed on real seL4.
set(SEL4UX_GOLDEN ${CMAKE_CURRENT_SOURCE_DIR}/golden)
set(SEL4UX_TRANSCRIPT ${CMAKE_CURRENT_SOURCE_DIR}/guest/transcript.py)

# What a guest needs of the host beside the usual.
foreach(name bases bases.release forgotten.bases)
    set(SEL4UX_GUEST_NEEDS_${name} fsgsbase)
endforeach()

# `image` is relative to the guests' folder; engine `link` has its own form of it.
# What follows `golden` is more for the command.
function(sel4ux_guest_test_one engine name image golden)
    set(probe)
    if(DEFINED SEL4UX_GUEST_NEEDS_${engine}_${name})
        set(probe $<TARGET_FILE:host_probe> ${SEL4UX_GUEST_NEEDS_${engine}_${name}})
    elseif(DEFINED SEL4UX_GUEST_NEEDS_${name})
        set(probe $<TARGET_FILE:host_probe> ${SEL4UX_GUEST_NEEDS_${name}})
    endif()
    set(path ${CMAKE_BINARY_DIR}/guests/${image})
    if(engine STREQUAL link)
        set(path ${CMAKE_BINARY_DIR}/guests/link/${image})
    endif()
    add_test(NAME guest.${engine}.${name}
        COMMAND ${probe} ${Python3_EXECUTABLE} ${SEL4UX_TRANSCRIPT} check ${golden} --
            $<TARGET_FILE:sel4ux> run --engine ${engine} ${ARGN} ${path})
    set_tests_properties(guest.${engine}.${name} PROPERTIES
        TIMEOUT 90 LABELS "guest;${engine}" SKIP_RETURN_CODE 77)
endfunction()

# Every golden transcript has a test.
get_property(SEL4UX_IMAGES GLOBAL PROPERTY SEL4UX_GUEST_IMAGES)
function(sel4ux_guest_test name image golden)
    if(NOT image IN_LIST SEL4UX_IMAGES)
        message(FATAL_ERROR "${golden}: guests/${image} is not built")
    endif()
    foreach(engine trap patch ptrace link)
        if(NOT engine STREQUAL link OR link/${image} IN_LIST SEL4UX_IMAGES)
            sel4ux_guest_test_one(${engine} ${name} ${image} ${golden})
        endif()
    endforeach()
endfunction()

# NAME.txt is what NAME prints on a debug and on a release kernel, unless NAME.release.txt is there
# for the latter; the same with NAME.mcs.txt and NAME.mcs-release.txt. NAME.debug-api.txt is for a
# debug kernel with the hardware debug API and four domains, NAME.bench.txt for one that tracks
# utilisation and has 64 priorities, NAME.mcs-smp.txt for one with MCS and up to four nodes.
function(sel4ux_golden_tests name debug debug_suffix release release_suffix)
    set(golden ${SEL4UX_GOLDEN}/${name}${debug_suffix}.txt)
    sel4ux_guest_test(${name}${debug_suffix} ${debug}${name}.elf ${golden})
    set(image ${release}/images/${name}.elf)
    if(EXISTS ${SEL4UX_GOLDEN}/${name}${release_suffix}.txt)
        set(golden ${SEL4UX_GOLDEN}/${name}${release_suffix}.txt)
    elseif(NOT image IN_LIST SEL4UX_IMAGES)
        return()
    endif()
    sel4ux_guest_test(${name}${release_suffix} ${image} ${golden})
endfunction()

file(GLOB goldens CONFIGURE_DEPENDS ${SEL4UX_GOLDEN}/*.txt)
foreach(golden ${goldens})
    get_filename_component(name ${golden} NAME_WE)
    get_filename_component(extension ${golden} EXT)
    if(extension STREQUAL ".txt")
        sel4ux_golden_tests(${name} "" "" release .release)
    elseif(extension STREQUAL ".mcs.txt")
        sel4ux_golden_tests(${name} mcs-debug/images/ .mcs mcs-release .mcs-release)
    elseif(extension STREQUAL ".debug-api.txt")
        sel4ux_guest_test(${name}.debug-api debug-api/images/${name}.elf ${golden})
    elseif(extension MATCHES "^\\.(bench|mcs-smp)\\.txt$")
        set(kernel ${CMAKE_MATCH_1})
        sel4ux_guest_test(${name}.${kernel} ${kernel}/images/${name}.elf ${golden})
    endif()
endforeach()

# A kernel that uses the PIC.
foreach(engine trap patch ptrace link)
    sel4ux_guest_test_one(${engine} isairqs isairqs.elf ${SEL4UX_GOLDEN}/isairqs.pic.txt
        --set IRQ_PIC=true)
endforeach()

# A root task that its linker made position-independent: seL4's boot code puts it where it says.
add_custom_command(OUTPUT ${SEL4UX_GUEST_DIR}/hello_pie.elf
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/guest/as_pie.py
        ${SEL4UX_GUEST_DIR}/hello.elf ${SEL4UX_GUEST_DIR}/hello_pie.elf
    DEPENDS ${SEL4UX_GUEST_DIR}/hello.elf ${CMAKE_CURRENT_SOURCE_DIR}/guest/as_pie.py
    VERBATIM)
add_custom_target(guests-hello_pie ALL DEPENDS ${SEL4UX_GUEST_DIR}/hello_pie.elf)
foreach(engine trap patch ptrace)
    sel4ux_guest_test_one(${engine} pie.hello hello_pie.elf ${SEL4UX_GOLDEN}/hello.txt)
endforeach()

# A host whose debug registers don't work, on one that has them.
foreach(engine trap patch ptrace link)
    sel4ux_guest_test_one(${engine} emulated.breakpoints debug-api/images/breakpoints.elf
        ${SEL4UX_GOLDEN}/breakpoints.debug-api.txt)
    set_property(TEST guest.${engine}.emulated.breakpoints APPEND PROPERTY
        ENVIRONMENT SEL4UX_BREAKPOINTS=emulated)
endforeach()

# What a lesser host has of FSGSBASE (docs/adr/0002): wherever a thread's FS or GS base matters.
foreach(bases forgotten none)
    foreach(name fpustate ipc registers sites text tls vspaces)
        foreach(engine trap patch)
            sel4ux_guest_test_one(${engine} ${bases}.${name} ${name}.elf ${SEL4UX_GOLDEN}/${name}.txt)
            set_property(TEST guest.${engine}.${bases}.${name} APPEND PROPERTY
                ENVIRONMENT SEL4UX_FSGSBASE=${bases})
        endforeach()
    endforeach()
endforeach()
foreach(engine trap patch ptrace link)
    foreach(name bases reload remap)
        sel4ux_guest_test_one(${engine} forgotten.${name} ${name}.elf ${SEL4UX_GOLDEN}/${name}.txt)
        set_property(TEST guest.${engine}.forgotten.${name} APPEND PROPERTY
            ENVIRONMENT SEL4UX_FSGSBASE=forgotten)
    endforeach()
endforeach()
