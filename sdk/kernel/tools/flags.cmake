# Adds the compiler and linker flags of the configured machine to those of the including folder, so
# that everything in the system is compiled for the same CPU. The kernel's CMakeLists.txt sets BASE_*.

foreach(language IN ITEMS C CXX ASM)
    string(APPEND CMAKE_${language}_FLAGS " ${BASE_${language}_FLAGS}")
endforeach()
string(APPEND CMAKE_EXE_LINKER_FLAGS " ${BASE_EXE_LINKER_FLAGS}")
