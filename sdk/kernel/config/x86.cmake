# The kernel's options for x86_64 and pc99. Included by options.cmake.

# nehalem first: the default. Programs are compiled for this CPU.
set(sel4ux_cpus)
foreach(cpu IN ITEMS Nehalem Generic Westmere Sandy Ivy Haswell Broadwell Skylake)
    string(TOLOWER ${cpu} sel4ux_lower)
    string(TOUPPER ${cpu} sel4ux_upper)
    list(APPEND sel4ux_cpus
        "${sel4ux_lower}\;KernelX86MicroArch${cpu}\;ARCH_X86_${sel4ux_upper}")
endforeach()
config_choice(KernelX86MicroArch KERNEL_X86_MICRO_ARCH "The CPU that programs are compiled for"
    ${sel4ux_cpus})

# Interrupts.
config_choice(KernelIRQController KERNEL_IRQ_CONTROLLER "Interrupt controller"
    "IOAPIC;KernelIRQControllerIOAPIC;IRQ_IOAPIC"
    "PIC;KernelIRQControllerPIC;IRQ_PIC")
config_string(KernelMaxNumIOAPIC MAX_NUM_IOAPIC "Number of IOAPICs: 1" DEFAULT 1
    DEPENDS "KernelIRQControllerIOAPIC" DEFAULT_DISABLED 0 UNQUOTE)
config_choice(KernelLAPICMode KERNEL_LAPIC_MODE "No effect"
    "XAPIC;KernelLAPICModeXPAIC;XAPIC"
    "X2APIC;KernelLAPICModeX2APIC;X2APIC")
config_option(KernelUseLogicalIDs USE_LOGICAL_IDS "No effect" DEFAULT OFF
    DEPENDS "KernelEnableSMPSupport")
config_string(KernelCacheLnSz CACHE_LN_SZ "Bytes in a cache line" DEFAULT 64 UNQUOTE)

# Virtualisation and DMA.
config_option(KernelVTX VTX "Off: not available" DEFAULT OFF DEPENDS "NOT KernelVerificationBuild")
config_option(KernelX86_64VTX64BitGuests X86_64_VTX_64BIT_GUESTS "Off: not available" DEFAULT OFF
    DEPENDS "KernelVTX;NOT KernelVerificationBuild")
config_option(KernelIOMMU IOMMU "I/O page tables exist; no device uses them" DEFAULT ON
    DEPENDS "NOT KernelVerificationBuild" DEFAULT_DISABLED OFF)
config_string(KernelMaxRMRREntries MAX_RMRR_ENTRIES "No effect" DEFAULT 32 DEPENDS "KernelIOMMU"
    DEFAULT_DISABLED 1 UNQUOTE)
config_string(KernelMaxVPIDs MAX_VPIDS "No effect" DEFAULT 1024 DEPENDS "KernelVTX"
    DEFAULT_DISABLED 0 UNQUOTE)

# Memory.
config_option(KernelHugePage HUGE_PAGE "Pages of 1 GiB" DEFAULT ON)
config_option(KernelSupportPCID SUPPORT_PCID "No effect" DEFAULT ON)

# Registers.
config_choice(KernelSyscall KERNEL_X86_SYSCALL "System-call instruction: syscall"
    "syscall;KernelX86SyscallSyscall;SYSCALL"
    "sysenter;KernelX86SyscallSysenter;SYSENTER")
config_choice(KernelFPU KERNEL_X86_FPU "The form in which a TCB keeps FPU state"
    "XSAVE;KernelFPUXSave;XSAVE"
    "FXSAVE;KernelFPUFXSave;FXSAVE")
config_choice(KernelXSave KERNEL_XSAVE "No effect"
    "XSAVE;KernelXSaveXSave;XSAVE_XSAVE;KernelFPUXSave"
    "XSAVES;KernelXSaveXSaveS;XSAVE_XSAVES;KernelFPUXSave"
    "XSAVEOPT;KernelXSaveXSaveOpt;XSAVE_XSAVEOPT;KernelFPUXSave"
    "XSAVEC;KernelXSaveXSaveC;XSAVE_XSAVEC;KernelFPUXSave")
