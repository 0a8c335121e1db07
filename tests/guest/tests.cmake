# Every guest under every engine, debug and release, against what it printed on real seL4.
set(SEL4UX_GOLDEN ${CMAKE_CURRENT_SOURCE_DIR}/golden)
set(SEL4UX_TRANSCRIPT ${CMAKE_CURRENT_SOURCE_DIR}/guest/transcript.py)

function(sel4ux_guest_test name image golden)
    foreach(engine trap ptrace)
        add_test(NAME guest.${engine}.${name}
            COMMAND ${Python3_EXECUTABLE} ${SEL4UX_TRANSCRIPT} check ${golden} --
                $<TARGET_FILE:sel4ux> run --engine ${engine} ${image})
        set_tests_properties(guest.${engine}.${name} PROPERTIES
            TIMEOUT 90 LABELS "guest;${engine}")
    endforeach()
endfunction()

file(GLOB goldens CONFIGURE_DEPENDS ${SEL4UX_GOLDEN}/*.txt)
foreach(golden ${goldens})
    get_filename_component(name ${golden} NAME_WE)
    get_filename_component(extension ${golden} EXT)
    if(extension STREQUAL ".txt")
        sel4ux_guest_test(${name} ${CMAKE_BINARY_DIR}/guests/${name}.elf ${golden})
        set(release ${golden})
        if(EXISTS ${SEL4UX_GOLDEN}/${name}.release.txt)
            set(release ${SEL4UX_GOLDEN}/${name}.release.txt)
        endif()
        sel4ux_guest_test(${name}.release ${CMAKE_BINARY_DIR}/guests/release/images/${name}.elf
            ${release})
    endif()
endforeach()
