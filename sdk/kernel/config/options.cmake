# The kernel's options that do not depend on the architecture. Names, defaults and conditions are
# seL4's; the text says what they mean on sel4ux, and "no effect" where a model of a kernel has
# nothing to change.

config_option(KernelIsMCS KERNEL_MCS "Mixed-criticality scheduling: scheduling contexts, replies"
    DEFAULT OFF)

# Boot and capability space.
config_string(KernelRootCNodeSizeBits ROOT_CNODE_SIZE_BITS
    "log2 of the number of slots in the root task's CNode, 7 to 26" DEFAULT 12 UNQUOTE)
config_string(KernelMaxNumBootinfoUntypedCaps MAX_NUM_BOOTINFO_UNTYPED_CAPS
    "Most untypeds that the boot info lists" DEFAULT 230 UNQUOTE)

# Scheduling.
config_string(KernelTimerTickMS TIMER_TICK_MS "Milliseconds between timer ticks" DEFAULT 2 UNQUOTE
    DEPENDS "NOT KernelIsMCS" UNDEF_DISABLED)
config_string(KernelTimeSlice TIME_SLICE "Timer ticks in a thread's time slice" DEFAULT 5 UNQUOTE
    DEPENDS "NOT KernelIsMCS" UNDEF_DISABLED)
config_string(KernelBootThreadTimeSlice BOOT_THREAD_TIME_SLICE
    "Milliseconds in the root task's time slice" DEFAULT 5 UNQUOTE
    DEPENDS "KernelIsMCS" UNDEF_DISABLED)
config_string(KernelNumDomains NUM_DOMAINS "Number of scheduling domains" DEFAULT 1 UNQUOTE)
config_string(KernelNumDomainSchedules NUM_DOMAIN_SCHEDULES "Entries of the domain schedule"
    DEFAULT 100 DEPENDS "${KernelNumDomains} GREATER 1" DEFAULT_DISABLED 2 UNQUOTE)
config_string(KernelNumPriorities NUM_PRIORITIES "Number of priorities, 1 to 256" DEFAULT 256
    UNQUOTE)
config_string(KernelMaxNumNodes MAX_NUM_NODES "Most CPUs that the kernel would use; a machine has one" DEFAULT 1
    DEPENDS "${KernelNumDomains} EQUAL 1" UNQUOTE)
if(KernelMaxNumNodes GREATER 1)
    config_set(KernelEnableSMPSupport ENABLE_SMP_SUPPORT ON)
else()
    config_set(KernelEnableSMPSupport ENABLE_SMP_SUPPORT OFF)
endif()

# How long the kernel works before it looks for interrupts.
config_string(KernelRetypeFanOutLimit RETYPE_FAN_OUT_LIMIT
    "Most objects that one Untyped_Retype makes" DEFAULT 256 UNQUOTE)
config_string(KernelMaxNumWorkUnitsPerPreemption MAX_NUM_WORK_UNITS_PER_PREEMPTION
    "Steps of a deletion or revocation between two preemption points" DEFAULT 100 UNQUOTE)
config_string(KernelResetChunkBits RESET_CHUNK_BITS
    "log2 of the bytes that are cleared between two preemption points" DEFAULT 8 UNQUOTE)

# Kinds of build.
config_option(KernelVerificationBuild VERIFICATION_BUILD
    "Only what a verified kernel has: no debugging, no printing, no benchmarks" DEFAULT ON)
config_option(KernelBinaryVerificationBuild BINARY_VERIFICATION_BUILD "No effect" DEFAULT OFF
    DEPENDS "KernelVerificationBuild")
config_option(KernelDebugBuild DEBUG_BUILD "The debugging system calls" DEFAULT ON
    DEPENDS "NOT KernelVerificationBuild" DEFAULT_DISABLED OFF)
config_option(HardwareDebugAPI HARDWARE_DEBUG_API "Breakpoints and single-stepping of threads"
    DEFAULT OFF DEPENDS "NOT KernelVerificationBuild;NOT KernelHardwareDebugAPIUnsupported")
config_option(KernelPrinting PRINTING "The kernel prints diagnostics; seL4_DebugPutChar"
    DEFAULT "${KernelDebugBuild}" DEPENDS "NOT KernelVerificationBuild" DEFAULT_DISABLED OFF)
config_option(KernelInvocationReportErrorIPC KERNEL_INVOCATION_REPORT_ERROR_IPC
    "Diagnostics of failed invocations go into the caller's IPC buffer" DEFAULT OFF
    DEPENDS "KernelPrinting" DEFAULT_DISABLED OFF)
config_option(KernelIRQReporting IRQ_REPORTING "Print interrupts that nobody handles" DEFAULT ON
    DEPENDS "KernelPrinting" DEFAULT_DISABLED OFF)
config_option(KernelColourPrinting COLOUR_PRINTING
    "No effect: diagnostics are in colour if they go to a terminal" DEFAULT ON
    DEPENDS "KernelPrinting" DEFAULT_DISABLED OFF)
config_string(KernelUserStackTraceLength USER_STACK_TRACE_LENGTH
    "Words of a faulting thread's stack that are printed" DEFAULT 16
    DEPENDS "KernelPrinting" DEFAULT_DISABLED 0 UNQUOTE)