config_string(KernelXSaveFeatureSet XSAVE_FEATURE_SET
    "Which state a TCB keeps: bit 0 FPU, 1 SSE, 2 AVX" DEFAULT 3 DEPENDS "KernelFPUXSave"
    DEFAULT_DISABLED 0 UNQUOTE)
set(sel4ux_fpu_bytes 512)
if(KernelFPUXSave AND KernelXSaveFeatureSet EQUAL 7)
    set(sel4ux_fpu_bytes 832)
elseif(KernelFPUXSave)
    set(sel4ux_fpu_bytes 576)
endif()
config_string(KernelXSaveSize XSAVE_SIZE "Bytes of FPU state in a TCB" DEFAULT ${sel4ux_fpu_bytes}
    UNQUOTE)
config_choice(KernelFSGSBase KERNEL_FSGS_BASE "How threads set their FS base"
    "inst;KernelFSGSBaseInst;FSGSBASE_INST"
    "gdt;KernelFSGSBaseGDT;FSGSBASE_GDT;KernelSel4ArchIA32"
    "msr;KernelFSGSBaseMSR;FSGSBASE_MSR")

# Booting: nothing is booted here.
config_choice(KernelMultibootGFXMode KERNEL_MUTLTIBOOT_GFX_MODE "No effect"
    "none;KernelMultibootGFXModeNone;MULTIBOOT_GRAPHICS_MODE_NONE"
    "text;KernelMultibootGFXModeText;MULTIBOOT_GRAPHICS_MODE_TEXT"
    "linear;KernelMultibootGFXModeLinear;MULTIBOOT_GRAPHICS_MODE_LINEAR")
config_string(KernelMultibootGFXDepth MULTIBOOT_GRAPHICS_MODE_DEPTH "No effect" DEFAULT 32
    DEPENDS "KernelMultibootGFXModeLinear" UNDEF_DISABLED UNQUOTE)
foreach(side IN ITEMS Width Height)
    string(TOUPPER ${side} sel4ux_upper)
    config_string(KernelMultibootGFX${side} MULTIBOOT_GRAPHICS_MODE_${sel4ux_upper} "No effect"
        DEFAULT 0 DEPENDS "NOT KernelMultibootGFXModeNone" UNDEF_DISABLED UNQUOTE)
endforeach()
config_option(KernelMultiboot1Header MULTIBOOT1_HEADER "No effect" DEFAULT ON)
config_option(KernelMultiboot2Header MULTIBOOT2_HEADER "No effect" DEFAULT ON)

# Hardware's secrets and measures against its leaks.
config_option(KernelSkimWindow KERNEL_SKIM_WINDOW "No effect" DEFAULT ON)
config_option(KernelExportPMCUser EXPORT_PMC_USER "No effect: the host decides about rdpmc"
    DEFAULT OFF DEPENDS "NOT KernelVerificationBuild")
config_option(KernelX86DangerousMSR KERNEL_X86_DANGEROUS_MSR
    "System calls that read and write model-specific registers" DEFAULT OFF
    DEPENDS "NOT KernelVerificationBuild")
config_choice(KernelX86IBRSMode KERNEL_X86_IBRS "No effect"
    "ibrs_none;KernelX86IBRSnone;KERNEL_X86_IBRS_NONE"
    "ibrs_stibp;KernelX86IBRSSTIBP;KERNEL_X86_IBRS_STIBP;KernelEnableSMPSupport"
    "ibrs_basic;KernelX86IBRSBasic;KERNEL_X86_IBRS_BASIC"
    "ibrs_all;KernelX86IBRSAll;KERNEL_X86_IBRS_ALL")
config_option(KernelX86IBPBOnContextSwitch KERNEL_X86_IBPB_ON_CONTEXT_SWITCH "No effect" DEFAULT OFF)
config_option(KernelX86RSBOnContextSwitch KERNEL_X86_RSB_ON_CONTEXT_SWITCH "No effect" DEFAULT OFF)
