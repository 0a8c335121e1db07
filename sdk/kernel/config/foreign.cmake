# What a project may ask for and sel4ux does not have: refused with the reason and a way out.
#
# Programs that read gen_config.json expect the switches of other machines in it, as false; they are
# listed here, and nothing else is known of them.

set(SEL4UX_FOREIGN_MACHINE
    ARCH_AARCH32 ARCH_AARCH64 ARCH_ARM_HYP ARCH_RISCV32 ARCH_RISCV64 ARCH_IA32 ARCH_ARM ARCH_RISCV
    ARM_CORTEX_A7 ARM_CORTEX_A8 ARM_CORTEX_A9 ARM_CORTEX_A15 ARM_CORTEX_A35 ARM_CORTEX_A53
    ARM_CORTEX_A55 ARM_CORTEX_A57 ARM_CORTEX_A72 ARM_CORTEX_A76
    ARCH_ARM_V7A ARCH_ARM_V7VE ARCH_ARM_V8A AARCH64_SERROR_IGNORE
    PLAT_ALLWINNERA20 PLAT_AM335X PLAT_APQ8064 PLAT_ARIANE PLAT_BANANAPIF3 PLAT_BCM2711 PLAT_BCM2712
    PLAT_BCM2837 PLAT_CHESHIRE PLAT_EXYNOS4 PLAT_EXYNOS5 PLAT_FVP PLAT_HIFIVE PLAT_HIFIVE_P550
    PLAT_HIKEY PLAT_IMX6 PLAT_IMX7 PLAT_IMX7_SABRE PLAT_IMX8MM_EVK PLAT_IMX8MP_EVK PLAT_IMX8MQ_EVK
    PLAT_IMX93 PLAT_MAAXBOARD PLAT_ODROIDC2 PLAT_ODROIDC4 PLAT_OMAP3 PLAT_POLARFIRE
    PLAT_QEMU_ARM_VIRT PLAT_QEMU_RISCV_VIRT PLAT_QUARTZ64 PLAT_RK3568 PLAT_ROCKETCHIP
    PLAT_ROCKPRO64 PLAT_SPIKE PLAT_STAR64 PLAT_STM32MP2 PLAT_TK1 PLAT_TQMA8XQP1GB PLAT_TX1 PLAT_TX2
    PLAT_ZYNQ7000 PLAT_ZYNQMP)

# Enters switches that are off for good.
macro(sel4ux_foreign_switches)
    foreach(sel4ux_switch IN ITEMS ${ARGN})
        sel4ux_config_line(off ${sel4ux_switch})
    endforeach()
endmacro()

# Stops with "sel4ux: ...", and how the project goes on.
function(sel4ux_refuse problem remedy)
    message(FATAL_ERROR "sel4ux: ${problem}.\n${remedy}")
endfunction()

function(sel4ux_refuse_foreign_machine)
    set(remedy "sel4ux runs seL4 systems for the platform pc99 in its architecture x86_64. Configure \
with -DPLATFORM=x86_64, or with -DKernelPlatform=pc99 -DKernelSel4Arch=x86_64 where the project \
sets those itself, in an empty build folder.")
    if(NOT "${KernelPlatform}" MATCHES "^(pc99)?$")
        sel4ux_refuse("there is no platform '${KernelPlatform}'" "${remedy}")
    endif()
    if(NOT "${KernelSel4Arch}" MATCHES "^(x86_64)?$")
        sel4ux_refuse("there is no architecture '${KernelSel4Arch}'" "${remedy}")
    endif()
    if(NOT "${KernelArch}" MATCHES "^(x86)?$")
        sel4ux_refuse("there is no architecture '${KernelArch}'" "${remedy}")
    endif()
endfunction()

# Options that exist, with values that cannot be had here. After all options are set.
function(sel4ux_refuse_foreign_options)
    if(KernelVTX)
        sel4ux_refuse("KernelVTX is on, but a machine has no virtualisation of CPUs (VT-x)"
            "Configure with -DKernelVTX=OFF. Virtual machine monitors need real hardware or QEMU.")
    endif()
    if(KernelDangerousCodeInjection)
        sel4ux_refuse("KernelDangerousCodeInjection is on, but there is no kernel mode to run code in"
            "Configure with -DKernelDangerousCodeInjection=OFF.")
    endif()
    if(KernelLogBuffer)
        sel4ux_refuse("KernelBenchmarks is ${KernelBenchmarks}, but seL4 for x86_64 has no log"
            "Configure with -DKernelBenchmarks=none, generic or track_utilisation.")
    endif()
    if(NOT KernelX86SyscallSyscall)
        sel4ux_refuse("KernelSyscall is ${KernelSyscall}, but a machine has no sysenter"
            "Configure with -DKernelSyscall=syscall.")
    endif()
endfunction()
