# Configuration options: a cache variable each, and an entry in `configure_string` for the header.
#
# An option exists while its conditions hold. `configure_string` belongs to the caller, who empties
# it before the first option and hands it to add_config_library() after the last. It has one line
# per C name, with a tab between the fields:
#
#   on NAME          off NAME         switches
#   text NAME TEXT                    a value that is known now
#   value NAME VAR   quoted NAME VAR  the value that VAR has when the header is written; as is, or
#                                     as a C string
cmake_minimum_required(VERSION 3.19)

# Sets `result` to whether every one of the conditions (CMake expressions, a list) holds.
macro(sel4ux_conditions result)
    set(${result} ON)
    foreach(sel4ux_condition ${ARGN})
        cmake_language(EVAL CODE "
            if(NOT (${sel4ux_condition}))
                set(${result} OFF)
            endif()")
    endforeach()
endmacro()

# Adds one line to the caller's `configure_string`.
macro(sel4ux_config_line kind name)
    string(APPEND configure_string "${kind}\t${name}\t${ARGN}\n")
endmacro()

macro(sel4ux_config_switch name variable)
    if(${variable})
        sel4ux_config_line(on ${name})
    else()
        sel4ux_config_line(off ${name})
    endif()
endmacro()

# A person sees the option, unless the project hides all of them behind "advanced".
macro(sel4ux_option_visible option)
    if(SEL4_CONFIG_DEFAULT_ADVANCED)
        mark_as_advanced(${option})
    endif()
endmacro()

# config_option(VARIABLE C_NAME "about" DEFAULT x [DEPENDS conditions] [DEFAULT_DISABLED x])
#
# A switch. It starts anew from its default each time that its conditions begin to hold.
function(config_option option name about)
    cmake_parse_arguments(PARSE_ARGV 3 arg "" "DEFAULT;DEFAULT_DISABLED;DEPENDS" "")
    if(DEFINED arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "config_option(${option}): unknown '${arg_UNPARSED_ARGUMENTS}'")
    endif()
    sel4ux_conditions(exists ${arg_DEPENDS})
    if(exists)
        set(value "${arg_DEFAULT}")
        if(DEFINED ${option} AND NOT DEFINED ${option}_DISABLED)
            set(value "${${option}}")
        endif()
        unset(${option}_DISABLED CACHE)
        set(${option} "${value}" CACHE BOOL "${about}" FORCE)
        sel4ux_option_visible(${option})
    else()
        if("${arg_DEFAULT_DISABLED}" STREQUAL "")
            set(arg_DEFAULT_DISABLED "${arg_DEFAULT}")
        endif()
        set(${option} "${arg_DEFAULT_DISABLED}" CACHE INTERNAL "${about}" FORCE)
        set(${option}_DISABLED TRUE CACHE INTERNAL "" FORCE)
    endif()
    sel4ux_config_switch(${name} ${option})
    set(configure_string "${configure_string}" PARENT_SCOPE)
endfunction()

# config_string(VARIABLE C_NAME "about" DEFAULT x [DEPENDS conditions] [DEFAULT_DISABLED x]
#               [UNQUOTE] [UNDEF_DISABLED])
#
# A number or a text. UNQUOTE: not a C string in the header. UNDEF_DISABLED: while the conditions
# do not hold there is neither variable nor entry.
function(config_string option name about)
    cmake_parse_arguments(PARSE_ARGV 3 arg "UNQUOTE;UNDEF_DISABLED"
        "DEFAULT;DEFAULT_DISABLED;DEPENDS" "")
    if(DEFINED arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "config_string(${option}): unknown '${arg_UNPARSED_ARGUMENTS}'")
    endif()
    if("${arg_DEFAULT}" STREQUAL "")
        message(FATAL_ERROR "config_string(${option}): a DEFAULT is missing")
    endif()
    sel4ux_conditions(exists ${arg_DEPENDS})
    if(exists)
        set(force)
        if(${option}_UNAVAILABLE)
            set(force FORCE)
            unset(${option}_UNAVAILABLE CACHE)
        endif()
        set(${option} "${arg_DEFAULT}" CACHE STRING "${about}" ${force})
        sel4ux_option_visible(${option})
    else()
        set(${option}_UNAVAILABLE ON CACHE INTERNAL "" FORCE)
        if(arg_UNDEF_DISABLED)
            unset(${option} CACHE)
            return()
        endif()
        if("${arg_DEFAULT_DISABLED}" STREQUAL "")
            set(arg_DEFAULT_DISABLED "${arg_DEFAULT}")
        endif()
        set(${option} "${arg_DEFAULT_DISABLED}" CACHE INTERNAL "" FORCE)
    endif()
    if(arg_UNQUOTE)
        sel4ux_config_line(value ${name} ${option})
    else()
        sel4ux_config_line(quoted ${name} ${option})
    endif()
    set(configure_string "${configure_string}" PARENT_SCOPE)
endfunction()

# config_choice(VARIABLE C_NAME "about" "value;VARIABLE;C_NAME[;condition...]"...)
#
# One of several values, each with a switch of its own. The first that exists is the default, and
# takes the place of a value that does not exist.
function(config_choice option name about)
    math(EXPR last "${ARGC} - 1")
    set(every)
    set(possible)
    foreach(n RANGE 3 ${last})
        set(conditions "${ARGV${n}}")
        list(POP_FRONT conditions value)
        list(REMOVE_AT conditions 0 1)
        sel4ux_conditions(exists_${n} ${conditions})
        list(APPEND every "${value}")
        if(exists_${n})
            list(APPEND possible "${value}")
        endif()
    endforeach()

    set(chosen "${${option}}")
    set(force)
    if(NOT "${chosen}" IN_LIST possible)
        set(chosen)
        list(LENGTH possible count)
        if(count)
            list(GET possible 0 chosen)
        endif()
        set(force FORCE)
    endif()

    foreach(n RANGE 3 ${last})
        list(GET ARGV${n} 0 value)
        list(GET ARGV${n} 1 switch)
        list(GET ARGV${n} 2 switch_name)
        if(NOT exists_${n})
            unset(${switch} CACHE)
            sel4ux_config_line(off ${switch_name})
            continue()
        endif()
        if(value STREQUAL chosen)
            set(${switch} ON CACHE INTERNAL "" FORCE)
        else()
            set(${switch} OFF CACHE INTERNAL "" FORCE)
        endif()
        sel4ux_config_switch(${switch_name} ${switch})
    endforeach()

    if(possible)
        set(${option} "${chosen}" CACHE STRING "${about}" ${force})
        set_property(CACHE ${option} PROPERTY STRINGS ${possible})
        sel4ux_option_visible(${option})
        sel4ux_config_line(value ${name} ${option})
    else()
        unset(${option} CACHE)
    endif()
    set(${option}_all_strings ${every} CACHE INTERNAL "" FORCE)
    set(configure_string "${configure_string}" PARENT_SCOPE)
endfunction()

# config_set(VARIABLE C_NAME value): an entry that a person does not choose. ON and OFF are switches,
# anything else is a text.
macro(config_set option name value)
    set(${option} "${value}" CACHE INTERNAL "" FORCE)
    if("${value}" STREQUAL "ON")
        sel4ux_config_line(on ${name})
    elseif("${value}" STREQUAL "OFF")
        sel4ux_config_line(off ${name})
    else()
        sel4ux_config_line(text ${name} "${value}")
    endif()
endmacro()
