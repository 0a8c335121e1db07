# The SDK, from outside.
add_test(NAME sdk.programs COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/sdk/test_sdk.py ${CMAKE_BINARY_DIR})
set_tests_properties(sdk.programs PROPERTIES TIMEOUT 300)

# Guests of the link form, started as the Linux executables that they are.
foreach(image hello process release/images/hello mcs-debug/images/conform_mcs_contexts)
    get_filename_component(name ${image} NAME)
    set(golden ${name}.txt)
    if(image MATCHES "^mcs-")
        set(golden ${name}.mcs.txt)
    endif()
    string(REGEX REPLACE "/images/.*" "" config ${image})
    add_test(NAME sdk.start.${name}.${config}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/guest/transcript.py check
            ${CMAKE_CURRENT_SOURCE_DIR}/golden/${golden} --
            ${CMAKE_BINARY_DIR}/guests/link/${image}.elf)
    set_tests_properties(sdk.start.${name}.${config} PROPERTIES TIMEOUT 90)
endforeach()