# The machine.
include("${CMAKE_CURRENT_LIST_DIR}/x86.cmake")
config_set(KernelHaveFPU HAVE_FPU ON)
config_set(KernelPaddrUserTop PADDR_USER_DEVICE_TOP 140737488355328)

# Benchmarks.
config_choice(KernelBenchmarks KERNEL_BENCHMARK "Benchmarking system calls"
    "none;KernelBenchmarksNone;NO_BENCHMARKS"
    "generic;KernelBenchmarksGeneric;BENCHMARK_GENERIC;NOT KernelVerificationBuild"
    "track_kernel_entries;KernelBenchmarksTrackKernelEntries;BENCHMARK_TRACK_KERNEL_ENTRIES;NOT KernelVerificationBuild"
    "tracepoints;KernelBenchmarksTracepoints;BENCHMARK_TRACEPOINTS;NOT KernelVerificationBuild"
    "track_utilisation;KernelBenchmarksTrackUtilisation;BENCHMARK_TRACK_UTILISATION;NOT KernelVerificationBuild")
set(sel4ux_benchmarks ON)
set(sel4ux_log OFF)
if(KernelBenchmarksNone)
    set(sel4ux_benchmarks OFF)
elseif(KernelBenchmarksTrackKernelEntries OR KernelBenchmarksTracepoints)
    set(sel4ux_log ON)
endif()
config_set(KernelEnableBenchmarks ENABLE_BENCHMARKS ${sel4ux_benchmarks})
config_set(KernelLogBuffer KERNEL_LOG_BUFFER ${sel4ux_log})
config_string(KernelMaxNumTracePoints MAX_NUM_TRACE_POINTS "Number of trace points" DEFAULT 1
    DEPENDS "NOT KernelVerificationBuild;KernelBenchmarksTracepoints" DEFAULT_DISABLED 0 UNQUOTE)

# MCS's limits.
config_string(KernelWcetScale KERNEL_WCET_SCALE
    "Factor of the kernel's worst-case execution time, the least budget" DEFAULT 1 UNQUOTE
    DEPENDS "KernelIsMCS" UNDEF_DISABLED)
config_string(KernelStaticMaxPeriodUs KERNEL_STATIC_MAX_PERIOD_US
    "Longest period and budget in microseconds; 0: the hardware's" DEFAULT 0 UNQUOTE
    DEPENDS "KernelIsMCS" UNDEF_DISABLED)

# How a kernel is compiled: read by projects, without effect on a model of one.
config_option(KernelFastpath FASTPATH "No effect" DEFAULT ON)
config_option(KernelExceptionFastpath EXCEPTION_FASTPATH "No effect" DEFAULT OFF
    DEPENDS "NOT KernelVerificationBuild;KernelSel4ArchAarch64")
config_option(KernelSignalFastpath SIGNAL_FASTPATH "No effect" DEFAULT OFF
    DEPENDS "KernelIsMCS;KernelFastpath;KernelSel4ArchAarch64" DEFAULT_DISABLED OFF)
config_string(KernelStackBits KERNEL_STACK_BITS "No effect" DEFAULT 12 UNQUOTE)
config_choice(KernelOptimisation KERNEL_OPT_LEVEL "No effect"
    "-O2;KernelOptimisationO2;KERNEL_OPT_LEVEL_O2"
    "-Os;KernelOptimisationOS;KERNEL_OPT_LEVEL_OS"
    "-O0;KernelOptimisationO0;KERNEL_OPT_LEVEL_O0"
    "-O1;KernelOptimisationO1;KERNEL_OPT_LEVEL_O1"
    "-O3;KernelOptimisationO3;KERNEL_OPT_LEVEL_O3")
config_option(KernelOptimisationCloneFunctions KERNEL_OPTIMISATION_CLONE_FUNCTIONS "No effect"
    DEFAULT ON DEPENDS "NOT KernelBinaryVerificationBuild" DEFAULT_DISABLED OFF)
config_option(KernelFWholeProgram KERNEL_FWHOLE_PROGRAM "No effect" DEFAULT OFF
    DEPENDS "NOT KernelBinaryVerificationBuild")
config_option(KernelDangerousCodeInjection DANGEROUS_CODE_INJECTION "Off: not available" DEFAULT OFF
    DEPENDS "NOT KernelVerificationBuild;NOT KernelSkimWindow")
config_option(KernelDebugDisablePrefetchers DEBUG_DISABLE_PREFETCHERS "No effect" DEFAULT OFF)
foreach(builtin IN ITEMS Clz32:CLZ_32 Clz64:CLZ_64 Ctz32:CTZ_32 Ctz64:CTZ_64
        ClzNoBuiltin:CLZ_NO_BUILTIN CtzNoBuiltin:CTZ_NO_BUILTIN)
    string(REPLACE ":" ";" builtin ${builtin})
    list(GET builtin 0 sel4ux_suffix)
    list(GET builtin 1 sel4ux_name)
    config_option(Kernel${sel4ux_suffix} ${sel4ux_name} "No effect" DEFAULT OFF)
endforeach()

# Threads set their own FS base by a system call where the instruction is not used.
set(sel4ux_set_tls ON)
if(KernelFSGSBaseInst)
    set(sel4ux_set_tls OFF)
endif()
config_set(KernelSetTLSBaseSelf SET_TLS_BASE_SELF ${sel4ux_set_tls})
